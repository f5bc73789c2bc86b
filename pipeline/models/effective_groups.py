"""How many like organisations would make errors as uncertain as these unlike ones do."""

from __future__ import annotations

import numpy as np

from pipeline.models.fitted import Working, cluster_sums


def effective_groups(working: Working, contrast: np.ndarray) -> float:
    """Return the effective number of organisations G* of a contrast of coefficients, (p,).

    G / (1 + Gamma), Gamma the squared coefficient of variation over organisations of
    r'M X_g' 1 1' X_g M r: errors inside an organisation all alike, rho = 1, the worst case (Carter,
    Schnepel & Steigerwald 2017). Rows with weights enter times their roots. G for organisations that are
    all alike; NaN where the contrast has no say.
    """
    rows = working.design
    if working.weights is not None:
        rows = rows * np.sqrt(working.weights)[:, None]
    along = np.linalg.solve(rows.T @ rows, contrast)
    squared = (cluster_sums(rows, working.clusters) @ along) ** 2
    mean = squared.mean()
    return float(len(squared) / (1 + squared.var() / mean**2)) if mean > 0 else np.nan
