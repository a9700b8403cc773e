"""Trainings from start to end: one, several compared, several joined, and one watched from outside."""
