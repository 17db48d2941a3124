"""Picture files: downloading, checking, scaling and keeping them."""
