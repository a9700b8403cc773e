"""Mistakes that people make, as edits of correct programs: one file a family."""
