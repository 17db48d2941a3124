"""The mixed logit: annotators and records as random effects that cross."""
