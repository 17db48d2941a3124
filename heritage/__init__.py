"""The project: settings, pages, jobs, files, and the catalogue of collections, records, pictures and texts."""

__version__ = "0.1.0"
