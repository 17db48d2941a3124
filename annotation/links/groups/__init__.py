"""Groups of records that links hold together, over two collections or more."""
