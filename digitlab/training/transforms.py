"""Limits of the random transforms of `augment.affine`: uniform from minus the limit to plus the limit."""

ROTATION = 0.26  # radians; 15 degrees keep a 6 from a 9
SCALE = 0.18  # of the logarithm of the size
ASPECT = 0.2  # of the logarithm of the proportion, half of it on each axis
SHEAR = 0.3  # columns a row: people slant that much
SHIFT = 2.5  # pixels
