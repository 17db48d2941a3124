"""The form from which a lead starts a sampling."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.db.models import Count

from heritage.errors import UserError
from heritage.models import Collection, RecordSet
from heritage.sets.queries import records_of
from linking.actions import LONGEST_NAME, check_name, check_recipe
from linking.sampling.comparisons import ALL_COMPARISONS, DEFAULT_COMPARISONS
from linking.sampling.recipe import DEFAULT_NEAREST, DEFAULT_PER_STRATUM, DEFAULT_PERCENTILE, SamplingRecipe
from linking.sampling.strata import CONTROLS, named_patterns, stratum_in_words
from linking.sampling.variants.kinds import KINDS, PLAIN, RECOMMENDED
from models_ml.models import EmbeddingModel

LARGEST_SEED = 2**63 - 1
# Named patterns of `linking.sampling.strata`, in a lead's words.
STRATA = {
    "default": "Where all agree, only the base, all but the base, and each other model alone",
    "agree": "Where all models agree",
    "alone": "What one model alone finds similar, for each",
    "disagree": "Wherever two models disagree",
    "every": "All strata, also what no model finds similar",
}


class SamplingNameForm(forms.Form):
    """Another name for a sampling; whether it can be is for `rename_sampling` to say."""

    name = forms.CharField(max_length=LONGEST_NAME, help_text="Leads choose it by this name when they open a campaign.")


class SamplingForm(forms.Form):
    """Fields of a `SamplingRecipe`, in a lead's words. `recipe()` is what a valid form asks for."""

    name = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        help_text="Leads choose it by this name when they open a campaign. Not needed to look at the strata first.",
    )
    first_collection = forms.ModelChoiceField(
        Collection.objects.all(), to_field_name="slug", empty_label=None, label="Collection A"
    )
    other_collections = forms.ModelMultipleChoiceField(
        Collection.objects.all(),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        label="Compared with",
        help_text="Usually one. With several, all pairs of records of different collections are compared.",
        error_messages={"required": "Choose the collection to compare with."},
    )
    base_model = forms.ModelChoiceField(
        EmbeddingModel.objects.all(),
        to_field_name="slug",
        empty_label=None,
        help_text="The model that the others are measured against.",
    )
    other_models = forms.ModelMultipleChoiceField(
        EmbeddingModel.objects.all(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Such as those that its fine-tuning made.",
    )
    comparisons = forms.MultipleChoiceField(
        choices=[(name, f"{name}: {comparison.description}") for name, comparison in ALL_COMPARISONS.items()],
        initial=list(DEFAULT_COMPARISONS),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one comparison."},
    )
    similarity = forms.ChoiceField(
        required=False,
        choices=[(kind.name, f"{kind.name}: {kind.description}") for kind in KINDS.values()],
        initial=RECOMMENDED.name,
        widget=forms.RadioSelect,
        help_text=f"Two museums differ in light, background and wording; some similarities hold that down. "
        f"{RECOMMENDED.name} is chosen at first since on three pairs of collections with known links it put more of "
        f"them first than plain comparisons do on average; {PLAIN.name} is as published.",
    )
    percentile = forms.FloatField(
        initial=f"{DEFAULT_PERCENTILE:g}",
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text="A pair is similar for a model if it is at or above this percentile of all pairs.",
    )
    per_stratum = forms.IntegerField(
        initial=DEFAULT_PER_STRATUM,
        label="Pairs from each stratum",
        help_text="None is drawn twice. How many there are is known once the strata were looked at.",
    )
    seed = forms.IntegerField(
        initial=0,
        min_value=-LARGEST_SEED,
        max_value=LARGEST_SEED,
        help_text="The same seed draws the same pairs again.",
    )
    patterns = forms.MultipleChoiceField(
        required=False,
        label="Strata",
        choices=list(STRATA.items()),
        initial=["default"],
        widget=forms.CheckboxSelectMultiple,
        help_text="“Look at the strata first” shows each with its size, to choose among them by name.",
    )
    percentile_over = forms.ChoiceField(
        choices=[
            ("records", "Pairs of records"),
            ("vectors", "Pairs of single images and texts, as in the authors' code"),
        ],
        initial="records",
        label="Percentile over",
    )
    controls = forms.MultipleChoiceField(
        required=False,
        choices=[(name, words[0].upper() + words[1:]) for name, words in CONTROLS.items()],
        widget=forms.CheckboxSelectMultiple,
        label="Controls",
        help_text="As many pairs again of each comparison, to compare the strata with.",
    )
    terms = forms.CharField(
        required=False,
        label="Taxonomy terms",
        help_text="Only pairs of which one record has one of these terms, written as the museum does. Separate them "
        "by commas.",
    )
    among = forms.ModelMultipleChoiceField(
        RecordSet.objects.defer("records"),
        required=False,
        to_field_name="slug",
        label="Sets of records",
        widget=forms.CheckboxSelectMultiple,
        help_text="Only pairs of which one record is in one of these.",
    )
    keywords = forms.CharField(
        required=False,
        help_text="Only pairs of which one record is near to one of these texts, by the base model. Separate them by "
        "commas: rotary telephone, telegraph.",
    )
    nearest = forms.IntegerField(
        initial=DEFAULT_NEAREST, label="Records near to a keyword", help_text="How many count as near."
    )
    allow_fewer = forms.BooleanField(required=False, label="Take what there is from strata that are too small")
    allow_missing = forms.BooleanField(required=False, label="Pass over images and texts that have no vector yet")

    MAIN = ("name", "first_collection", "other_collections", "base_model", "other_models", "comparisons", "similarity")
    NUMBERS = ("percentile", "per_stratum", "seed")
    SIZES = ("allow_fewer",)
    FURTHER = (
        "patterns",
        "controls",
        "percentile_over",
        "terms",
        "among",
        "keywords",
        "nearest",
        "allow_missing",
    )

    def __init__(self, data: Any = None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        # Of a recipe that is repeated, strata that go by no name are told in words.
        chosen = data.getlist("patterns") if data is not None else initial.get("patterns") or ()
        of = data if data is not None else initial
        others = data.getlist("other_models") if data is not None else initial.get("other_models") or ()
        models = list(dict.fromkeys(filter(None, (of.get("base_model"), *others))))
        told = [
            (pattern, stratum_in_words([digit == "1" for digit in pattern], models))
            for pattern in dict.fromkeys(chosen)
            if set(pattern) <= {"0", "1"} and 0 < len(pattern) == len(models)
        ]
        self.fields["patterns"].choices = [*STRATA.items(), *told]  # type: ignore[attr-defined]

    @property
    def is_survey(self) -> bool:
        """Whether the lead wants to look at the strata before pairs are drawn."""
        return "survey" in self.data

    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MAIN]

    def number_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.NUMBERS]

    def size_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.SIZES]

    def further_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FURTHER]

    def further_is_open(self) -> bool:
        """Whether something in the folded part differs from what it is at first, or is wrong."""
        return any(
            field.errors or field.field.has_changed(field.field.initial, field.data if self.is_bound else field.initial)
            for field in self.further_fields()
        )

    def recipe(self) -> SamplingRecipe:
        """Raises UserError if the values make no sense together."""
        data = self.cleaned_data
        others = [other.slug for other in data["other_collections"]]
        if len(others) > 1:
            # Whoever ticks all collections means all others.
            others = [other for other in others if other != data["first_collection"].slug]
        base = data["base_model"].slug
        return SamplingRecipe(
            collections=(data["first_collection"].slug, *others),
            models=(base, *(other.slug for other in data["other_models"] if other.slug != base)),
            comparisons=tuple(data["comparisons"]),
            similarity=data["similarity"] or PLAIN.name,
            percentile=data["percentile"],
            percentile_over=data["percentile_over"],
            patterns=tuple(data["patterns"]),
            per_stratum=data["per_stratum"],
            controls=tuple(data["controls"]),
            terms=_listed(data["terms"]),
            among=tuple(kept.slug for kept in data["among"]),
            keywords=_listed(data["keywords"]),
            nearest=data["nearest"],
            allow_fewer=data["allow_fewer"],
            allow_missing=data["allow_missing"],
            seed=data["seed"],
        )

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            try:
                if not self.is_survey:
                    check_name(self.cleaned_data["name"])
                check_recipe(self.recipe())
            except UserError as error:
                raise forms.ValidationError(str(error)) from error
        return self.cleaned_data

    @classmethod
    def likely(cls) -> dict[str, Any]:
        """What most leads will want: the two collections with the most records, a model and what came of its newest
        fine-tuning."""
        by_size = Collection.objects.annotate(size=Count("records")).order_by("-size", "slug")
        collections = list(by_size.values_list("slug", flat=True)[:2])
        base = EmbeddingModel.objects.filter(children__isnull=False).first() or EmbeddingModel.objects.first()
        return {
            "base_model": base.slug if base else None,
            "first_collection": collections[0] if collections else None,
            "other_collections": collections[1:],
            "other_models": _newest_finetuned(base) if base else [],
            "allow_fewer": True,
        }

    @classmethod
    def among_set(cls, kept: RecordSet) -> dict[str, Any]:
        """Likely values for pairs with records of a set: the two collections that it has most of come first."""
        of = records_of(kept).order_by().values_list("collection__slug").annotate(count=Count("pk"))
        having = [slug for slug, _ in of.order_by("-count", "collection__slug")]
        likely = cls.likely()
        others = [slug for slug in (likely["first_collection"], *likely["other_collections"]) if slug not in having]
        first, *rest = [*having, *others][: max(2, len(having))] or [None]
        return likely | {"among": [kept.slug], "first_collection": first, "other_collections": rest[:1]}

    @classmethod
    def repeating(cls, recipe: SamplingRecipe) -> dict[str, Any]:
        """What the form shows at first when a sampling is to be repeated with changes."""
        return recipe.as_json() | {
            "first_collection": recipe.collections[0],
            "other_collections": list(recipe.collections[1:]),
            "base_model": recipe.models[0],
            "other_models": list(recipe.models[1:]),
            "percentile": repr(recipe.percentile).removesuffix(".0"),
            "patterns": _by_name(recipe),
            "terms": ", ".join(recipe.terms),
            "keywords": ", ".join(recipe.keywords),
        }


