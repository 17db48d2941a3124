"""How well models find links: their similarities against pairs of records whose relation is known."""
