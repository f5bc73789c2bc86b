"""Room 5, where it falls short: how it should be minus how it is. Sees tables, never the questionnaire."""
