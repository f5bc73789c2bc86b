"""psi-co: from a questionnaire written as text to instruments, scales, gaps, models and reports."""

__version__ = "0.1.0"
