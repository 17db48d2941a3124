"""A campaign's report: one HTML file for people, the same as PDF, and an archive to repeat it with."""
