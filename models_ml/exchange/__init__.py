"""Vectors in and out as Parquet, in the layouts that museums publish them in."""
