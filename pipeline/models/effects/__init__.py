"""What a non-linear model says in the outcome's own unit."""
