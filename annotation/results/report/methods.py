"""The methods of a report in words, from what is known of the campaign. Pure."""

from collections.abc import Mapping
from typing import Any

from annotation.analysis.errors import errors_words
from annotation.results.sections.words import label_words
from linking.sampling.comparisons import ALL_COMPARISONS
from linking.sampling.variants.kinds import KINDS, PLAIN


def methods_paragraphs(campaign: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    """`campaign` has what `content.campaign_facts` reads, `document` the full analysis."""
    recommended = document["recommended"]
    tests = [*document["permutation"], *document["permutation_within"]]
    paragraphs = [
        _sampling(campaign, document["models"]),
        _labelling(campaign, document),
        "Links were regressed by logit on whether each model finds the pair similar. Conclusions rest on one "
        "regression of all models with an intercept, and on the differences between models in it. The published "
        "analysis, of the base and one model at a time, has no intercept and tests whether the log odds of pairs that "
        "only this model of the two finds are 0, if the two add up and pairs that neither finds are linked in half of "
        f"the cases; it is given beside. Standard errors to quote allow for {errors_words(recommended['covariance'])}"
        f"{_jackknife(recommended['covariance'])}. {recommended['reason']}",
        "Average marginal effects and differences between models come from one logit of all models. Differences "
        "between models are the planned family, with p adjusted after Holm, the models’ own effects another; "
        "everything by comparison, taxonomy term or annotator is exploration, adjusted after Benjamini and Hochberg. "
        "All intervals are of 95 %.",
    ]
    if not document["population_reason"]:
        paragraphs.append(
            "In shares of all pairs the answered pairs of a stratum stand for all of it, each for as many; their "
            "intervals are Wilson’s on the effective sample size."
        )
    if any(each["value"] is not None for each in document["agreement"]["coefficients"]):
        paragraphs.append(
            "Agreement is Krippendorff’s alpha, Fleiss’ kappa and Gwet’s AC1 over pairs that several people answered, "
            "with bootstrap intervals by pair."
        )
    if document["agreement"]["confusion"]["against_gold"]:
        paragraphs.append(
            "Some pairs were gold: those who lead the campaign hold one label to be right, and annotators did not know "
            "which pairs they were. Shares of answers with that label have Wilson’s intervals, which take answers as "
            "independent."
        )
    if tests:
        paragraphs.append(
            f"Permutation tests refit the regressions on {tests[0]['shuffles']:,} shuffles: of labels over all "
            "answers, as published, and of whole pairs with all their answers. Both test that no model’s finding "
            f"matters to anybody. Everything drawn at random follows from the seed {document['seed']}."
        )
    return paragraphs


def _labelling(campaign: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    people = f"{document['annotators']:,} annotator{'s' if document['annotators'] != 1 else ''}"
    blind = (
        "one by one, each in an own random order, without knowing which model, stratum or similarity a pair came from"
    )
    labels = f"one of four labels: same object, similar object, same category, unrelated{_own_names(document)}"
    counted = f"Any but the last counts as a link; a label left empty does not. {campaign['openings']}"
    if campaign["recipe"] is None:
        return (
            f"{people} gave {labels}. Those who answered here saw pairs {blind}; how imported answers were asked for "
            f"is not known here. {counted}"
        )
    return f"{people} saw pairs {blind}, and gave {labels}. {counted}"


def _jackknife(covariance: str) -> str:
    if not covariance.startswith("cluster"):
        return ""
    return (
        ", by a jackknife that leaves out one cluster after another and takes one Newton step each time (after "
        "MacKinnon, Nielsen and Webb 2023, who write of linear regression), added over the ways of clustering "
        "(Cameron, Gelbach and Miller 2011)"
    )


def _own_names(document: Mapping[str, Any]) -> str:
    """What the campaign calls the four, where it calls one of them otherwise."""
    names = document.get("label_names", {})
    if all(name == label_words(label, {}) for label, name in names.items()):
        return ""
    return f" (here {', '.join(names.values())})"


def _lower_first(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _sampling(campaign: Mapping[str, Any], models: list[str]) -> str:
    if not models:
        return "Pairs were imported without what any model finds of them."
    base, *others = models
    against = f" against {', '.join(others)}" if others else ""
    if campaign["recipe"] is None:
        return f"Pairs were imported; the models compared are {base}{against}."
    recipe = campaign["recipe"]
    controls = f", and as controls {' and '.join(recipe['controls'])} pairs" if recipe.get("controls") else ""
    kind = KINDS[recipe.get("similarity", PLAIN.name)]
    compared = [f"{name} ({ALL_COMPARISONS[name].description})" for name in recipe["comparisons"]]
    similarity = "" if kind == PLAIN else f" Similarity was {kind.name}: {_lower_first(kind.description)}"
    return (
        f"Pairs of records of {' and '.join(recipe['collections'])} were compared by "
        f"{', '.join(compared)} under the models {base}{against}.{similarity} A model finds a pair "
        f"similar from the {recipe['percentile']:g}th percentile of its similarities on. From each stratum of "
        f"agreement and disagreement up to {recipe['per_stratum']:,} pairs were drawn{controls}, with the seed "
        f"{recipe['seed']}."
    )
