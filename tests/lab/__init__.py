"""The lab page, its parts and the whole of it in a browser."""
