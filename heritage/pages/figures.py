"""Figures as they are set in pages and charts: a real minus sign, fixed digits, a dash where nothing could be
estimated. Pure."""

NOT_ESTIMATED = "–"


def figure(value: float | None, digits: int) -> str:
    """`digits` decimals: -0.148 -> "−0.148"."""
    if value is None:
        return NOT_ESTIMATED
    return f"{value:,.{digits}f}".replace("-", "−")


def odds(value: float | None) -> str:
    """An odds ratio or an end of its interval: two decimals, and words for what is off every scale."""
    if value is None:
        return NOT_ESTIMATED
    if value >= 1000:
        return "> 999"
    return "< 0.01" if value < 0.005 else f"{value:.2f}"
