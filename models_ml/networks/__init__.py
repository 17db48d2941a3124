"""Networks: sources, weights, tokenizers, encoders."""
