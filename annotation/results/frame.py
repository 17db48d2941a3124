"""Reads a campaign's annotations into the table that `annotation.analysis` works on."""

import json
from typing import TYPE_CHECKING, Any

from django.db.models import Count, TextField
from django.db.models.functions import Cast

from annotation.answers.queries import current_annotations
from annotation.guidance.queries import gold_labels
from annotation.models import Campaign
from annotation.vocabulary import Label

from .finer import finer_code

if TYPE_CHECKING:
    import pandas as pd

    from annotation.analysis.annotation_frame import AnnotationFrame

_FIELDS = {
    "annotator": "assignment__annotator__username",
    "pair": "assignment__pair_id",
    "stratum": "assignment__pair__stratum_id",
    "similar": "similar",
    "a_collection": "assignment__pair__a__collection__slug",
    "a_record": "assignment__pair__a__record_id",
    "a_terms": "assignment__pair__a__taxonomy",
    "b_collection": "assignment__pair__b__collection__slug",
    "b_record": "assignment__pair__b__record_id",
    "b_terms": "assignment__pair__b__taxonomy",
    "inclusion": "assignment__pair__inclusion_probability",
    "label": "label",
    "finer": "finer",
    "unsure": "unsure",
    "faulty": "faulty",
    "position": "assignment__position",
    "seconds": "seconds",
    "created": "created",
}


def annotation_frame(campaign: Campaign, *, similarities: bool = False) -> "AnnotationFrame":
    """The answers that count, one row per annotator and pair, in four queries whatever their number.

    The right label stands beside them where the campaign has gold pairs.
    `similarities` brings along each pair's similarities by all models: only the link model reads them. A pair of which
    a comparison knows no similarity, as where a record has no picture, is neither similar by it nor not.

    pandas is imported here and not with the module, since web processes import this one.
    """
    import pandas as pd

    from annotation.analysis.annotation_frame import (
        COLUMNS,
        FAULTY,
        FINER,
        GOLD,
        STRATUM,
        STRATUM_DRAWN,
        STRATUM_SIZE,
        TERMS,
        UNSURE,
        WEIGHT,
        AnnotationFrame,
        drawn_column,
        similar_column,
        similarity_column,
    )

    fields = _FIELDS | {"similarity": "assignment__pair__similarity"}
    rows = (
        current_annotations(campaign)
        .order_by("assignment_id")
        .annotate(similar=Cast("assignment__pair__similar", TextField()))
        .values_list(*fields.values())
    )
    read = pd.DataFrame.from_records(list(rows), columns=list(fields))
    read = read.sort_values(["annotator", "position"], ignore_index=True)
    strata = {stratum.pk: stratum for stratum in campaign.sampling.strata.annotate(drawn=Count("pairs"))}
    models = tuple(campaign.sampling.model_slugs)

    # Many pairs share their flags, so few texts are decoded.
    codes, texts = pd.factorize(read["similar"])
    flags: list[dict[str, dict[str, bool | None]]] = [json.loads(text) for text in texts]
    comparisons = _comparisons(campaign, [stratum.comparison for stratum in strata.values()], flags)

    columns: dict[str, Any] = {name: read[name] for name in COLUMNS if name in read}
    # Answers of one moment came from a table that does not tell their order.
    moments = read.groupby("annotator")["created"]
    columns["position"] = read["position"].where((moments.transform("nunique") > 1) | (moments.transform("size") == 1))
    columns["comparison"] = read["stratum"].map({pk: stratum.comparison for pk, stratum in strata.items()})
    columns["seconds"] = read["seconds"].astype(float)
    columns["linked"] = (~read["label"].isin(["", Label.UNRELATED.value])).astype(int)
    for side in ("a", "b"):
        columns[side] = _record_names(read[f"{side}_collection"], read[f"{side}_record"])
    columns[STRATUM] = read["stratum"]
    sizes = {pk: stratum.available for pk, stratum in strata.items()}
    columns[STRATUM_SIZE] = read["stratum"].map(sizes).astype(float)
    columns[STRATUM_DRAWN] = read["stratum"].map({pk: stratum.drawn for pk, stratum in strata.items()}).astype(float)
    # NaN where it is not known, as of imported pairs; a probability of 0 cannot have been drawn by.
    inclusion = read["inclusion"].astype(float)
    columns[WEIGHT] = 1.0 / inclusion.where(inclusion > 0)
    columns[TERMS] = [
        tuple(dict.fromkeys([*(a or ()), *(b or ())])) for a, b in zip(read["a_terms"], read["b_terms"], strict=True)
    ]
    columns[UNSURE] = read["unsure"].astype(bool)
    columns[FAULTY] = read["faulty"].fillna("") != ""
    if gold := gold_labels(campaign):
        columns[GOLD] = read["pair"].map(gold).fillna("")
    finer = {each.pk: finer_code(each.label, each.key) for each in campaign.finer_labels.all()}
    if finer:
        columns[FINER] = read["finer"].map(finer).fillna("")
    for model in models:
        patterns = {pk: int(stratum.pattern[model]) for pk, stratum in strata.items()}
        columns[drawn_column(model)] = read["stratum"].map(patterns).astype(int)
    # A pair's similarities are read once, however many answer it.
    pairs, _ = pd.factorize(read["pair"])
    of_pairs: list[dict[str, dict[str, float | None]] | None] = list(read.drop_duplicates("pair")["similarity"])
    for comparison in comparisons:
        for model in models:
            known = pd.Series([flag.get(comparison, {}).get(model) for flag in flags], dtype=float)
            measurable = pd.Series([_is_measurable(pair, comparison, model) for pair in of_pairs], dtype=bool)
            is_measurable = measurable.reindex(pairs).to_numpy()
            columns[similar_column(comparison, model)] = known.reindex(codes).where(is_measurable).to_numpy()
            if similarities:
                measured = [(pair or {}).get(comparison, {}).get(model) for pair in of_pairs]
                columns[similarity_column(comparison, model)] = (
                    pd.Series(measured, dtype=float).reindex(pairs).to_numpy()
                )
    frame = pd.DataFrame(columns)
    return AnnotationFrame(
        models=models,
        comparisons=comparisons,
        labels=tuple(Label.values),
        frame=frame[[*COLUMNS, *(column for column in frame.columns if column not in COLUMNS)]],
        finer=tuple(finer.values()),
    )


def _is_measurable(similarity: dict[str, dict[str, float | None]] | None, comparison: str, model: str) -> bool:
    """False where the pair's similarities say that this one is not known; True where there are none at all."""
    by_model = (similarity or {}).get(comparison, {})
    return model not in by_model or by_model[model] is not None


def _comparisons(
    campaign: Campaign, of_strata: list[str], flags: list[dict[str, dict[str, bool | None]]]
) -> tuple[str, ...]:
    """Those of the recipe. An imported table has none: those that its strata and flags name."""
    found = [*campaign.sampling.drawn_by, *of_strata, *(name for flag in flags for name in flag)]
    return tuple(dict.fromkeys(name for name in found if name))


def _record_names(collection: "pd.Series", record: "pd.Series") -> "pd.Series":
    """ "collection:record_id", and empty where a published table names no record."""
    names: pd.Series = collection.astype("str") + ":" + record.astype("str")
    return names.fillna("")
