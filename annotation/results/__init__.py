"""A campaign's results: analysed, kept, sealed, drawn, in words and as tables."""
