"""What can be trained (Keras)."""
