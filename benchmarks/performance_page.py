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
    """The tables for a terminal."""
    lines = [
        "The model of the trial:",
        *_lines(found),
        "",
    ]
    if "full_kinetics" in found:
        lines += ["With full receptor kinetics:", *_lines(found["full_kinetics"]), ""]
    lines.append(f"peak of a core, measured: {found['peak_gflops']:.0f} GFLOP/s")
    lines.append(
        f"two threads: {found['two_threads']:.2f} times one thread, by the clock (sorting arrays: {found['two_threads_sorting']:.2f})"
    )
    return "\n".join(lines)


def _lines(case: dict[str, Any]) -> Iterable[str]:
    model = case["model"]
    yield f"{model['states']} states, {model['parameters']} parameters, median of {case['doses_median']:g} infusions; one thread"
    for row in case["engines"]:
        line = (
            f"{row['name']:18s} rtol {row['rtol']:.0e}: {row['patients_per_cpu_s']:8.3g} patients/CPU-s, error median "
            f"{number(row['error_median'], '.1e')} max {number(row['error_max'], '.1e')}, {row['patients']} patients, "
            f"{row['failed']} failed"
        )
        if "steps" in row:
            line += f", {row['steps']:.0f} steps, {row['us_per_step']:.2f} us a step"
        yield line
    yield f"leukin is faster, at its error at rtol 1e-6 ({case['matched_error']:.1e}) and at the same rtol 1e-6:"
    for name, ratio in case["ratio_at_matched_error"].items():
        yield f"{name:18s} {times(ratio):>6s} {times(case['ratio_at_rtol_1e-6'][name]):>6s}"
    yield from (f"{name}: {reason}; nothing is known" for name, reason in case["missing"].items())
    for row in case["kernels"]:
        yield (
            f"{row['function']:24s} {row['calls']:2d} calls {row['operations']:6d} operations {row['us']:6.2f} us "
            f"{row['share']:6.1%} of a step {row['gflops']:6.1f} GFLOP/s"
        )


def write(found: dict[str, Any], page: Path) -> None:
    """The page, and beside it the plots images/work-precision.png and images/work-precision-full.png."""
    folder = page.parent / "images"
    folder.mkdir(parents=True, exist_ok=True)
    plot(found, folder / "work-precision.png")
    plot(found["full_kinetics"], folder / "work-precision-full.png")
    page.write_text("\n".join(_page(found)) + "\n", encoding="utf-8")


def _page(found: dict[str, Any]) -> Iterable[str]:
    model, large = found["model"], found["full_kinetics"]
    yield f"""\
# Speed

Made by `python benchmarks/engine.py --out docs/performance.md`; not written by hand.

The patients of a published trial of high-dose interleukin-2 (fyfe-1995-rcc), 60 days, each with own parameters and with
the infusions that the withholding rule leaves. Every engine solves the same equations from the same initial values, between
the same boundaries, and gives the same outputs: once a day and before each boundary. One thread; engines take turns patient
by patient in one run, and CPU time counts, since other programs may use the machine. Compilation and loading are not
counted.

The error of a patient is the worst difference from leukin's solution at rtol 1e-12, over all states and outputs, relative
to the state's largest value in this patient (at least a thousandth of its typical magnitude). The other engines come
closer to that solution as their own tolerance falls, as the second table of each model shows. The same rtol gives very
different errors in different engines, so they are compared at the same error: that of leukin at its usual rtol of 1e-6.
Another engine's speed at that error is read between two of its tolerances, on logarithmic scales, or at a tighter one
where it is faster. A dash: the engine does not reach that error between the tolerances measured.

libroadrunner solves leukin's own SBML export. The other engines get what they cannot know by themselves: states counted
in their typical magnitudes (so that one absolute tolerance fits all), terms of parameters alone computed beforehand,
equations with common parts shared, derivatives as machine code and an analytic Jacobian where they take one. All are
told the moments at which a clone dies out, which leukin finds itself, and pass over a boundary at which nothing changes
for a patient. leukin solves patients in a block, between the boundaries of all: here, as in a run, in one of
{found["block"]} different patients, of which those compared are the first; of the time of the block theirs is what part of
its steps they took.

## The model of the trial

{model["states"]} states and {model["parameters"]} parameters; median of {found["doses_median"]:g} infusions; median error of
leukin {found["matched_error"]:.1e}.

![Speed against error](images/work-precision.png)
"""
    yield from _tables(found)
    yield f"""
## The same body with full receptor kinetics

Every complex of the receptor at every cell (`receptor = "full"` in a trial): {large["model"]["states"]} states and
{large["model"]["parameters"]} parameters, median error of leukin {large["matched_error"]:.1e}. The other engines are slow here: all of
them solve the same first patients, fewer than leukin, over the same 60 days.

![Speed against error](images/work-precision-full.png)
"""
    yield from _tables(large)
    yield f"""
## Share of the core's peak

One step of the solver, function by function: operations of floating-point numbers a patient, counted in the generated code
(a fused multiply-add counts two, exp, log and powers what their polynomials need, a quotient or a root one), and the time of
a function alone, called again and again on the same vector of {found["lanes"]} patients. A loop of fused multiply-adds in
registers, compiled in the same way, reaches {found["peak_gflops"]:.0f} GFLOP/s on this core: the peak.

| model | function | calls a step | operations | us | share of the step | GFLOP/s | share of the peak |
|---|---|---|---|---|---|---|---|"""
    for title, case in (("trial", found), ("full", large)):
        for row in case["kernels"]:
            yield (
                f"| {title} | {row['function']} | {row['calls']} | {row['operations']} | {row['us']:.2f} | {row['share']:.0%} | "
                f"{row['gflops']:.0f} | {row['gflops'] / found['peak_gflops']:.0%} |"
            )
    yield f"""
By the clock two threads solved {found["two_threads"]:.2f} times as many patients as one. Compiled code lets other threads
run, but this depends on how free the machine is: in the same minute two threads sorted arrays of NumPy
{found["two_threads_sorting"]:.2f} times as fast as one.

Python {platform.python_version()}, {platform.system()} on {platform.machine()}, llvmlite {version("llvmlite")}."""


def _tables(case: dict[str, Any]) -> Iterable[str]:
    yield "| engine | version | leukin is faster at the same error | at rtol 1e-6 | to make ready, CPU-s |\n|---|---|---|---|---|"
    for name, ratio in case["ratio_at_matched_error"].items():
        same, ready = case["ratio_at_rtol_1e-6"][name], case["cpu_s_to_make"][name]
        yield f"| {name} | {_version(name)} | {times(ratio)} | {times(same)} | {ready:.1f} |"
    yield ""
    if case["missing"]:
        yield f"Not installed, so not compared: {', '.join(case['missing'])}.\n"
    yield """\
| engine | rtol | patients per CPU-second | error, median | error, largest | patients | failed |
|---|---|---|---|---|---|---|"""
    for row in case["engines"]:
        yield (
            f"| {row['name']} | {row['rtol']:.0e} | {row['patients_per_cpu_s']:.3g} | {number(row['error_median'], '.1e')} | "
            f"{number(row['error_max'], '.1e')} | {row['patients']} | {row['failed']} |"
        )
    usual = next(row for row in case["engines"] if row["name"] == "leukin" and row["rtol"] == 1e-6)
    yield f"""
leukin at rtol 1e-6: {usual["steps"]:.0f} steps a patient, {usual["us_per_step"]:.2f} us a step
({usual["ns_per_step_and_state"]:.0f} ns a step and state), vectors of {case["lanes"]} patients."""


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
