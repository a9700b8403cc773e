"""Observations of a program: its operations, predictions, steps and short trainings."""
