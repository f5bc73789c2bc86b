"""Times `psico simulate psi-co` at two sizes, each in a process of its own: seconds and memory.

`python benchmarks/simulate.py`; aims: 25,000 starts in 10 s and 1 GB, 300,000 in 90 s.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
AIMS = {25_000: "aim 10 s, 1 GB", 300_000: "aim 90 s"}


def draw(starts: int) -> None:
    from pipeline.simulation.draw import Options, simulated_files
    from pipeline.study import load_study

    study = load_study("psi-co", ROOT)
    paths, began = study.paths, time.perf_counter()
    files = simulated_files(
        study.questionnaire, study.plan, paths.questionnaire, paths.shown, Options(starts=starts)
    )
    took = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    size = sum(map(len, files.values())) / 1e6
    print(
        f"psico simulate psi-co --starts {starts:<8} {took:7.1f} s  {memory:5.2f} GB  "
        f"{size:6.1f} MB written   {AIMS[starts]}"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        draw(int(sys.argv[1]))
    else:
        for each in AIMS:
            subprocess.run([sys.executable, __file__, str(each)], cwd=ROOT, check=True)
