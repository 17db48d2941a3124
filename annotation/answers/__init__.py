"""Answers to pairs: storing them, what counts of them, and how far people are."""
