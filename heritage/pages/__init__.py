"""What pages share: fragments, plots, cells of spreadsheets, and the content security policy."""
