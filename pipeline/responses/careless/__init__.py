"""Careless answering: signs of it, each a function on arrays, and the plan's rule that weighs them."""
