"""Statistics of a campaign: data frames in, frozen results out. Nothing here knows the database or a request.

`annotation.frames` reads the data, `annotation.dashboard` and the command `analyse` show the results.
"""
