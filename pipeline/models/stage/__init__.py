"""The plan's models and hypotheses, from scores to tables."""
