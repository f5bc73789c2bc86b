"""The scale stage: every scale of a study through the statistics, into tables."""
