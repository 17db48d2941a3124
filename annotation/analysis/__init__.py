"""Statistics of a campaign: data frames in, frozen results out. Nothing here knows the database or a request.

`annotation.results.frame` reads the data; `annotation.results.views` and the command `analyse` show the results.
"""
