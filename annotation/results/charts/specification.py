"""Any chart as Vega-Lite, for a page or for a file of its own. Imports altair: import this where charts are drawn."""

from collections.abc import Sequence

from altair.utils.schemapi import debug_mode

from .figures import CalibrationChart, Chart, IntervalChart, ShuffleChart
from .intervals import interval_specification
from .label_figures import GroupedLabelChart, LabelChart, SquareChart
from .labels import grouped_specification, label_specification
from .layout import entitled
from .shuffles import shuffle_specification
from .squares import calibration_specification, square_specification
from .theme import Mode, Specification, in_mode

SIMULATED = "Simulated: a program made these labels."


def specification(chart: Chart) -> Specification:
    """For a page: without a title, colours as the page's style sheet names them."""
    # altair would check every part against the schema at every step, four fifths of the time. A test does it once.
    with debug_mode(False):
        return _specification(chart)


def _specification(chart: Chart) -> Specification:
    match chart:
        case IntervalChart():
            return interval_specification(chart)
        case LabelChart():
            return label_specification(chart)
        case GroupedLabelChart():
            return grouped_specification(chart)
        case SquareChart():
            return square_specification(chart)
        case CalibrationChart():
            return calibration_specification(chart)
        case ShuffleChart():
            return shuffle_specification(chart)
    raise TypeError(f"There is no drawing of a {type(chart).__name__}.")


def specification_of_file(found: Specification, chart: Chart, *, notes: Sequence[str], mode: Mode) -> Specification:
    """The page's specification `found` of `chart` with a title, what there is to know, and the colours of one mode."""
    explanation = f"{chart.explanation}."
    if isinstance(chart, IntervalChart):
        explanation += f" Dashed: {chart.reference}."
    said = [explanation, *([SIMULATED] if chart.simulated else []), *notes]
    return in_mode(entitled(found, chart.title, said), mode)
