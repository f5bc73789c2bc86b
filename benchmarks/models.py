"""Times linear models and their errors beside R's stored seconds (shared reference, same kind of machine).

`python benchmarks/models.py`. CPU seconds of one process, one BLAS thread: a random intercept of 73,421
answers (1,128 groups), CR2 of 500 organisations, 9,999 draws of the wild cluster bootstrap with its
interval, and two nested levels on as many people as fevs-2018 has.
"""

from __future__ import annotations

import numpy as np
from scales import cpu_seconds

from pipeline.core.cluster_robust import cluster_robust
from pipeline.models.fitted import Sample
from pipeline.models.linear import fit_ols
from pipeline.models.mixed import fit_mixed
from pipeline.models.multipliers import multipliers
from pipeline.models.wild_bootstrap import wild_bootstrap

STORED = {
    "random intercept, 73,421 rows": 0.29,
    "CR2, 500 organisations": 0.29,
    "wild bootstrap, 9,999 draws": 1.5,
}


def drawn(people: int, groups: int, terms: int, seed: int) -> Sample:
    """Return people in groups of unequal size, with a random intercept."""
    rng = np.random.default_rng(seed)
    clusters = np.sort(
        np.concatenate([np.arange(groups), rng.integers(0, groups, people - groups)])
    )
    design = np.column_stack([np.ones(people), rng.normal(size=(people, terms))])
    outcome = design[:, 1] / 3 + rng.normal(size=groups)[clusters] / 2 + rng.normal(size=people)
    return Sample(outcome, design, tuple(f"b{k}" for k in range(terms + 1)), clusters)


def nested(people: int, outer: int, inner: int) -> Sample:
    """Return people in units within organisations of very unequal size."""
    rng = np.random.default_rng(3)
    of = np.sort(np.concatenate([np.arange(outer), rng.integers(0, outer, inner - outer)]))
    unit = np.concatenate(
        [np.arange(inner), rng.choice(inner, people - inner, p=rng.dirichlet(np.ones(inner)))]
    )
    design = np.column_stack([np.ones(people), rng.normal(size=(people, 3))])
    shared = rng.normal(size=outer)[of][unit] / 3 + rng.normal(size=inner)[unit] / 3
    outcome = design @ [0.2, 0.2, 0.4, 0.25] + shared + rng.normal(size=people)
    return Sample(outcome, design, ("a", "b", "c", "d"), of[unit], (of[unit], unit))


def main() -> None:
    """Print seconds, R's beside them."""
    large, firms = drawn(73_421, 1128, 1, 1), drawn(5000, 500, 1, 2)
    fitted = fit_ols(firms)
    contrast, rng = np.array([0.0, 1.0]), np.random.default_rng(1)

    def bootstrap() -> None:
        draws = multipliers("rademacher", 9999, firms.groups, rng)
        wild_bootstrap(fitted.working, fitted.estimate, contrast, draws)

    work = {
        "random intercept, 73,421 rows": lambda: fit_mixed(large),
        "CR2, 500 organisations": lambda: cluster_robust(**vars(fitted.working)).every(),
        "wild bootstrap, 9,999 draws": bootstrap,
        "two nested levels, 101,881 rows": lambda: fit_mixed(nested_people),
    }
    nested_people = nested(101_881, 80, 300)
    for name, each in work.items():
        stored = f"R {STORED[name]:.2f} s" if name in STORED else ""
        print(f"{name:34s} {cpu_seconds(each):6.3f} s  {stored}")


if __name__ == "__main__":
    main()
