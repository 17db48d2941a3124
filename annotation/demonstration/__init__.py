"""The demonstration: two collections that Heritage Weaver draws and catalogues itself, with known truth.

`generation` makes the records and draws their pictures (objects by `objects`, on `drawing`'s canvas, in the two
manners of `photography`; texts by `cataloguing`), `truth` says how two records relate, `guidance` chooses pairs to
learn from by it, and `simulated_annotators` label from it with noise. All of these are pure. `files` writes the
collections to a folder; `stages` puts everything into the database, for the command `demo`.
"""
