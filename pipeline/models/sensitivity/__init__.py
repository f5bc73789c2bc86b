"""What the results hang on: specifications, cleaning rules, causes that were not measured."""
