"""One model fitted to every completed data set, and what the fits say together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import Finding
from pipeline.core.findings import Findings
from pipeline.core.pooling import Pooled, pool
from pipeline.models.stage.fits import Fit, fit_model
from pipeline.models.stage.planned import contrast_of
from pipeline.models.stage.specification import Ground, Specification


@dataclass(frozen=True)
class PooledFit:
    """The fits of one model, one for each completed data set, all with the same terms.

    A single data set with its holes gives a single fit, of complete rows. `finding` is that of the fits, or
    that some data sets gave none. `completed`: the data sets have their holes filled.
    """

    wanted: Specification
    fits: tuple[Fit, ...]
    finding: str | None = None
    completed: bool = False

    @property
    def first(self) -> Fit:
        """The first of them, which has no estimate if none has."""
        return self.fits[0]

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the terms; none without an estimate."""
        return self.first.fitted.terms if self.first.fitted else ()

    @property
    def complete_df(self) -> np.ndarray:
        """Satterthwaite's degrees of freedom of every term with nothing missing, (p,): means over fits."""
        return np.mean([each.robust.every().df for each in self.fits if each.robust], axis=0)

    def coefficients(self) -> Pooled:
        """Return all coefficients, their CR2 covariances pooled by Rubin's rules."""
        return self.combinations(np.eye(len(self.terms)))

    def combinations(self, rows: np.ndarray) -> Pooled:
        """Return combinations of coefficients, (k, p), pooled: t on Barnard and Rubin's degrees of freedom.

        Raises
        ------
        Finding
            There is no estimate.
        """
        known = [(each.fitted, each.robust) for each in self.fits if each.fitted and each.robust]
        if not known:
            raise Finding("not_estimated", "the model has no estimate")
        estimates = np.array([rows @ fitted.estimate for fitted, _ in known if fitted])
        covariances = np.array([rows @ each.covariance @ rows.T for _, each in known if each])
        df = np.array([each.contrast(rows).df for _, each in known if each])
        return pool(estimates, covariances, df)

    def contrast(self, weights: Mapping[str, float]) -> np.ndarray:
        """Return a sum of terms as a contrast, (p,)."""
        return contrast_of(weights, self.terms, len(self.terms))


def fit_pooled(wanted: Specification, grounds: Sequence[Ground], findings: Findings) -> PooledFit:
    """Fit a model to every completed data set.

    Where some of them have no estimate, or other terms than most, the others stand and it is a finding.
    """
    fits = [fit_model(wanted, ground, findings) for ground in grounds]
    terms = [each.fitted.terms for each in fits if each.fitted]
    if not terms:
        return PooledFit(wanted, (fits[0],), fits[0].finding)
    filled = grounds[0].observed is not None
    usual = max(terms, key=terms.count)
    kept = tuple(each for each in fits if each.fitted and each.fitted.terms == usual)
    finding = next((each.finding for each in kept if each.finding), None)
    if len(kept) < len(fits):
        message = f"{len(fits) - len(kept)} of {len(fits)} completed data sets are left out"
        people = len(kept[0].prepared.frame) if kept[0].prepared else 0
        lost = Finding("completed_left_out", message)
        finding = findings.note(("model_fit", wanted.id, "all"), people, lost)
    return PooledFit(wanted, kept, finding, filled)


def refit_pooled(fit: PooledFit, refit: Callable[[Fit], Fit | None]) -> PooledFit | None:
    """Return the fits made of a model's, those with the same terms; None where most call for none."""
    found = [again for each in fit.fits if (again := refit(each)) is not None]
    if 2 * len(found) <= len(fit.fits):
        return None
    terms = [each.fitted.terms for each in found if each.fitted]
    if not terms:
        return PooledFit(found[0].wanted, (found[0],), found[0].finding, fit.completed)
    usual = max(terms, key=terms.count)
    kept = tuple(each for each in found if each.fitted and each.fitted.terms == usual)
    return PooledFit(kept[0].wanted, kept, kept[0].finding, fit.completed)
