"""Exploratory factor analysis: how many factors, which items go together, and scores."""
