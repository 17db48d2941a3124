"""Training: configuration, decoded pixels, the loop, checkpoints. No ORM, no command line."""
