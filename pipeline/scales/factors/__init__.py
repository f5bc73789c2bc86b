"""Confirmatory factor models and their invariance over groups: array functions, no tables."""
