"""Readers of the shapes that files come in, a module a shape: each turns a part's bytes into rows."""
