"""Every pair of records of two collections, and what models say of it, for others to judge."""
