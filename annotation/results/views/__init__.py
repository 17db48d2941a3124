"""Pages and files of a campaign's results."""
