"""Room 1, what we ask: the questionnaire as text, loaded and checked as one frozen value."""
