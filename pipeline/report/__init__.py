"""Room 7, what we say: the exit door, figures, documents. Sees tables, never the questionnaire."""
