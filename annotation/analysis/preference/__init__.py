"""Whose results experts prefer in a preference study. Pure."""
