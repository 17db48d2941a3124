"""Views of the catalogue: reading it, importing into it, and the picture files."""
