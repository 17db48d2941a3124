"""How well models find links on pairs of collections with known truth, by recipe of fine-tuning and kind of similarity.

`runs` says what is to be measured and keeps what was, `measurement` measures it by the product's own functions,
`statistics` takes means over seeds, and `report` writes the tables of docs/linking.md.
"""
