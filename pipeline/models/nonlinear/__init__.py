"""Models of yes or no, of ordered answers and of counts, by maximum likelihood."""
