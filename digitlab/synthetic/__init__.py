"""Digits, lines of digits and non-digits, made by program for networks to learn from (NumPy, SciPy)."""
