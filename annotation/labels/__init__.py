"""The labels of a campaign: the four, and the finer ones under them."""
