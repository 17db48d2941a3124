"""Logging in by an institution that speaks OpenID Connect, and whose accounts these are."""
