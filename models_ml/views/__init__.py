"""Pages of models and of their evaluations."""
