"""What a person typed into a search box, taken apart. Pure."""

import re
from dataclasses import dataclass

MOST_TERMS = 32  # nobody types more; each costs a look at the index

_PIECE = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"?|(?P<word>\S+)')
_LETTERS = re.compile(r"\w+")
_IDENTIFIER = re.compile(r"(?=\S*\d)\S{3,}")


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase that records shall contain, or shall not."""

    text: str
    is_phrase: bool = False
    is_excluded: bool = False


def alternatives(typed: str) -> list[list[Term]]:
    """Groups of terms of which a record has to satisfy one, all its terms.

    As web search engines read it: blanks mean and, "in quotes" side by side, `or` alternatives, -word without. No
    more than MOST_TERMS are taken.
    """
    groups: list[list[Term]] = [[]]
    for piece in list(_PIECE.finditer(typed))[:MOST_TERMS]:
        word = piece["word"]
        if word is not None and word.lower() == "or":
            groups.append([])
        elif word is not None:
            text = word.lstrip("-")
            if _LETTERS.search(text):
                groups[-1].append(Term(text, is_excluded=word.startswith("-")))
        elif _LETTERS.search(piece["phrase"]):
            groups[-1].append(Term(piece["phrase"].strip(), is_phrase=True, is_excluded=bool(piece["minus"])))
    return [group for group in groups if any(not term.is_excluded for term in group)]


def single_words(groups: list[list[Term]]) -> list[str]:
    """Words that may stand in another spelling, in lower case and once each: not those of phrases, nor excluded ones,
    nor such as are cut into several."""
    words = [term.text.lower() for group in groups for term in group if not term.is_phrase and not term.is_excluded]
    return list(dict.fromkeys(word for word in words if _LETTERS.fullmatch(word)))


def as_identifier(typed: str) -> str:
    """`typed` where it looks like a piece of an identifier, such as 1932-0001: one word with a digit. Else nothing."""
    text = typed.strip()
    return text if _IDENTIFIER.fullmatch(text) else ""
