"""On which side of the training split a record falls: a pure function of the record itself.

A record's side depends on its collection's slug, its record id and the seed, and on nothing else:
not on the other records, their order or their number. So it stays as collections grow, and what
one model never saw no later model sees either, as long as the seed is the same.

The rule, so that anyone can repeat it elsewhere: take the UTF-8 bytes of
`COLLECTION <U+001F> RECORD_ID <U+001F> SEED` (seed in decimal), their SHA-256, the first eight bytes
of the digest as a big-endian integer, and divide by 2**64. The record is held out for evaluation if
the result is below the held-out share.
"""

import hashlib
from typing import Literal

Side = Literal["train", "evaluation"]

HELD_OUT = 0.1


def side(collection: str, record_id: str, seed: int = 0, held_out: float = HELD_OUT) -> Side:
    """Return "train" or "evaluation" for a record, by the rule in the module's docstring.

    `held_out` is the share of records held out in expectation. Raising it only moves records from
    "train" to "evaluation", never back.
    """
    if not 0.0 <= held_out <= 1.0:
        raise ValueError(f"held_out is a share between 0 and 1, not {held_out}")
    digest = hashlib.sha256(f"{collection}\x1f{record_id}\x1f{seed}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    return "evaluation" if position < held_out else "train"
