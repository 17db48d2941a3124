"""What a campaign concludes, in figures and in words. Pure."""
