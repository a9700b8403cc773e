"""Images of any size and colour: their form, and how files are decoded and resized to it."""
