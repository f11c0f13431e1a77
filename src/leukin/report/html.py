"""The report: one self-contained HTML page and its figures as PNG files, from the data of one run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from leukin.report import gallery, sections
from leukin.report.data import RunData, load_run_data
from leukin.report.readings import slider
from leukin.report.svg import inline_svg, save_png
from leukin.report.tables import hits_line, patients_line

#: id of a section, its heading, its sentence
SECTIONS = (
    ("headline", "Predicted beside published", ""),
    ("tumour", "Tumour response", ""),
    ("survival", "Survival", ""),
    (
        "exposure",
        "Exposure, signal and cells",
        "From the drug in plasma to the signal in each cell type and its numbers.",
    ),
    ("safety", "Doses and toxicity", ""),
    ("endpoints", "All endpoints", ""),
    ("calibration", "What is calibrated, and what is not", ""),
    ("parameters", "Parameters", ""),
    ("not-modelled", "What is not modelled", ""),
    ("failures", "Failed patients", ""),
    ("provenance", "Provenance", ""),
    ("citations", "Citations", ""),
)


def page(data: RunData, plates: Sequence[gallery.Plate]) -> str:
    """The report as one HTML text without any reference to the network."""
    text = {
        "headline": sections.headline(data),
        "endpoints": sections.endpoints(data),
        "calibration": sections.calibration(data),
        "parameters": sections.parameters(data),
        "not-modelled": sections.not_modelled(data),
        "failures": sections.failures(data),
        "provenance": sections.provenance(data),
        "citations": sections.citations(data),
    }
    body, links = [], []
    for name, heading, sentence in SECTIONS:
        own = [plate for plate in plates if plate.section == name]
        if not own and not text.get(name):
            continue
        parts = [f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(heading)}</h2>']
        if sentence:
            parts.append(f"<p>{escape(sentence)}</p>")
        figures = "".join(_figure(plate) for plate in own)
        figures = f'<div class="figures">{figures}</div>' if figures else ""
        first, second = (text.get(name, ""), figures) if name == "headline" else (figures, text.get(name, ""))
        body.append("".join([*parts, first, second, "</section>"]))
        links.append(f'<a href="#{name}">{escape(heading)}</a>')
    title = str(data.about.get("title") or data.result["trial"])
    lead = f"{patients_line(data.result)}. {hits_line(data.result)}"
    return Template(_resource("template.html")).substitute(
        title=escape(title),
        lead=escape(lead),
        nav="\n".join(links),
        body="\n".join(body),
        css=_resource("style.css"),
        script=_resource("script.js"),
        version=escape(str(data.manifest.get("versions", {}).get("leukin", ""))),
    )


def _figure(plate: gallery.Plate) -> str:
    drawing = inline_svg(plate.figure, plate.name, plate.alt)
    words = f"<figcaption>{escape(plate.caption)}</figcaption>{slider(plate.name, plate.readings)}"
    return f"<figure><h3>{escape(plate.title)}</h3>{drawing}{words}</figure>"


def _resource(name: str) -> str:
    return files("leukin.report").joinpath(name).read_text(encoding="utf-8")


def write_report(folder: Path | str, data: RunData | None = None) -> Path:
    """Write report.html and figures/*.png into a run folder and return the page's path.

    data: the run, read from the folder where it is left out. Raises FolderError for a folder without a finished run,
    OSError where it cannot be written."""
    folder = Path(folder)
    data = data if data is not None else load_run_data(folder)
    plates = list(gallery.plates(data))
    text = page(data, plates)
    target = folder / "report.html"
    (folder / "figures").mkdir(exist_ok=True)
    for plate in plates:
        save_png(plate.figure, folder / "figures" / f"{plate.name}.png")
    temporary = folder / "report.html.tmp"
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, target)
    return target
