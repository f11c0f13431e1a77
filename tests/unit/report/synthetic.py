"""A made-up run in the shape of a real one, to test tables, figures and the page without simulating."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from leukin.report.data import RunData

CELLS = ("treg", "cd4-helper", "cd8", "nk", "cd8-activated")
MONTH = 30.4375 * 24


def run_data(arms: tuple[str, ...] = ("high dose",), n: int = 120, seed: int = 4) -> RunData:
    """A run of `n` patients an arm with plausible courses and outcomes."""
    rng = np.random.default_rng(seed)
    patients = pd.concat([_patients(arm, n, rng) for arm in arms], ignore_index=True)
    summary = pd.concat([_summary(arm, 1.0 / (1 + 7 * i)) for i, arm in enumerate(arms)], ignore_index=True)
    courses = pd.concat([_courses(arm, patients, 40, rng) for arm in arms], ignore_index=True)
    return RunData(_manifest(arms, patients, n), patients, summary, courses)


def _patients(arm: str, n: int, rng: np.random.Generator) -> pd.DataFrame:
    change = np.clip(rng.normal(25, 60, n), -100, 400)
    best = np.select([change < -99, change < -29.3, change < 12], ["CR", "PR", "SD"], "PD")
    pfs = rng.exponential(4.0, n) + 1.0
    os_ = pfs + rng.exponential(12.0, n)
    responds = np.isin(best, ["CR", "PR"])
    return pd.DataFrame(
        {
            "patient": np.arange(n),
            "arm": arm,
            "status": "ok",
            "reason": "",
            "weight_kg": rng.normal(80, 14, n),
            "performance_status": rng.integers(0, 2, n),
            "lesions": rng.integers(1, 5, n),
            "baseline_sum_mm": rng.lognormal(4, 0.5, n),
            "parameter.f": 0.002 * np.exp(rng.normal(0, 1, n) - change / 80),
            "parameter.phi": rng.uniform(0.1, 0.7, n),
            "parameter.V1": 2.66 * np.exp(rng.normal(0, 0.2, n)),
            "doses_given": rng.binomial(28, 0.68, n),
            "best_change_percent": change,
            "best_response": best,
            "pfs_month": np.minimum(pfs, 36),
            "pfs_event": pfs < 36,
            "os_month": np.minimum(os_, 36),
            "os_event": os_ < 36,
            "duration_month": np.where(responds, pfs, np.nan),
            "grade.hypotension": rng.choice(5, n, p=[0.3, 0.2, 0.2, 0.27, 0.03]),
            "grade.capillary_leak": rng.choice(5, n, p=[0.4, 0.3, 0.2, 0.1, 0.0]),
            "grade.fever": rng.choice(5, n, p=[0.7, 0.2, 0.1, 0.0, 0.0]),
            "grade.oliguria": rng.choice(5, n, p=[0.37, 0.27, 0.2, 0.1, 0.06]),
            "treatment_death": rng.random(n) < 0.03,
        }
    )


def _summary(arm: str, scale: float) -> pd.DataFrame:
    time = np.concatenate([np.arange(0, 48, 0.25), np.arange(48, 40 * 24, 2.0)])
    il2 = 1e-4 + scale * sum(
        np.where(
            time >= at, 44 * (0.93 * np.exp(-3.2 * (time - at)) + 0.04 * np.exp(-0.49 * (time - at))), 0.0
        )
        for at in range(0, 112, 8)
    )
    day = time / 24
    curves: dict[str, tuple[Any, str]] = {"IL2_plasma": (il2, "nM")}
    for cell, ec50 in zip(CELLS, (0.025, 0.4, 2.3, 1.65, 0.1), strict=True):
        curves[f"pSTAT5.{cell}"] = (0.95 * il2 / (il2 + ec50), "1")
    for cell, base, gain in (("treg", 0.03, 5), ("cd4", 0.6, 1), ("cd8", 0.3, 3), ("nk", 0.16, 8)):
        dip = 1 - 0.8 * np.exp(-((day - 1.5) ** 2) / 4)
        rise = 1 + scale * gain * np.exp(-((day - 9) ** 2) / 18)
        curves[f"count_blood.{cell}"] = (base * dip * rise, "1e9/L")
    ill = np.minimum(1, day / 4) * scale
    curves |= {
        "MAP": (93 - 22 * ill, "mmHg"),
        "temperature": (37 + 1.6 * ill, "degC"),
        "urine": (62 * (1 - 0.6 * ill), "mL/h"),
        "creatinine": (0.9 + 1.4 * ill, "mg/dL"),
        "weight": (80 + 7 * ill, "kg"),
        "albumin": (42 - 15 * ill, "g/L"),
        "IFNg": (1 + 60 * ill, "pg/mL"),
        "TNF": (1 + 80 * ill * (1 + np.sin(time * 2 * np.pi / 8)), "pg/mL"),
        "IL6": (1 + 200 * ill, "pg/mL"),
        "IL5": (0.5 + 30 * ill, "pg/mL"),
    }
    frames = [
        pd.DataFrame(
            {
                "observable": name,
                "arm": arm,
                "time_h": time,
                "median": value,
                "p5": 0.7 * value,
                "p95": 1.35 * value,
                "unit": unit,
            }
        )
        for name, (value, unit) in curves.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _courses(arm: str, patients: pd.DataFrame, sample: int, rng: np.random.Generator) -> pd.DataFrame:
    own = patients[patients["arm"] == arm].head(sample)
    frames = []
    for row in own.itertuples():
        time = np.arange(0, 24 * MONTH, 336.0)
        end = row.best_change_percent / 100
        shape = end * (1 - np.exp(-time / (3 * MONTH))) + 0.02 * time / MONTH * (row.best_response == "PD")
        size = row.baseline_sum_mm * np.maximum(0, 1 + shape)
        frames.append(
            pd.DataFrame(
                {
                    "patient": row.patient,
                    "arm": arm,
                    "time_h": time,
                    "name": "sum_of_diameters",
                    "value": size,
                    "unit": "mm",
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _share(flags: Any, calibrated: bool = True) -> dict[str, Any]:
    p, n = float(np.mean(flags)), len(flags)
    half = 1.96 * (p * (1 - p) / n) ** 0.5
    low, high = max(0.0, p - half), min(1.0, p + half)
    return {
        "value": p,
        "low": low,
        "high": high,
        "parameter_low": None,
        "parameter_high": None,
        "calibrated": calibrated,
    }


def _arm(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    best = rows["best_response"]
    orr = _share(best.isin(["CR", "PR"]))
    toxic = {}
    for tox in ("hypotension", "capillary_leak", "fever", "oliguria"):
        grade = rows[f"grade.{tox}"]
        toxic[tox] = {
            "any": float((grade > 0).mean()),
            "grade3": float((grade == 3).mean()),
            "grade4": float((grade == 4).mean()),
        }
    toxic["treatment_death"] = {"any": float(rows["treatment_death"].mean())}
    doses = rows["doses_given"]
    common = {"role": "CALIBRATE", "figure": "F041a"}
    return {
        "name": name,
        "n": len(rows),
        "orr": orr,
        "cr": _share(best == "CR"),
        "pr": _share(best == "PR"),
        "sd": _share(best == "SD", False),
        "pd": _share(best == "PD", False),
        "doses_given": {
            "median": float(doses.median()),
            "q1": float(doses.quantile(0.25)),
            "q3": float(doses.quantile(0.75)),
        },
        "pfs_median_month": {"value": float(rows["pfs_month"].median()), "calibrated": False},
        "os_median_month": {"value": float(rows["os_month"].median()), "calibrated": False},
        "duration_of_response_median_month": {
            "value": float(rows["duration_month"].median()),
            "calibrated": False,
        },
        "toxicity": toxic,
        "published": [
            common
            | {
                "quantity": "orr",
                "value": 0.141,
                "low": 0.104,
                "high": 0.189,
                "predicted": orr["value"],
                "inside": False,
            },
            common
            | {
                "quantity": "cr",
                "figure": "F041b",
                "value": 0.047,
                "low": 0.025,
                "high": 0.081,
                "predicted": 0.03,
                "inside": True,
            },
            common
            | {
                "quantity": "doses_given.median",
                "figure": "F037a",
                "value": 20,
                "low": None,
                "high": None,
                "predicted": 19,
                "inside": None,
            },
            common
            | {
                "quantity": "toxicity.hypotension.any",
                "figure": "F080a",
                "value": 0.71,
                "low": None,
                "high": None,
                "predicted": 0.7,
                "inside": None,
            },
            {
                "role": "CHECK",
                "figure": "F088",
                "quantity": "toxicity.treatment_death.any",
                "value": 0.043,
                "low": 0.02,
                "high": 0.07,
                "predicted": 0.03,
                "inside": True,
            },
        ],
    }


def _manifest(arms: tuple[str, ...], patients: pd.DataFrame, n: int) -> dict[str, Any]:
    spread = {
        "rse": 0.2,
        "iiv": 0.2,
        "figures": [],
        "checked": "secondary",
        "where": "abstract",
        "formula": None,
    }
    return {
        "status": "finished",
        "command": "leukin run made-up-trial --seed 4",
        "inputs": {
            "trial": "made-up-trial",
            "seed": 4,
            "patients": n,
            "draws": 0,
            "catalogue_hash": "0" * 64,
            "overrides": [],
            "catalogs": [],
        },
        "versions": {"leukin": "0.0", "python": "3.11"},
        "finished": "2026-01-01T00:00:00Z",
        "wall_s": 12.3,
        "blocks": [],
        "failures": [
            {
                "patient": 17,
                "arm": arms[0],
                "reason": "step size became too small at 12.5 h",
                "replay": "leukin simulate made-up-trial --patient 17 --seed 4",
            }
        ],
        "result": {
            "trial": "made-up-trial",
            "seed": 4,
            "catalogue_hash": "0" * 64,
            "run_dir": "runs/made-up",
            "wall_s": 12.3,
            "patients": {"requested": n + 1, "ok": n, "failed": 1, "screened_out": 14},
            "arms": [_arm(arm, patients[patients["arm"] == arm]) for arm in arms],
        },
        "report": {
            "title": "High-dose IL-2 in a made-up trial",
            "response": "WHO",
            "markers": [
                {"label": "αβγ receptor, Kd 10 pM", "value": 0.01, "unit": "nM", "figure": "F003a"},
                {"label": "βγ receptor, Kd 1 nM", "value": 1.0, "unit": "nM", "figure": "F003b"},
            ],
            "parameters": [
                spread
                | {
                    "entry": "mechanisms/pharmacokinetics",
                    "name": "V1",
                    "label": "plasma volume",
                    "value": 2.66,
                    "unit": "L",
                    "kind": "measured",
                    "cite": "konrad-1990",
                    "note": "dose / initial level",
                },
                spread
                | {
                    "entry": "mechanisms/pharmacokinetics",
                    "name": "k12",
                    "label": "plasma to tissue",
                    "value": 0.73303,
                    "unit": "1/h",
                    "kind": "fitted",
                    "cite": "konrad-1990",
                    "note": "",
                    "figures": ["F010a", "F012"],
                },
                spread
                | {
                    "entry": "mechanisms/tumour-immunity",
                    "name": "f",
                    "label": "reactive CD8 per tumour cell",
                    "value": 0.001946,
                    "unit": "1",
                    "kind": "assumed",
                    "cite": "",
                    "note": "wide",
                },
            ],
            "references": [
                {
                    "key": "konrad-1990",
                    "bibtex": "@article{konrad-1990,\n  title = {Pharmacokinetics <of> IL-2},\n  year = {1990}\n}",
                    "reasons": ["V1", "k12"],
                }
            ],
            "not_modelled": [
                {"module": "circulation", "items": ["neutrophils", "lung water as a state of its own"]}
            ],
        },
    }