class DrawForm(forms.Form):
    """What is left to decide after a survey: which strata to draw from, and how many pairs of each."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        help_text="Leads choose it by this name when they open a campaign.",
        error_messages={"required": "Give the sampling a name."},
    )
    patterns = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Strata",
        help_text="By the models that find a pair similar; of every comparison.",
        error_messages={"required": "Choose at least one stratum."},
    )
    controls = SamplingForm.base_fields["controls"]
    per_stratum = SamplingForm.base_fields["per_stratum"]
    seed = SamplingForm.base_fields["seed"]
    allow_fewer = SamplingForm.base_fields["allow_fewer"]

    def __init__(self, data: Any, *, recipe: SamplingRecipe, sizes: Mapping[str, Mapping[str, int]]) -> None:
        """`sizes` has, of each pattern that there is, how many pairs each comparison has of it."""
        super().__init__(data, initial=recipe.as_json())
        self._recipe = recipe
        self._sizes = sizes
        self.fields["patterns"].choices = [  # type: ignore[attr-defined]
            (pattern, f"{self._words(pattern)}: {_sizes_in_words(sizes[pattern])}") for pattern in sizes
        ]

    def _words(self, pattern: str) -> str:
        return stratum_in_words([digit == "1" for digit in pattern], self._recipe.models)

    def _check_sizes(self) -> None:
        """What the survey knows is said before anything is drawn."""
        wanted = self.cleaned_data["per_stratum"]
        smallest = {pattern: min(self._sizes[pattern].values()) for pattern in self.cleaned_data["patterns"]}
        short = {pattern: size for pattern, size in smallest.items() if size < wanted}
        if not short or self.cleaned_data["allow_fewer"]:
            return
        pattern, size = min(short.items(), key=lambda each: each[1])
        instead = f"ask for at most {size:,}, " if size else ""
        self.add_error(
            "per_stratum",
            f"The stratum “{self._words(pattern)}” has {size:,} pair{'s' * (size != 1)} of a comparison: {instead}"
            f"leave it out, or tick “{self.fields['allow_fewer'].label}”.",
        )

    def recipe(self) -> SamplingRecipe:
        """The survey's with what was decided. Raises UserError if the values make no sense together."""
        data = self.cleaned_data
        return replace(
            self._recipe,
            patterns=tuple(data["patterns"]),
            controls=tuple(data["controls"]),
            per_stratum=data["per_stratum"],
            seed=data["seed"],
            allow_fewer=data["allow_fewer"],
        )

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            self._check_sizes()
        if not self.errors:
            try:
                check_name(self.cleaned_data["name"])
                check_recipe(self.recipe())
            except UserError as error:
                raise forms.ValidationError(str(error)) from error
        return self.cleaned_data


def _sizes_in_words(sizes: Mapping[str, int]) -> str:
    """One number where there is one comparison, else one for each."""
    if len(sizes) == 1:
        [size] = sizes.values()
        return f"{size:,} pair{'s' * (size != 1)}"
    return ", ".join(f"{comparison} {size:,}" for comparison, size in sizes.items())


def _by_name(recipe: SamplingRecipe) -> list[str]:
    """The strata of a recipe by their name where they have one, else each for itself."""
    named = (name for name in STRATA if named_patterns(name, len(recipe.models)) == recipe.patterns)
    found = next(named, None)
    return [found] if found else list(recipe.patterns)


def _newest_finetuned(base: EmbeddingModel) -> list[str]:
    """The slugs of the models that came of the newest run from this base; runs are told apart by training.json."""
    children = list(base.children.order_by("pk"))
    return [child.slug for child in children if child.training.get("run") == children[-1].training.get("run")]


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
