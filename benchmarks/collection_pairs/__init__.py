"""Pairs of collections of which it is known how their records relate.

    python -m benchmarks.collection_pairs NAME FOLDER

`pair` says which there are and how one lies in a folder; `demonstration`, `icons` and `clip_art` each write one.
"""
