"""Sections of the report in words and tables; figures are added by the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from leukin.report import labels, tables
from leukin.report.data import RunData
from leukin.report.figures.drivers import MOST, PREFIX, correlations

HEAD = ("Parameter", "Meaning", "Value", "rse", "iiv", "Kind", "Source")
KINDS = {
    "measured": "measured",
    "fitted": "fitted",
    "derived": "derived",
    "translated": "translated",
    "assumed": "assumed",
    "definition": "definition",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", key: bool = True) -> str:
    """An HTML table from cells that are HTML already; on a narrow screen each row becomes a card."""
    start = f"<caption>{escape(caption)}</caption>" if caption else ""
    top = "".join(f'<th scope="col">{escape(word)}</th>' for word in head)
    lines = []
    for row in rows:
        cells = []
        for position, (word, cell) in enumerate(zip(head, row, strict=True)):
            if key and position == 0:
                cells.append(f'<th scope="row">{cell}</th>')
            else:
                content = f"<span>{cell}</span>" if cell else ""
                cells.append(f'<td data-label="{escape(word, quote=True)}">{content}</td>')
        lines.append(f"<tr>{''.join(cells)}</tr>")
    grid = f"{start}<thead><tr>{top}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f'<div class="scroll"><table class="stack">{grid}</table></div>'


def verdict(row: tables.Comparison) -> str:
    """The word hit, miss or no interval as a coloured label."""
    kind = "none" if row.inside is None else row.verdict
    return f'<span class="verdict {kind}">{row.verdict}</span>'


def _value(name: str, value: Any, low: Any, high: Any) -> str:
    span = labels.interval(name, low, high)
    more = f" <small>({escape(span)})</small>" if span else ""
    return escape(labels.amount(name, value)) + more


def _uncertain(row: tables.Comparison) -> str:
    span = labels.interval(row.quantity, row.parameter_low, row.parameter_high)
    return f'<br><span class="sub">uncertain parameters: {escape(span)}</span>' if span else ""


def headline(data: RunData) -> str:
    """Cards of the first arm's response, and the table of predicted beside published."""
    rows = tables.comparisons(data.result)
    several = len(data.arms) > 1
    cards = []
    firsts = {row.arm: row for row in reversed(rows) if row.quantity == "orr"}
    for row in [firsts[arm] for arm in data.arms if arm in firsts] or rows[:1]:
        arm = f" – {row.arm}" if several else ""
        predicted = labels.interval(row.quantity, row.predicted_low, row.predicted_high)
        published = labels.interval(row.quantity, row.published_low, row.published_high)
        cards.append(
            f'<div class="card"><div class="what">{escape(labels.quantity(row.quantity) + arm)} {verdict(row)}</div>'
            '<div class="pair">'
            f'<div><div class="value">{escape(labels.amount(row.quantity, row.predicted))}</div>'
            f'<div class="more">predicted<br>{escape(predicted)}</div></div>'
            f'<div><div class="value">{escape(labels.amount(row.quantity, row.published))}</div>'
            f'<div class="more">published<br>{escape(published)}</div></div></div></div>'
        )
    body = f'<div class="cards">{"".join(cards)}</div>' if cards else ""
    if not rows:
        return body + "<p>No published result is stored beside this trial.</p>"
    lines = [
        [
            escape(labels.quantity(row.quantity))
            + (f'<br><span class="sub">{escape(row.arm)}</span>' if several else ""),
            _value(row.quantity, row.predicted, row.predicted_low, row.predicted_high) + _uncertain(row),
            _value(row.quantity, row.published, row.published_low, row.published_high),
            verdict(row),
            f"<code>{escape(row.figure)}</code>, {'used in calibration' if row.role == 'CALIBRATE' else 'check only'}",
        ]
        for row in rows
    ]
    note = (
        "<p class='note'>Brackets: 95 % intervals. A hit means that the prediction lies inside the published interval; "
        "where a figure was used in calibration, a hit is no evidence. Wide intervals tell models apart poorly.</p>"
    )
    return body + table(["Quantity", "Predicted", "Published", "Verdict", "Figure"], lines) + note


