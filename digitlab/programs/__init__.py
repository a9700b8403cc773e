"""A person's script or notebook, captured as it runs."""
