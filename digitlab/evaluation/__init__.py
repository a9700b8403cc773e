"""How good it is (NumPy)."""
