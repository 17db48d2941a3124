"""Bringing records in: from uploaded files to a mapping that people see and correct, and into the catalogue."""
