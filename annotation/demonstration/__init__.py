"""The demonstration: stages from two drawn museums to a labelled campaign, its accounts and simulated annotators.

The museums themselves, and what is true of them, are in `heritage.demonstration`.
"""
