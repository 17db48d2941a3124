"""Regressions of links on models: estimators, their standard errors, and tests. Pure."""
