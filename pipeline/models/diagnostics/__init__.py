"""Whether a model suits the answers: what it takes for granted, and who it rests on."""
