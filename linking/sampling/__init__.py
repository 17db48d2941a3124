"""The sampling engine: similarities, thresholds, strata and draws over arrays."""
