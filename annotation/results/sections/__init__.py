"""The full analysis section by section, in words, charts and tables. Pure."""
