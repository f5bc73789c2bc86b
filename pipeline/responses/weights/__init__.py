"""Weights: how many people each respondent stands for, and what that costs."""
