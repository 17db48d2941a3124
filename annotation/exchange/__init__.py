"""Annotations out of a campaign and into one, as CSV or JSON lines that lose nothing on the way."""
