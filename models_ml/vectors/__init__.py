"""Vectors of records: computing, storing and copying them."""
