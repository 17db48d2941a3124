"""What `manage.py serve` does: static files, the web server and the worker as children of one process."""
