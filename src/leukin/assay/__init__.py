"""A dish: cells in a medium with ligand; dose-response curves, wells with depletion."""

from leukin.assay.dish import dish, well
from leukin.assay.hill import Hill, fit_hill
from leukin.assay.response import Response, dose_response

__all__ = ["Hill", "Response", "dish", "dose_response", "fit_hill", "well"]
