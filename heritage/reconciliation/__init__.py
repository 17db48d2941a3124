"""Matching rows of spreadsheets against the catalogue: the Reconciliation Service API, as OpenRefine asks it."""