def endpoints(data: RunData) -> str:
    """Every predicted endpoint and toxicity, arm by arm, with both kinds of interval."""
    parts = []
    for arm in data.result["arms"]:
        lines = []
        for row in tables.endpoints(arm):
            spread = labels.interval(row.quantity, row.low, row.high)
            uncertain = labels.interval(row.quantity, row.parameter_low, row.parameter_high)
            calibrated = {True: "yes", False: "no", None: ""}[row.calibrated]
            cells = [
                labels.quantity(row.quantity),
                labels.amount(row.quantity, row.value),
                spread,
                uncertain,
                calibrated,
            ]
            lines.append([escape(cell) for cell in cells])
        head = ["Endpoint", "Predicted", "Sampling interval", "Parameter interval", "Calibrated"]
        if not any(line[3] for line in lines):
            head, lines = head[:3] + head[4:], [line[:3] + line[4:] for line in lines]
        parts.append(f"<h3>{escape(arm['name'])}, {arm['n']} patients</h3>{table(head, lines)}")
        grades = tables.toxicity(arm)
        if grades:
            rows = []
            for name, found in grades:
                rates = dict(found)
                cells = [labels.amount("orr", rates.get(grade)) for grade in labels.GRADES]
                rows.append(
                    [escape(labels.QUANTITIES.get(name, name.replace("_", " "))), *map(escape, cells)]
                )
            parts.append(table(["Toxicity", "Any grade", "Grade 3 or worse", "Grade 4"], rows))
    note = (
        "<p class='note'>Sampling interval: 95 %, at this number of patients. "
        "Parameter interval: 95 % over draws of uncertain parameters, where <code>--draws</code> was given. – : does not apply.</p>"
    )
    return "".join(parts) + note


def calibration(data: RunData) -> str:
    """What a fit has read, and which endpoints nothing constrains."""
    yes: dict[str, None] = {}
    no: dict[str, None] = {}
    for arm in data.result["arms"]:
        for row in tables.endpoints(arm):
            if row.calibrated is True:
                yes[labels.quantity(row.quantity)] = None
            elif row.calibrated is False:
                no[labels.quantity(row.quantity)] = None
    figures: dict[str, list[str]] = {}
    for parameter in data.about.get("parameters", []):
        if parameter["kind"] == "fitted":
            for figure in parameter.get("figures", []):
                figures.setdefault(figure, []).append(parameter["name"])
    parts = []
    if yes:
        parts.append(
            _said("Constrained by a published figure", yes, "Agreement there is fit, not prediction.")
        )
    if no:
        parts.append(
            _said("Not calibrated", no, "No fitted figure constrains these; read the level with care.")
        )
    if figures:
        lines = [
            [f"<code>{escape(f)}</code>", escape(", ".join(names))] for f, names in sorted(figures.items())
        ]
        parts.append(
            f"<details><summary>{len(figures)} published figures that fits have read</summary>"
            f"{table(['Figure', 'Parameters fitted to it'], lines)}</details>"
        )
    return "".join(parts)


def _said(what: str, quantities: Iterable[str], meaning: str) -> str:
    return f"<p><strong>{what}:</strong> {escape('; '.join(quantities))}. {meaning}</p>"


def driving(data: RunData) -> list[str]:
    """Names of the varying parameters that go most with the outcome of the first arm, strongest first."""
    if "best_change_percent" not in data.treated:
        return []
    found = correlations(data.treated, data.arms[0]).head(MOST)
    return [str(name).removeprefix(PREFIX) for name in found.index if str(name).startswith(PREFIX)]


