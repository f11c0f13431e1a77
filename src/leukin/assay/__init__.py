"""A dish: cells in a medium with ligand; dose-response curves, wells with depletion."""

from leukin.assay.design import Design, design
from leukin.assay.dish import dish
from leukin.assay.hill import Hill, fit_hill
from leukin.assay.response import Response, dose_response
from leukin.assay.well import mixture, well

__all__ = ["Design", "Hill", "Response", "design", "dish", "dose_response", "fit_hill", "mixture", "well"]
