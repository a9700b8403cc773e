"""How it is trained (TensorFlow)."""
