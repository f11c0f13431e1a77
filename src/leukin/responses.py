"""Dose-response and design maps from Python, in one call each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from pandas import DataFrame

    from leukin.assay import Response
    from leukin.catalog import Catalogue

#: doses of the plate that the receptor layer was calibrated on: 84 nM and eleven threefold dilutions
HIGHEST, DILUTION, WELLS = 84.0, 3.0, 12


@dataclass(frozen=True, slots=True)
class DoseResponse:
    """The answer of a dish: `curve` and `fits` are tidy tables, `plot` draws them."""

    response: Response

    @property
    def curve(self) -> DataFrame:
        """molecule, cell, time_h, dose_nM, pstat5, stat."""
        return self.response.curve

    @property
    def fits(self) -> DataFrame:
        """molecule, cell, time_h, ec50_nM with low and high, hill and emax with theirs, stat."""
        return self.response.fits

    def to_json(self) -> dict[str, Any]:
        """The result as plain lists, as `leukin dose-response --json` prints it."""
        return self.response.to_json()

    def plot(self) -> list[Axes]:
        """pSTAT5 against dose, one panel a molecule and time."""
        from leukin.report.figures import dose_response as draw

        return draw(self.curve, self.fits)


def dose_response(
    molecules: str | Sequence[str] = "il2",
    cells: str | Sequence[str] = ("treg", "cd4-helper", "cd8", "nk"),
    doses: Sequence[float] | None = None,
    times: Sequence[float] = (1.0,),
    *,
    catalogue: Catalogue | None = None,
    draws: int = 0,
    seed: int = 1,
    **how: Any,
) -> DoseResponse:
    """Signalling of cell types against dose: EC50, plateau and Hill slope, with intervals if `draws` are asked for.

    molecules, cells: ids of the catalogue; doses in nM (None: 84 nM and eleven threefold dilutions), times in h;
    catalogue: of one's own (None: the shipped one); draws: sets of uncertain parameters behind the intervals; how:
    cells_per_ml, jak_inhibitor (nM), jak3, receptors_only, as in `leukin.assay.dose_response`. Raises CatalogError for
    an unknown id or a molecule whose affinity is unknown, SolveError for a dose or time out of range.
    """
    from leukin.assay import dose_response as respond
    from leukin.catalog import load_catalog

    known = load_catalog() if catalogue is None else catalogue
    names, types = ([x] if isinstance(x, str) else list(x) for x in (molecules, cells))
    amounts = [HIGHEST / DILUTION**k for k in range(WELLS)] if doses is None else doses
    return DoseResponse(respond(known, names, types, amounts, times, draws=draws, seed=seed, **how))
