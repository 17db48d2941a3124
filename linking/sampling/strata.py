"""Patterns of similar and not similar over several models: their names.

A pattern is written with one digit for each model, in the order of the recipe: with base, ft-best and ft-last,
`011` are the pairs that both fine-tuned models find similar and base does not. As a number, the first model
is the highest bit. Pure.
"""

from collections.abc import Sequence

from heritage.errors import UserError

MOST_MODELS = 16
MOST_PATTERNS = 64
CONTROLS = {
    "random": "any pairs that can be compared",
    "similar": "any pairs that at least one model finds similar",
}


def default_patterns(models: int) -> tuple[str, ...]:
    """METHOD's strata for any number of models, of which the first is the base.

    All agree; only base; all but base; each other model alone. For three: 111 100 011 010 001.
    """
    alone = ["".join("1" if place == model else "0" for place in range(models)) for model in range(models)]
    others = "0" + "1" * (models - 1)
    return tuple(dict.fromkeys(pattern for pattern in ("1" * models, alone[0], others, *alone[1:]) if "1" in pattern))


def named_patterns(name: str, models: int) -> tuple[str, ...] | None:
    """The patterns that go by a name; None for a name that is none."""
    every = [format(code, f"0{models}b") for code in range(2**models - 1, -1, -1)] if models <= MOST_MODELS else []
    named = {
        "default": lambda: default_patterns(models),
        "agree": lambda: ("1" * models,),
        "disagree": lambda: tuple(pattern for pattern in every if len(set(pattern)) == 2),
        "alone": lambda: tuple(pattern for pattern in every if pattern.count("1") == 1),
        "every": lambda: tuple(every),
    }
    return named[name]() if name in named else None


def read_patterns(words: Sequence[str], models: int) -> tuple[str, ...]:
    """Patterns, and names of several, as patterns: METHOD's strata where there are none.

    Raises UserError unless they come to different patterns over so many models.
    """
    patterns: list[str] = []
    for word in words or ["default"]:
        named = named_patterns(word, models)
        if named is None and (len(word) != models or set(word) - {"0", "1"}):
            raise UserError(
                f"The pattern {word!r} should have one 0 or 1 for each of the {models} models, "
                f"such as {' '.join(default_patterns(models))}, or be one of agree, disagree, alone, every."
            )
        if named is None and word in patterns:
            raise UserError("A pattern is named twice; name each once.")
        patterns += [pattern for pattern in ((word,) if named is None else named) if pattern not in patterns]
    if len(patterns) > MOST_PATTERNS:
        raise UserError(f"These are {len(patterns):,} patterns; name at most {MOST_PATTERNS}.")
    if not patterns:
        raise UserError("No two models can disagree where there is only one; name other patterns.")
    return tuple(patterns)


def pattern_code(pattern: str) -> int:
    return int(pattern, 2)


def pattern_text(code: int, models: int) -> str:
    return format(code, f"0{models}b")


def pattern_flags(pattern: str, models: Sequence[str]) -> dict[str, int]:
    """The pattern by model: what is stored and printed."""
    return {model: int(digit) for model, digit in zip(models, pattern, strict=True)}


def stratum_in_words(flags: Sequence[bool], models: Sequence[str]) -> str:
    """A pattern as leads read it: "all agree", "only ft-best", "ft-best and ft-last"."""
    similar = [model for model, flag in zip(models, flags, strict=True) if flag]
    if len(similar) == len(models):
        return "all agree" if len(models) > 1 else "similar"
    if not similar:
        return "no model"
    return f"only {similar[0]}" if len(similar) == 1 else f"{', '.join(similar[:-1])} and {similar[-1]}"
