"""How good models are on records that they did not learn from: zero-shot accuracy and search."""
