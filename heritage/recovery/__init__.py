"""A backup in one file: the database, pictures, models and figures; written in use, tried, and restored elsewhere."""
