"""A twin of a study: answers drawn from a known truth, in the shape in which the field delivers."""
