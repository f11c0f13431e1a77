"""The table docs/receptor-evidence.md: what the receptor layer meets and misses, rivals, predictions.

Make it again with `python -m leukin.inference.receptor_evidence FOLDER --out docs/receptor-evidence.md`, FOLDER being
that of the measurements (see `fit_receptor`); `--profiles` adds the profile of every fitted value (some minutes).
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from leukin.assay import dose_response, fit_hill, mixture
from leukin.catalog import Catalogue, load_catalog
from leukin.inference.fit_receptor import (
    CELLS,
    Fitted,
    Setup,
    fit_all,
    fit_rival,
    guarded,
    one_point,
    profile,
    setup,
    verdict,
)
from leukin.inference.receptor_data import BLOOD, Measured, read
from leukin.inference.receptor_model import Bench, bench, courses
from leukin.inference.receptor_scores import (
    CHOSEN,
    PREDICTED,
    SHOWN,
    TIMES,
    Row,
    model_curves,
    plate_doses,
    scores,
)
from leukin.quantity import from_canonical

#: what is asked of binding alone, without traffic: cell, changed chains, published figure (nM)
BINDING: tuple[tuple[str, dict[str, float], str], ...] = (
    ("cd8", {"CD25": 0.0}, "F003b"),
    ("treg", {}, "F003a"),
    ("cd8-activated", {}, "F003a"),
)
#: molecules whose responses are predicted, and doses (nM)
OTHERS = (
    "il15", "il7", "il4", "il21", "il2-v91k", "il2-n88d", "il2-r38q", "il2-f42q", "il2-h16n", "il2-h9", "il2-no-alpha",
    "il2-fc",
)  # fmt: skip
WIDE = np.geomspace(1e-4, 1e3, 22)


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def binding(catalogue: Catalogue) -> Iterator[Row]:
    """Half-saturation of signalling complexes without traffic, beside published affinities, which no fit read."""
    made = bench(catalogue, list(dict.fromkeys(cell for cell, _, _ in BINDING)))
    still = {"kend": 0.0, "ke": 0.0, "krec": 0.0, "v_S": 0.0, "single_cell_share": 0.0}
    doses = np.geomspace(1e-5, 1e3, 49)
    for cell, changed, figure in BINDING:
        sets = {key: np.array([value]) for key, value in (still | changed).items()}
        held = courses(made, cell, sets, doses, np.array([500.0]), "surface")[0, :, 0]
        half = float(
            np.exp(np.interp(held.max() / 2, held[: held.argmax() + 1], np.log(doses[: held.argmax() + 1])))
        )
        published = catalogue.figure(figure)
        low, high = (float(x or 0.0) / 1000.0 for x in (published.low, published.high))
        words = f"{low:.3g} to {high:.3g} ({figure}, {published.role})"
        yield Row(
            f"half-saturation without traffic, {cell} (nM)", words, f"{half:.3g}", SHOWN, low <= half <= high
        )


def behaviour(catalogue: Catalogue) -> Iterator[Row]:
    """What mixtures do: rivalry of regulatory T cells, number of cells, other cytokines."""
    kept = {}
    for antigen in (0.01, 1.0):
        s = []
        for others in ({}, {"treg": 3e6}):
            seen = mixture(
                catalogue,
                {"il2": 0.0},
                {"cd4-helper": 1e6, **others},
                [24.0],
                antigen={"cd4-helper": antigen},
            )
            s.append(float(seen[seen["cell"] == "cd4-helper"]["pSTAT5"].iloc[0]))
        kept[antigen] = s[1] / s[0]
    yield Row(
        "signal left to helpers beside three times as many Treg, weak and strong antigen", "much less; unchanged",
        f"{kept[0.01]:.2f}; {kept[1.0]:.2f}", PREDICTED, kept[0.01] < 0.75 and kept[1.0] > 0.9,
    )  # fmt: skip
    days = dose_response(
        catalogue, ["il2"], ["cd4-activated"], (WIDE / 10.0).tolist(), [72.0], read="division"
    ).fits
    half = 1000.0 * float(days["ec50_nM"].iloc[0])
    yield Row(
        "EC50 of division of activated CD4 T cells over 3 days (pM)",
        "2 to 50 (claim C12)",
        f"{half:.2g}",
        PREDICTED,
        2 <= half <= 50,
    )
    seen = mixture(
        catalogue, {"il2": [0.0, 0.1]}, {"cd4-naive": 0.0}, [0.0, 48.0], antigen={"cd4-naive": 1.0}
    )
    quiet, helped = (seen[seen["row"] == row]["CD25"].to_numpy() for row in (0, 1))
    fold = quiet[1] / quiet[0]
    yield Row(
        "CD25 of naive CD4 T cells after 48 h of antigen, fold; with 0.1 nM IL-2", "at least 10; more (claim C40)",
        f"{fold:.0f}; {helped[1] / helped[0]:.0f}", CHOSEN, fold >= 10 and helped[1] > quiet[1],
    )  # fmt: skip
    peaks = []
    for count in (1e5, 1e6):
        seen = mixture(
            catalogue,
            {"il2": 0.0},
            {"cd4-helper": count},
            np.linspace(0, 48, 49).tolist(),
            antigen={"cd4-helper": 0.1},
        )
        peaks.append(float(seen["il2_nM"].max()))
    power = math.log10(peaks[1] / peaks[0])
    yield Row(
        "power of the number of cells in the highest IL-2 of a culture",
        "near 0 (Tkach 2014)",
        f"{power:.2f}",
        PREDICTED,
        abs(power) < 0.3,
    )
    for cell in ("cd8", "nk", "treg"):
        seen = mixture(
            catalogue,
            {"il2": [0.3, 0.3, 0.3], "il7": [0.0, 10.0, 0.0], "il15": [0.0, 0.0, 10.0]},
            {cell: 0.0},
            [1.0],
        )
        lost = 100.0 * (1.0 - seen["CD132"] / seen["CD132"].iloc[0])
        yield Row(
            f"CD132 lost from the membrane beside 10 nM IL-7, IL-15, {cell} (%)",
            "",
            f"{lost.iloc[1]:.0f}, {lost.iloc[2]:.0f}",
            PREDICTED,
            None,
        )


def predictions(catalogue: Catalogue) -> list[str]:
    """EC50 at 1 h of cytokines and variants in blood cells."""
    wild = dose_response(catalogue, ["il2"], list(BLOOD.values()), WIDE.tolist(), [1.0]).fits
    found = dose_response(catalogue, list(OTHERS), list(BLOOD.values()), WIDE.tolist(), [1.0]).fits
    rows = []
    for molecule, table in [("il2", wild), *found.groupby("molecule", sort=False)]:
        cells = [f"{r['ec50_nM']:.3g} ({r['emax']:.2f})" for r in table.to_dict("records")]
        rows.append([str(molecule), str(table["stat"].iloc[0]), *cells])
    return markdown(["molecule", "read-out", *BLOOD.values()], rows)


def fitted(made: Bench, catalogue: Catalogue, best: Fitted, verdicts: Mapping[str, str]) -> list[str]:
    """Fitted values in the units of the catalogue."""
    from leukin.inference.receptor_write import WIDER, home

    rows = []
    for name in best.priors:
        unit = home(name, catalogue)[1].unit
        now, then = (float(from_canonical(x, unit)) for x in (best.values[name], made.value(name)))
        rows.append(
            [f"`{name}`", unit, f"{then:.3g}", f"{now:.3g}", f"{WIDER * best.errors[name]:.2f}", verdicts.get(name, "not computed")]
        )  # fmt: skip
    return markdown(["value", "unit", "catalogue", "fitted again", "ln spread", "profile"], rows)


def rivals(catalogue: Catalogue, data: Measured, plan: Setup, best: Fitted) -> list[str]:
    """Sum of squares and slopes of the chosen form and of every rival."""
    rows = [
        _rival(
            "chosen",
            "receptor numbers as measured, one set of signalling parameters",
            bench(one_point(catalogue), CELLS),
            best,
        )
    ]
    for rival in plan.rivals:
        own = bench(catalogue if "nk.K_A" in rival.free else one_point(catalogue), CELLS)
        rows.append(_rival(rival.id, rival.why, own, fit_rival(catalogue, data, plan, rival, best)))
    head = ["form", "what it says", "data", "priors", *(f"slope {cell}" for cell in BLOOD.values())]
    return markdown(head, rows)


def _rival(id: str, why: str, made: Bench, found: Fitted) -> list[str]:
    curves = model_curves(made, found.values)
    hour = int(np.abs(TIMES - 1.0).argmin())
    slopes = [f"{fit_hill(plate_doses(), curve[:, hour]).slope:.2f}" for curve in curves.values()]
    return [id, why, f"{found.data:.0f}", f"{found.penalty:.0f}", *slopes]


def _scores(rows: Iterable[Row]) -> list[str]:
    table = [[row.quantity, row.published, row.model, row.role, row.verdict] for row in rows]
    return markdown(["figure", "published or asked", "model", "role", ""], table)


def page(catalogue: Catalogue, data: Measured, plan: Setup, profiles: bool) -> str:
    """The whole page."""
    best = fit_all(catalogue, data, plan)
    made, again = bench(catalogue, CELLS), bench(one_point(catalogue), CELLS)
    verdicts = (
        {name: verdict(profile(catalogue, data, plan, best, name)) for name in best.priors}
        if profiles
        else {}
    )
    here = [*scores(made, {}, data, plan), *binding(catalogue), *behaviour(catalogue)]
    lines = [
        "# Evidence for the receptor layer", "",
        "Made by `python -m leukin.inference.receptor_evidence FOLDER`; not written by hand. Fitted means that the figure lay in",
        "the objective of a fit, chosen that a constant was set with it in view: agreement, not prediction. The measurements are",
        "those of wild-type interleukin-2 in blood cells",
        "and YT cells; no variant and no other cytokine was fitted to blood cells.", "",
        "## Values of the catalogue", "", *_scores(here),
        "## Fitted again by one command", "",
        f"Sum of squares {best.data:.0f} of {best.residuals} residuals, priors {best.penalty:.0f}. Receptor numbers are the measured",
        "ones and all blood cells share one half-point: the goals need no separate one for NK cells (see the rivals). Patients do",
        "not use these values: exposure and body were calibrated with those of the catalogue.", "",
        *_scores(scores(again, best.values, data, plan)),
        "Spread: twice the standard error, because residuals are structured. Profile: whether the data and priors bound the value",
        "within a factor of 2.7 both ways.", "", *fitted(made, catalogue, best, verdicts),
        "## Rival explanations", "",
        "Each fitted again to the same data. Residuals are structured: differences below about 20 say little.", "",
        *rivals(catalogue, data, plan, best),
        "The slope near 2 of CD8 and NK cells is reproduced by none of them. A plate that holds ligand back comes closest, and with",
        "affinities left free it explains the wells far better; but then three chains bind interleukin-2 more tightly and CD132 is",
        "recruited faster than binding assays allow, so that it is not chosen.", "",
        "## Predictions", "",
        "EC50 at 1 h in nM, plateau in brackets, from affinities and receptor numbers alone. The constants by which interleukin-15 and",
        "interleukins 7 and 4 recruit CD132 were fitted to YT cells and to one blood cell type; nothing was fitted to these responses.", "",
        *predictions(catalogue),
    ]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"


def main(words: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m leukin.inference.receptor_evidence")
    parser.add_argument("folder", type=Path, help="folder of the measurements")
    parser.add_argument("--profiles", action="store_true", help="profile every fitted value")
    parser.add_argument("--out", type=Path, help="file to write; else the page is printed")
    given = parser.parse_args(words)
    text = page(load_catalog(), read(given.folder), setup(), given.profiles)
    if given.out is None:
        print(text)
    else:
        given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    guarded(main)
