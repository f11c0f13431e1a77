"""A matplotlib figure as inline SVG that follows the page's colours, or as a PNG file."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from leukin.report.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: inks of the figures -> variables of the page's style sheet
VARIABLES = {
    style.INK: "--ink",
    style.MUTED: "--muted",
    style.RULE: "--rule",
    style.BLUE: "--blue",
    style.VERMILLION: "--vermillion",
    style.GREEN: "--green",
    style.PURPLE: "--purple",
    style.ORANGE: "--orange",
    style.SKY: "--sky",
    style.GREY: "--grey",
    "#ffffff": "--paper",
}


def inline_svg(figure: Figure, name: str, alt: str) -> str:
    """The figure as an SVG element: text stays text, ids are unique to `name`, inks become variables of the page."""
    from html import escape

    buffer = io.StringIO()
    with style.style():
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    figure.set_layout_engine(None)  # the layout is done; the PNG keeps it
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    text = re.sub(r"\s+xmlns:?\w*=\"[^\"]*\"", "", text)
    text = text.replace("xlink:href", "href")
    text = re.sub(r"(font(?:-family)?:[^;\"]*?)'DejaVu Sans'[^;\"]*", r"\1var(--figure-font)", text)
    for ink, variable in VARIABLES.items():
        text = text.replace(ink, f"var({variable})")
    head, _, body = text.partition(">")
    view = re.search(r'viewBox="([^"]+)"', head)
    box = view.group(1) if view else "0 0 300 200"
    label = escape(alt, quote=True)
    return f'<svg viewBox="{box}" role="img" aria-label="{label}" preserveAspectRatio="xMidYMid meet">{body}'


def save_png(figure: Figure, path: Path) -> None:
    """Write the figure as PNG on white, without a date."""
    with style.style():
        figure.savefig(path, format="png", facecolor="white", metadata={"Software": "leukin"})
