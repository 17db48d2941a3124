"""What a campaign's results say first: labels and regressions, drawn and as tables."""