def known_by(rows: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Parameters by the names that a network gives them: the plain one, and with the label of a cell type."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        folder, _, entry = str(row.get("entry", "")).partition("/")
        if folder == "cells":
            for label in (entry.replace("-", "_"), f"{entry.replace('-', '_')}_tumour"):
                found[f"{row['name']}_{label}"] = row
        else:
            found[row["name"]] = row
    return found


def parameters(data: RunData) -> str:
    """All parameters in use with value, unit, source and spreads; the assumed ones are counted aloud."""
    rows: list[Mapping[str, Any]] = data.about.get("parameters", [])
    if not rows:
        return ""
    assumed = sum(1 for row in rows if row["kind"] == "assumed")
    unchecked = sum(
        1
        for row in rows
        if row.get("checked") == "unverified" and row["kind"] not in ("assumed", "definition")
    )
    parts = [
        f"<p><strong>{assumed} of {len(rows)} parameters are assumed</strong>, each with a stated spread; "
        f"{unchecked} more have a source that nobody has checked yet. "
        "<em>rse</em>: how well the value is known. <em>iiv</em>: how much patients differ. Both as coefficient of variation.</p>"
    ]
    strongest = [row for row in map(known_by(rows).get, driving(data)) if row is not None]
    if strongest:
        lines = [_parameter(row) for row in {id(row): row for row in strongest}.values()]
        parts.append(f"<h3>Those of the figure</h3>{table(HEAD, lines)}<h3>All, by entry</h3>")
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(str(row.get("entry", "")), []).append(row)
    for entry, members in groups.items():
        count = sum(1 for row in members if row["kind"] == "assumed")
        words = f"{entry}: {len(members)} parameter{'s' if len(members) > 1 else ''}, {count} assumed"
        lines = [_parameter(row) for row in members]
        parts.append(f"<details><summary>{escape(words)}</summary>{table(HEAD, lines)}</details>")
    return "".join(parts)


def _parameter(row: Mapping[str, Any]) -> list[str]:
    source = ", ".join(str(part) for part in (row.get("cite"), row.get("where")) if part)
    if row.get("formula"):
        source = f"= {row['formula']}" + (f"; {source}" if source else "")
    if row.get("figures"):
        source += ("; " if source else "") + f"fitted to {', '.join(row['figures'])}"
    note = f'<span class="sub">{escape(str(row["note"]))}</span>' if row.get("note") else ""
    note = f"<br>{note}" if note and source else note
    kind = escape(KINDS.get(row["kind"], row["kind"]))
    if row["kind"] == "assumed":
        kind = f"<strong>{kind}</strong>"
    if row.get("overridden"):
        kind += " <strong>(overridden)</strong>"
    spreads = [f"{100 * row[key]:.0f}\u00a0%" if row.get(key) else "" for key in ("rse", "iiv")]
    value = f"{labels.number(row['value'], 4)} {labels.pretty_unit(row['unit'])}".strip()
    name = f"<code>{escape(row['name'])}</code>"
    folder, _, cell = str(row.get("entry", "")).partition("/")
    meaning = str(row.get("label", "")) + (f" ({cell})" if folder == "cells" else "")
    return [name, escape(meaning), escape(value), *spreads, kind, escape(source) + note]


def not_modelled(data: RunData) -> str:
    """Lists what a specification knows and the program leaves out, by module."""
    parts = []
    for module in data.about.get("not_modelled", []):
        items = "".join(f"<li>{escape(item)}</li>" for item in module["items"])
        parts.append(f"<h3>{escape(module['module'])}</h3><ul>{items}</ul>")
    return "".join(parts)


def failures(data: RunData) -> str:
    """Patients whose simulation failed, with the reason and the command that replays each."""
    rows = data.manifest.get("failures", [])
    requested = data.result["patients"]["requested"]
    if not rows:
        return f"<p>None of {requested} patients failed.</p>"
    orr = [(arm["name"], (arm.get("orr") or {}).get("value")) for arm in data.result["arms"]]
    failed = data.result["patients"]["failed"]
    bounds = "; ".join(
        f"{name}: {labels.amount('orr', value * (requested - failed) / requested)} to "
        f"{labels.amount('orr', (value * (requested - failed) + failed) / requested)}"
        for name, value in orr
        if value is not None
    )
    lines = [
        [
            str(r["patient"]),
            escape(r.get("arm", "")),
            escape(r["reason"]),
            f"<code>{escape(r['replay'])}</code>",
        ]
        for r in rows
    ]
    worst = (
        f"<p>If none or all of them had responded, the objective response would be {escape(bounds)}.</p>"
        if bounds
        else ""
    )
    return worst + table(["Patient", "Arm", "Reason", "Replay"], lines)


def provenance(data: RunData) -> str:
    """What is needed to make the same run again."""
    manifest, inputs = data.manifest, data.manifest["inputs"]
    versions = manifest.get("versions", {})
    overrides = inputs.get("overrides") or []
    folders = manifest.get("catalogs") or []
    pairs = [
        ("Command", f"<code>{escape(manifest.get('command', ''))}</code>"),
        ("Trial", escape(str(inputs.get("trial", "")))),
        ("Seed", escape(str(inputs.get("seed", "")))),
        ("Catalogue hash", f"<code>{escape(str(inputs.get('catalogue_hash', '')))}</code>"),
        ("Own catalogues", escape(", ".join(map(str, folders)) or "none")),
        ("Values overridden", escape(", ".join(map(str, overrides)) or "none")),
        ("Versions", escape(", ".join(f"{name} {version}" for name, version in versions.items()))),
        ("Time courses", escape(str(manifest.get("sample", "")))),
        ("Finished", escape(str(manifest.get("finished", "")))),
        ("Wall time", escape(f"{labels.number(manifest.get('wall_s'))} s")),
    ]
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{value or '–'}</dd>" for name, value in pairs) + "</dl>"


def citations(data: RunData) -> str:
    """BibTeX of just what was used, each with its reason."""
    references = data.about.get("references", [])
    if not references:
        return ""
    lines = [[f"<code>{escape(r['key'])}</code>", escape("; ".join(r["reasons"]))] for r in references]
    text = "\n\n".join(reference["bibtex"].strip() for reference in references)
    return (
        f"<p>{len(references)} publication{'s stand' if len(references) > 1 else ' stands'} behind this run.</p>"
        '<button type="button" data-copy="bibtex" hidden>Copy BibTeX</button>'
        f"<details><summary>Why each is cited</summary>{table(['Key', 'Used for'], lines)}</details>"
        f'<details><summary>BibTeX</summary><pre id="bibtex">{escape(text)}</pre></details>'
    )
