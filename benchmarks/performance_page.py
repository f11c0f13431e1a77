"""What the benchmark found as text, as a page and as a work-precision plot."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

#: package behind each engine
PACKAGES = {
    "libroadrunner": "libroadrunner", "CasADi CVODES": "casadi", "pydiffsol BDF": "pydiffsol", "AMICI CVODES": "amici",
    "numbalsoda LSODA": "numbalsoda", "SciPy LSODA": "scipy", "SciPy BDF": "scipy",
}  # fmt: skip
#: Okabe and Ito's palette
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#66727f", "#8c564b")
MARKERS = "osD^vPX<"


def number(value: float | None, form: str = ".3g") -> str:
    """A number, or a dash where there is none."""
    return "–" if value is None else format(value, form)


def times(value: float | None) -> str:
    """A ratio with two digits."""
    return "–" if value is None else f"{float(f'{value:.2g}'):g}x"


def text(found: dict[str, Any]) -> str:
    """The table for a terminal."""
    model = found["model"]
    lines = [
        f"{model['states']} states, {model['parameters']} parameters, median of {found['doses_median']:g} infusions; one thread"
    ]
    for row in found["engines"]:
        line = (
            f"{row['name']:18s} rtol {row['rtol']:.0e}: {row['patients_per_cpu_s']:8.3g} patients/CPU-s, error median "
            f"{number(row['error_median'], '.1e')} max {number(row['error_max'], '.1e')}, {row['patients']} patients, "
            f"{row['failed']} failed"
        )
        if "steps" in row:
            line += f", {row['steps']:.0f} steps, {row['us_per_step']:.2f} us a step"
        lines.append(line)
    lines.append(
        f"leukin is faster, at its error at rtol 1e-6 ({found['matched_error']:.1e}) and at the same rtol 1e-6:"
    )
    for name, ratio in found["ratio_at_matched_error"].items():
        lines.append(f"{name:18s} {times(ratio):>6s} {times(found['ratio_at_rtol_1e-6'][name]):>6s}")
    lines += [f"{name}: {reason}; nothing is known" for name, reason in found["missing"].items()]
    lines.append(
        f"two threads: {found['two_threads']:.2f} times one thread, by the clock (sorting arrays: {found['two_threads_sorting']:.2f})"
    )
    return "\n".join(lines)


def write(found: dict[str, Any], page: Path) -> None:
    """The page, and beside it the plot images/work-precision.png."""
    picture = page.parent / "images" / "work-precision.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    plot(found, picture)
    page.write_text("\n".join(_page(found)) + "\n", encoding="utf-8")


def _page(found: dict[str, Any]) -> Iterable[str]:
    model, rows = found["model"], found["engines"]
    own = [row for row in rows if row["name"] == "leukin"]
    usual = next(row for row in own if row["rtol"] == 1e-6)
    yield f"""\
# Speed

Made by `python benchmarks/engine.py --out docs/performance.md`; not written by hand.

The patients of a published trial of high-dose interleukin-2 (fyfe-1995-rcc), 60 days: {model["states"]} states and
{model["parameters"]} parameters, each patient with own parameters and with the infusions that the withholding rule
leaves (median {found["doses_median"]:g}). Every engine solves the same equations from the same initial values, between the
same boundaries, and gives the same outputs: once a day and before each boundary. One thread; engines take turns patient
by patient in one run, and CPU time counts, since other programs may use the machine. Compilation and loading are not
counted.

The error of a patient is the worst difference from leukin's solution at rtol 1e-12, over all states and outputs, relative
to the state's largest value in this patient (at least a thousandth of its typical magnitude). The other engines come
closer to that solution as their own tolerance falls, as the second table shows. The same rtol gives very different
errors in different engines, so they are compared at the same error: that of leukin at its usual rtol of 1e-6, a median
of {found["matched_error"]:.1e}. Another engine's speed at that error is read between two of its tolerances, on
logarithmic scales, or at a tighter one where it is faster.

![Speed against error](images/work-precision.png)

| engine | version | leukin is faster at the same error | at rtol 1e-6 | to make ready, CPU-s |
|---|---|---|---|---|"""
    for name, ratio in found["ratio_at_matched_error"].items():
        same = found["ratio_at_rtol_1e-6"][name]
        ready = found["cpu_s_to_make"][name]
        yield f"| {name} | {_version(name)} | {times(ratio)} | {times(same)} | {ready:.1f} |"
    yield ""
    if found["missing"]:
        yield f"Not installed, so not compared: {', '.join(found['missing'])}.\n"
    yield """\
A dash: the engine does not reach that error between the tolerances measured. AMICI is not among the engines: it needs a
compiler, for itself and for each model.

libroadrunner solves leukin's own SBML export. The other engines get what they cannot know by themselves: states counted
in their typical magnitudes (so that one absolute tolerance fits all), terms of parameters alone computed beforehand,
equations with common parts shared, derivatives as machine code and an analytic Jacobian where they take one. All are
told the moments at which a clone dies out, which leukin finds itself, and pass over a boundary at which nothing changes
for a patient; leukin solves patients in a block, between the boundaries of all.

| engine | rtol | patients per CPU-second | error, median | error, largest | patients | failed |
|---|---|---|---|---|---|---|"""
    for row in rows:
        yield (
            f"| {row['name']} | {row['rtol']:.0e} | {row['patients_per_cpu_s']:.3g} | {number(row['error_median'], '.1e')} | "
            f"{number(row['error_max'], '.1e')} | {row['patients']} | {row['failed']} |"
        )
    yield f"""
leukin at rtol 1e-6: {usual["steps"]:.0f} steps a patient, {usual["us_per_step"]:.2f} us a step
({usual["ns_per_step_and_state"]:.0f} ns a step and state), vectors of {found["lanes"]} patients.

By the clock two threads solved {found["two_threads"]:.2f} times as many patients as one. Compiled code lets other threads
run, but this depends on how free the machine is: in the same minute two threads sorted arrays of NumPy
{found["two_threads_sorting"]:.2f} times as fast as one.

Python {platform.python_version()}, {platform.system()} on {platform.machine()}, llvmlite {version("llvmlite")}."""


def _version(name: str) -> str:
    try:
        return version(PACKAGES[name])
    except PackageNotFoundError:
        return ""


def plot(found: dict[str, Any], picture: Path) -> None:
    """Patients per CPU-second against the median error; up and to the left is better."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7.2, 4.8), dpi=150)
    names = list(dict.fromkeys(row["name"] for row in found["engines"]))
    for name, colour, marker in zip(names, COLOURS, MARKERS, strict=False):
        rows = [row for row in found["engines"] if row["name"] == name and row["error_median"]]
        x, y = [row["error_median"] for row in rows], [row["patients_per_cpu_s"] for row in rows]
        width = 2.6 if name == "leukin" else 1.3
        axes.loglog(x, y, color=colour, marker=marker, markersize=5, linewidth=width, label=name)
    axes.axvline(found["matched_error"], color="#66727f", linewidth=0.8, linestyle=":")
    axes.annotate(
        "compared here", (found["matched_error"], 0.99), xycoords=("data", "axes fraction"), xytext=(4, 0),
        textcoords="offset points", va="top", fontsize=8, color="#66727f",
    )  # fmt: skip
    axes.set_xlabel("true error: worst over states and outputs, median over patients")
    axes.set_ylabel("patients per CPU-second, one thread")
    axes.grid(True, color="#d8dee5", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.tight_layout()
    figure.savefig(picture)
    plt.close(figure)
