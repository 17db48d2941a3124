"""Links that no expert has seen, suggested by what experts said of others."""
