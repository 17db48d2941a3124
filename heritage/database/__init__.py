"""The database engine: a PostgreSQL server named by DATABASE_URL, or one of our own under DATA_DIR.

`base` is the Django backend; `address` makes the setting that chooses between the two; `embedded` is how a
process joins the server of its own, and `keeper` the small process that owns that server's life.
Importing any of these starts nothing: the server starts when the first connection is opened.
"""
