"""How far the reduced receptor of patients is from full kinetics: peak and 8-h area of pSTAT5 by cell, route and dose.

python benchmarks/receptor_forms.py [--json] [--out docs/receptor-forms.md]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from leukin.assay.forms import INFUSION, LIMIT, compare
from leukin.catalog import load_catalog

CELLS = ("treg", "cd4-helper", "cd8", "nk", "cd8-activated")
#: amounts to a patient of 70 kg: low subcutaneous doses up to a high-dose infusion
DOSES = ("0.1 MIU", "1 MIU", "4.5 MIU", "18 MIU", "42 MIU")


def page(table: Any) -> str:
    """The table as a page."""
    over = table[table["over"]]
    lines = [
        "# The two forms of the receptor", "",
        "Made by `python benchmarks/receptor_forms.py`; not written by hand. One dose of aldesleukin to a typical patient with",
        f"linear elimination, the same plasma level for both forms; an infusion takes {60 * INFUSION:g} min. Difference: reduced over",
        f"full form, less 1. {len(over)} of {len(table)} cases differ by more than {100 * LIMIT:g} % in peak or area; a signal below",
        "1 % is not compared.", "",
        "| cell | route | dose | peak | 8-h area (h) | peak, difference | area, difference | |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row in table.to_dict("records"):
        off = [
            f"{100 * row[key]:+.1f} %" if row[key] == row[key] else ""
            for key in ("peak_difference", "area_difference")
        ]
        mark = "**over 10 %**" if row["over"] else ""
        lines.append(
            f"| {row['cell']} | {row['route']} | {row['dose']} | {row['peak']:.3g} | {row['area_h']:.3g} | {off[0]} | {off[1]} | {mark} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    found = compare(load_catalog(), CELLS, DOSES)
    if given.json:
        print(json.dumps(json.loads(found.to_json(orient="records"))))
    elif given.out is not None:
        given.out.write_text(page(found), encoding="utf-8")
    else:
        print(page(found))
