"""Pages of preference studies: choosing rows, and leading studies."""
