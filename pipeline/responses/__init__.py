"""Room 3, what came back: read an export, give every answer its meaning, account for every row."""
