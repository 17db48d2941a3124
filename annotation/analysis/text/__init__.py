"""The analysis as text for a terminal. Pure."""
