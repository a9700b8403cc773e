"""Predicts without TensorFlow."""
