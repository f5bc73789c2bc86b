"""Missing answers: completed many times, analysed each time, pooled."""
