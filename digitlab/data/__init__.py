"""Datasets: load, download, split, inspect."""
