"""Variants of similarity: without house style, without hubs, all comparisons in one, a record as one vector."""
