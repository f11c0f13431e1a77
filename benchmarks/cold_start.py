"""From a fresh process with an empty cache of compiled code to the first patient of the published trial: where the time goes.

    python benchmarks/cold_start.py [--json] [--repeats 5] [--receptor full]

With --receptor full the patient has full receptor kinetics at every cell. CPU seconds, the median over fresh processes; wall
seconds say as much only where nothing else runs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace

TRIAL = "fyfe-1995-rcc"


def stages(receptor: str) -> dict[str, float]:
    """CPU seconds of this process by stage, in order; run in a fresh process. receptor: as in a trial file."""
    spent: dict[str, float] = {}
    last = 0.0

    def done(stage: str) -> None:
        nonlocal last
        now = time.process_time()
        spent[stage], last = now - last, now

    done("interpreter")
    import numpy as np

    done("import numpy")
    from leukin.catalog import load_catalog, load_trial

    done("import catalogue")
    from leukin.biology import assemble
    from leukin.engine import compile as machine
    from leukin.engine import system
    from leukin.keys import Key
    from leukin.trial import plan
    from leukin.trial.conduct import chance, conduct
    from leukin.trial.follow import patient_start

    done("import the rest")
    catalogue = load_catalog()
    trial = replace(load_trial(TRIAL, catalogue), receptor=receptor)  # type: ignore[arg-type]
    done("read the catalogue")
    watch = {
        "assemble the network": (assemble, "network"),
        "derivatives": (system, "read"),
        "LLVM": (machine, "build"),
    }
    inner: dict[str, float] = {}
    for stage, (module, function) in watch.items():
        setattr(module, function, _timed(getattr(module, function), inner, stage))
    ready = plan(trial, catalogue)
    done("plan")
    rest = spent.pop("plan")
    spent |= inner | {"generate code and the rest of the plan": rest - sum(inner.values())}
    arm = ready.scenario.arms[0]
    start = patient_start(ready, 0)
    done("draw the first patient, run-in")
    conduct(ready, start, arm, chance(ready, Key(ready.seed), np.array([0], np.int64), arm))
    done("treat the first patient, 36 months")
    return spent


def _timed(function, table, stage):  # type: ignore[no-untyped-def]
    def timed(*args, **kwargs):  # type: ignore[no-untyped-def]
        begin = time.process_time()
        result = function(*args, **kwargs)
        table[stage] = table.get(stage, 0.0) + time.process_time() - begin
        return result

    return timed


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--receptor", choices=["reduced", "full"], default="reduced")
    parser.add_argument("--stages", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stages:
        print(json.dumps(stages(asked.receptor)))
        return
    rows, walls = [], []
    for _ in range(asked.repeats):
        with tempfile.TemporaryDirectory() as folder:
            begin = time.perf_counter()
            answer = subprocess.run(
                [sys.executable, __file__, "--stages", "--receptor", asked.receptor], env=os.environ | {"LEUKIN_CACHE": folder}, check=True,
                capture_output=True, text=True,
            )  # fmt: skip
            walls.append(time.perf_counter() - begin)
            rows.append(json.loads(answer.stdout))
    table = {stage: statistics.median(row[stage] for row in rows) for stage in rows[0]}
    whole = statistics.median(sum(row.values()) for row in rows)
    if asked.json:
        print(json.dumps({"stages_cpu_s": table, "cpu_s": whole, "wall_s": min(walls)}))
        return
    for stage, value in table.items():
        print(f"{value:6.3f}  {stage}")
    print(f"{whole:6.3f}  CPU-s in all; by the clock at best {min(walls):.2f} s")


if __name__ == "__main__":
    main()
