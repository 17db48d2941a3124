"""Patterns of similar and not similar over several models: their names.

A pattern is written with one digit for each model, in the order of the recipe: with base, ft-best and ft-last,
`011` are the pairs that both fine-tuned models find similar and base does not. As a number, the first model
is the highest bit. Pure.
"""

from collections.abc import Sequence

from heritage.errors import UserError

MOST_MODELS = 16


def default_patterns(models: int) -> tuple[str, ...]:
    """METHOD's strata for any number of models, of which the first is the base.

    All agree; only base; all but base; each other model alone. For three: 111 100 011 010 001.
    """
    alone = ["".join("1" if place == model else "0" for place in range(models)) for model in range(models)]
    others = "0" + "1" * (models - 1)
    return tuple(dict.fromkeys(pattern for pattern in ("1" * models, alone[0], others, *alone[1:]) if "1" in pattern))


def check_patterns(patterns: Sequence[str], models: int) -> None:
    """Raise UserError unless these are different patterns over so many models."""
    for pattern in patterns:
        if len(pattern) != models or set(pattern) - {"0", "1"}:
            raise UserError(
                f"The pattern {pattern!r} should have one 0 or 1 for each of the {models} models, "
                f"such as {' '.join(default_patterns(models))}."
            )
    if len(set(patterns)) < len(patterns):
        raise UserError("A pattern is named twice; name each once.")


def pattern_code(pattern: str) -> int:
    return int(pattern, 2)


def pattern_text(code: int, models: int) -> str:
    return format(code, f"0{models}b")


def pattern_flags(pattern: str, models: Sequence[str]) -> dict[str, int]:
    """The pattern by model: what is stored and printed."""
    return {model: int(digit) for model, digit in zip(models, pattern, strict=True)}
