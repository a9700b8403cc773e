"""How far the augmentation moves an image, to either side; drawn evenly (`augment.affine`)."""

TURN = 0.26  # radians; 15 degrees keep a 6 from a 9
GROWTH = 0.18  # of the logarithm of the size
STRETCH = 0.2  # of the logarithm of the proportion, half of it on each axis
SHEAR = 0.3  # columns a row: people slant that much
SHIFT = 2.5  # pixels
