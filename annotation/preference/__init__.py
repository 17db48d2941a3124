"""Preference studies: for a text query, experts see the top results of each model as rows, blind, and choose the best.

The authors' other evaluation. A study has queries and slices of the ranking (results 1-4, 5-9, 25-29); each query and
slice is one choice, which every expert of the study makes, in an order and with rows in an order of his or her own.

What is ranked and stored is in `ranking` and `actions`; who sees what in `visibility`; the statistics are in
`annotation.analysis.preference.wins`.
"""
