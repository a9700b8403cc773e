"""Digits, sheets of digits and non-digits, drawn by program (NumPy, SciPy)."""
