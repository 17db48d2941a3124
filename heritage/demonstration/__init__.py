"""The two drawn museums of the demonstration, and what is true of them.

`generation` makes the records and draws their pictures (objects by `objects`, on `drawing`'s canvas, in the two manners
of `photography`; texts by `cataloguing`), `truth` says how two records relate. All of these are pure. `files` writes
the collections to a folder.
"""
