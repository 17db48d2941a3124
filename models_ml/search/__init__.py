"""Searching all collections by words, by meaning and by picture."""
