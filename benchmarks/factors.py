"""Times factor models beside lavaan: in the same run where R is, else beside its stored seconds.

`python benchmarks/factors.py`. CPU seconds of one process; the Big Five of the shared reference
(2,800 x 25, in two groups), or as many answers drawn. Aim: no slower than lavaan, and 5 times faster.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scales import big_five, cpu_seconds

STORED = {"ML": 0.072, "MLR": 0.25, "FIML": 2.02, "WLSMV": 1.25, "invariance": 0.54}
IN_R = """
suppressMessages(library(lavaan))
x <- read.csv("{path}")
items <- setdiff(names(x), "group")
complete <- x[complete.cases(x), ]
model <- paste(sapply(c("A", "C", "E", "N", "O"), function(f)
  paste0(f, "=~", paste0(f, 1:5, collapse = "+"))), collapse = "\\n")
cpu <- function(name, work, times = 3) {{
  took <- sapply(seq_len(times), function(i) sum(system.time(suppressWarnings(work()))[1:2]))
  cat(name, min(took), "\\n")
}}
cpu("ML", function() cfa(model, complete))
cpu("MLR", function() cfa(model, complete, estimator = "MLR"))
cpu("FIML", function() cfa(model, x, missing = "fiml"), 1)
cpu("WLSMV", function() cfa(model, complete, ordered = items), 1)
cpu("invariance", function() for (equal in list("none", "loadings", c("loadings", "intercepts")))
  cfa(model, complete, group = "group", group.equal = equal))
"""


def seconds_in_r(frame: pd.DataFrame) -> dict[str, float]:
    """Return lavaan's CPU seconds of this run; nothing where R or lavaan is absent."""
    if not shutil.which("Rscript"):
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.csv"
        frame.to_csv(path, index=False)
        script = Path(folder) / "time.R"
        script.write_text(IN_R.format(path=path))
        done = subprocess.run(["Rscript", script], capture_output=True, text=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return {line[0]: float(line[1]) for line in lines if len(line) == 2 and line[0] in STORED}


def main() -> None:
    from pipeline.core.predeclared import Invariance
    from pipeline.scales.factors.fit import fit_ml
    from pipeline.scales.factors.fit_ordinal import fit_wlsmv
    from pipeline.scales.factors.invariance import STEPS, climb, likelihood_refit
    from pipeline.scales.factors.model import FactorModel
    from pipeline.scales.factors.ordinal_sample import sum_up_ordinal
    from pipeline.scales.factors.sample import sum_up

    model = FactorModel({f: tuple(f"{f}{k}" for k in range(1, 6)) for f in "ACENO"})
    answers = big_five()
    groups = (np.arange(len(answers)) % 3 > 0).astype(int)
    in_r = seconds_in_r(pd.DataFrame(answers, columns=list(model.items)).assign(group=groups))
    whole = ~np.isnan(answers).any(axis=1)
    complete = answers[whole]

    def ladder() -> object:
        sample = sum_up(complete, model.items, groups=groups[whole], names=("one", "two"))
        return climb(likelihood_refit(sample, model, robust=False), Invariance(), STEPS[:3])

    work = {
        "ML": lambda: fit_ml(sum_up(complete, model.items), model),
        "MLR": lambda: fit_ml(sum_up(complete, model.items), model, robust=True),
        "FIML": lambda: fit_ml(sum_up(answers, model.items), model),
        "WLSMV": lambda: fit_wlsmv(sum_up_ordinal(complete - 1, model.items), model),
        "invariance": ladder,
    }
    for name, each in work.items():
        took = cpu_seconds(each)
        theirs, when = (in_r[name], "now") if name in in_r else (STORED[name], "stored")
        print(
            f"{name:<12} {took:8.3f} s   lavaan {theirs:8.3f} s ({when}), {theirs / took:5.1f} times"
        )


if __name__ == "__main__":
    main()
