"""Room 4, what it measures: answers counted, scales scored, and how well they measure."""
