"""Variants of similarity: without what all records of a collection share, without hubs, and all comparisons in one."""
