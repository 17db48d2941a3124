"""`analyse`, from the imported published table to every printed digit, and on campaigns that tell nothing."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotation.vocabulary import Label
from tests.factories import CollectionFactory, RecordFactory, UserFactory, campaign_for
from tests.integration.annotation.results.test_frame import answer_all
from tests.reference.published_annotations import MODELS, PENALISED, TABLE_6, WITH_INTERCEPT, write_published_csv

pytestmark = pytest.mark.django_db


def analyse(*arguments: str) -> str:
    out = StringIO()
    call_command("analyse", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def published_csv(tmp_path: Path) -> Path:
    path = tmp_path / "annotations.csv"
    write_published_csv(path)
    return path


def test_the_published_table_to_every_printed_digit(published_csv: Path) -> None:
    call_command("import_annotations", "Published", str(published_csv), stdout=StringIO())
    document = json.loads(analyse("Published", "--json"))
    assert document["n"] == 551
    assert sum(document["labels"].values()) == 551
    assert document["labels"]["empty"] == 1
    assert document["linked"]["count"] == 293
    fits = {(fit["name"], fit["intercept"]): fit for fit in document["regressions"] if fit["coding"] == "stratum"}
    for name, table in TABLE_6.items():
        printed = {
            row["term"]: (f"{row['coef']:.4f}", *(f"{row[key]:.3f}" for key in ("se", "z", "p", "low", "high")))
            for row in fits[name, False]["rows"]
        }
        assert printed == table
    for name, expected in WITH_INTERCEPT.items():
        coefficients = {row["term"]: f"{row['coef']:.4f}" for row in fits[name, True]["rows"]}
        assert expected.items() <= {**coefficients, "p": expected["p"]}.items()
    assert document["authors_check"] == pytest.approx(PENALISED, abs=1e-9)
    assert {test["term"] for test in document["permutation"]} == set(MODELS)

    report = analyse("Published")
    assert "base           -0.2392     0.148    -1.613     0.107    -0.530     0.051     0.787" in report
    assert "ft-best against base: odds ratio 1.87 (95 % interval 1.16 to 3.00), p = 0.030 after Holm" in report
    assert "1 of 551 annotations was left without a label" in report


def test_a_campaign_without_annotations_is_no_mistake() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=2)
    document = json.loads(analyse(campaign.name, "--json"))
    assert document["n"] == 0
    assert all(fit["warnings"] for fit in document["regressions"])
    assert "No answer can be given yet." in analyse(campaign.name)
    assert "not estimable" in analyse(campaign.name)


@pytest.mark.parametrize("labels", [["Same object", "Unrelated"], ["Same object", "Same object"]])
def test_a_table_without_models_is_analysed_and_reported_without_comparing_any(
    tmp_path: Path, labels: list[str]
) -> None:
    records = [RecordFactory(collection__slug="smg", record_id="smg 1")]
    nms = CollectionFactory(slug="nms")
    records += [RecordFactory(collection=nms, record_id=f"nms {number}") for number in (1, 2)]
    tasks = [
        {
            "data": {"a": records[0].record_id, "b": other.record_id},
            "annotations": [
                {
                    "completed_by": {"email": "ada@museum.example"},
                    "result": [
                        {"from_name": "label", "to_name": "x", "type": "choices", "value": {"choices": [label]}}
                    ],
                }
            ],
        }
        for label, other in zip(labels, records[1:], strict=True)
    ]
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(tasks))
    call_command("import_annotations", "No models", str(path), "--collections", "smg", "nms", stdout=StringIO())
    document = json.loads(analyse("No models", "--json"))
    assert document["n"] == 2
    assert document["answer"] == ["No model’s findings are known of these pairs, so no models can be compared."]
    assert document["authors_check"] == {}
    assert "so no models can be compared." in analyse("No models")
    call_command("report", "No models", "-o", str(tmp_path / "report"), stdout=StringIO())
    written = (tmp_path / "report" / "report.html").read_text()
    assert "so no models can be compared." in written
    assert "without what any model finds of them" in written


def test_all_labels_the_same_is_said() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=4, simulated=True)
    answer_all(campaign, Label.UNRELATED)
    report = analyse(str(campaign.pk))
    assert "(simulated labels)" in report
    assert "All 4 annotations are not links" in report
    assert "nan" not in report.lower().split()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["None such"], "There is no campaign named None such"),
        (["x", "--seed", "-1"], "--seed is -1"),
        (["x", "--shuffles", "0"], "--shuffles is 0"),
    ],
)
def test_mistakes_are_said_in_one_line(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message) as caught:
        analyse(*arguments)
    assert "\n" not in str(caught.value)
