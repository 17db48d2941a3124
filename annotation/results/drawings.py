"""Charts of a campaign, drawn once for the same figures: by the worker after an analysis, or when first asked for.

altair and vl-convert take about a second to import and are needed only here: they are imported at the first drawing.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.cache import cache

from annotation.labels.queries import label_names
from annotation.models import Campaign

from .charts.figures import Chart
from .charts.theme import Mode, Specification
from .queries import campaign_analysis, full_results
from .sections.whole import result_chart, result_charts
from .summary.charts import quick_charts

FORMAT = 2  # raised whenever charts of the same figures are drawn anew, and when their classes move: they are pickled
_KEEP_SECONDS = 30 * 24 * 60 * 60
_MOST_KEPT = 60  # drawings of a campaign: those of several states of its answers


@dataclass(frozen=True)
class Drawing:
    """`svg` is for a page, whose style sheet gives the colours; `specification` is what it was drawn from."""

    svg: str
    specification: Specification


def campaign_charts(campaign: Campaign) -> dict[str, Chart]:
    """All charts of the results as they are now, by name."""
    analysis = campaign_analysis(campaign)
    names, simulated = label_names(campaign), campaign.simulated
    quick = quick_charts(analysis, label_names=names, simulated=simulated) if analysis is not None else {}
    document = full_results(campaign).document
    return quick | (result_charts(document) if document else {})


def campaign_chart(campaign: Campaign, name: str) -> Chart | None:
    """One of them, without making those of other sections."""
    document = full_results(campaign).document
    if document and (chart := result_chart(document, name)):
        return chart
    analysis = campaign_analysis(campaign)
    if analysis is None:
        return None
    return quick_charts(analysis, label_names=label_names(campaign), simulated=campaign.simulated).get(name)


def draw(chart: Chart) -> Drawing:
    from .charts.images import as_svg, for_page
    from .charts.specification import specification

    found = specification(chart)
    return Drawing(svg=for_page(as_svg(found)), specification=found)


def drawings(campaign: Campaign, charts: Iterable[Chart]) -> dict[str, Drawing]:
    """The drawing of each chart by its name, from the cache where its figures have not changed."""
    wanted = {_digest(chart): chart for chart in charts}
    key = f"campaign-charts:{FORMAT}:{campaign.pk}"
    kept: dict[str, Drawing] = cache.get(key) or {}
    missing = {digest: draw(chart) for digest, chart in wanted.items() if digest not in kept}
    if missing:
        newest = list((kept | missing).items())[-_MOST_KEPT:]
        cache.set(key, dict(newest), timeout=_KEEP_SECONDS)
    found = kept | missing
    return {chart.name: found[digest] for digest, chart in wanted.items()}


def drawn_svg(drawing: Drawing, chart: Chart, *, notes: Sequence[str], mode: Mode = "light") -> str:
    """The chart as a file of its own, with its title, `notes` and its text alternative in it."""
    from .charts.images import as_svg, with_words
    from .charts.specification import specification_of_file

    whole = specification_of_file(drawing.specification, chart, notes=notes, mode=mode)
    return with_words(as_svg(whole), title=chart.title, words=chart.words)


def drawn_png(drawing: Drawing, chart: Chart, *, notes: Sequence[str], mode: Mode = "light") -> bytes:
    from .charts.images import as_png
    from .charts.specification import specification_of_file

    return as_png(specification_of_file(drawing.specification, chart, notes=notes, mode=mode))


def _digest(chart: Chart) -> str:
    return hashlib.sha256(repr(chart).encode()).hexdigest()
