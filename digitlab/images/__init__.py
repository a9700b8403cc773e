"""Images of any size and colour: what their shape is, and from the bytes of a file to their values."""
