"""Confirmatory factor models and their invariance over groups: array functions, no tables.

Answers are summed up once (`sample.sum_up`, `ordinal_sample.sum_up_ordinal`), a `model.FactorModel` says
which items measure what, and `fit.fit_ml` or `fit_ordinal.fit_wlsmv` fits it. From a fit follow
`standardised`, `score_tests`, `composites`; `invariance` climbs the ladder of equal parameters,
`partial` says what may be compared, `latent_means` compares; `dif`, `dmacs` and `htmt` stand beside.
"""
