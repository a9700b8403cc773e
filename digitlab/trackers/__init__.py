"""Finished and running trainings, written in the formats of other tools; reads run folders from outside."""
