"""Annotations out and in again: nothing lost, nothing twice, nothing half."""

import csv
import json
import time
import uuid
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import HealthCheck, given, settings

from annotation.answers.actions import record_annotation, record_skip
from annotation.answers.queries import current_annotations
from annotation.exchange.storing import import_annotations
from annotation.models import Annotation, Assignment, Campaign, Skip
from annotation.results.frame import annotation_frame
from annotation.vocabulary import Label
from heritage.errors import UserError
from heritage.models import User
from linking.models import CandidatePair, Sampling, Stratum
from tests.factories import (
    CandidatePairFactory,
    CollectionFactory,
    FinerLabelFactory,
    RecordFactory,
    UserFactory,
    campaign_for,
)
from tests.unit.annotation.exchange.test_reading import risky, storable

pytestmark = pytest.mark.django_db

# Columns that belong to the installation and not to the annotations.
FIELDS = ("label", "comment", "unsure", "faulty", "seconds", "active_seconds", "submission", "created")


def told(campaign):
    """All that is known of a campaign's answers, without the numbers of its rows in the database."""
    answers = Annotation.objects.filter(assignment__campaign=campaign).select_related(
        "assignment__annotator", "assignment__pair__stratum", "assignment__pair__a", "assignment__pair__b", "finer"
    )
    return [
        (
            answer.assignment.annotator.username,
            answer.assignment.position,
            *(getattr(answer, name) for name in FIELDS),
            answer.assignment.pair.a,
            answer.assignment.pair.b,
            answer.assignment.pair.similarity,
            answer.assignment.pair.similar,
            answer.assignment.pair.sampling.told_similarity,
            answer.assignment.pair.stratum.comparison,
            answer.assignment.pair.stratum.pattern,
            answer.assignment.pair.stratum.available,
            answer.finer and (answer.finer.label, answer.finer.key, answer.finer.name),
        )
        for answer in answers.order_by("assignment__annotator__username", "assignment__position", "pk")
    ]


def forget(campaign):
    """As if the campaign had never been here; its records stay."""
    sampling = campaign.sampling
    Annotation.objects.filter(assignment__campaign=campaign).delete()
    campaign.delete()
    CandidatePair.objects.filter(sampling=sampling).delete()
    sampling.delete()


def answered_campaign(
    comments=("=1+1", "+44 20", "-5", "@here", "\tindented", "'quoted", "'=x", 'Two, "alike"\nlines'),
):
    people = [UserFactory(), UserFactory()]
    campaign = campaign_for(*people, pairs_each=6, overlap=0.5)
    campaign.sampling.recipe |= {"similarity": "centred"}
    campaign.sampling.save()
    finer = {
        Label.SAME_OBJECT: [FinerLabelFactory(campaign=campaign, label=Label.SAME_OBJECT, name="=Same mould")],
        Label.UNRELATED: FinerLabelFactory.create_batch(2, campaign=campaign, label=Label.UNRELATED),
    }
    for number, assignment in enumerate(campaign.assignments.all()):
        for label in (Label.SAME_OBJECT, Label.UNRELATED)[: 1 + number % 2]:
            Annotation.objects.create(
                assignment=assignment,
                label=label if number else "",
                finer=finer[label][number % len(finer[label])] if number % 4 else None,
                comment=comments[number % len(comments)],
                seconds=0.1 * number if number % 3 else None,
                active_seconds=0.05 * number if number % 3 else None,
                unsure=number % 2 == 1,
                faulty=("", "a", "b", "ab")[number % 4],
                created=datetime(2025, 3, 4, 15, 6, number, 123456, tzinfo=UTC),
            )
    return campaign


@pytest.mark.parametrize("format_name", ["csv", "jsonl"])
def test_history_written_and_read_elsewhere_loses_nothing(tmp_path, format_name):
    campaign = answered_campaign()
    before = told(campaign)
    path = tmp_path / f"annotations.{format_name}"
    call_command("export_annotations", campaign.name, "--history", "--format", format_name, "-o", path)
    forget(campaign)
    result = import_annotations(name="Elsewhere", path=path)
    assert (result.stored, result.unchanged, result.campaign_created) == (len(before), 0, True)
    assert told(Campaign.objects.get(name="Elsewhere")) == before


def test_a_file_says_of_which_kind_similarities_are_and_kinds_do_not_mix(tmp_path):
    campaign = answered_campaign()
    path = tmp_path / "annotations.csv"
    call_command("export_annotations", campaign.name, "-o", path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["similarity_kind"] for row in rows} == {"centred"}
    campaign.sampling.recipe |= {"similarity": "plain"}
    campaign.sampling.save()
    with pytest.raises(UserError, match=r"are centred, but those of .* are plain: import it under another name"):
        import_annotations(name=campaign.name, path=path)


def test_of_imported_pairs_the_kind_is_known_once_a_file_says_it(tmp_path):
    RecordFactory(record_id="co1"), RecordFactory(record_id="T.1")
    row = "co1,T.1,ada,unrelated,1"
    import_annotations(name="Earlier", path=write(tmp_path, f"a,b,annotator,label,base\n{row}\n"))
    sampling = Campaign.objects.get(name="Earlier").sampling
    assert (sampling.told_similarity, sampling.similarity_kind.name) == ("", "plain")
    later = write(tmp_path, f"a,b,annotator,label,base,similarity_kind\n{row},fused+centred\n")
    assert import_annotations(name="Earlier", path=later).unchanged == 1
    sampling.refresh_from_db()
    assert sampling.told_similarity == "centred+fused"


@given(storable | risky)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_comment_survives(tmp_path, comment):
    campaign = campaign_for(UserFactory(), pairs_each=1)
    Annotation.objects.create(
        assignment=campaign.assignments.get(), label="unrelated", comment=comment, created=datetime.now(UTC)
    )
    for format_name in ("csv", "jsonl"):
        name = f"{campaign.name} {format_name}"
        path = tmp_path / f"annotations.{format_name}"
        call_command("export_annotations", campaign.name, "--format", format_name, "-o", path)
        import_annotations(name=name, path=path)
        assert current_annotations(Campaign.objects.get(name=name)).get().comment == comment


def test_without_history_the_answers_that_count_are_written_with_their_revision(tmp_path):
    campaign = answered_campaign()
    path = tmp_path / "annotations.csv"
    call_command("export_annotations", campaign.name, "-o", path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert [row["revision"] for row in rows] == ["1", "2"] * 6
    assert {row["label"] for row in rows if row["revision"] == "2"} == {"unrelated"}


def test_no_cell_is_a_formula_and_numbers_stay_numbers(tmp_path):
    campaign = answered_campaign()
    CandidatePair.objects.update(similarity={"text-text": {"model-one": -0.125}})
    path = tmp_path / "annotations.csv"
    call_command("export_annotations", campaign.name, "-o", path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert row.pop("similarity|text-text|model-one") == "-0.125"
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_reading_a_file_twice_stores_each_answer_once(tmp_path):
    campaign = answered_campaign()
    path = tmp_path / "annotations.csv"
    call_command("export_annotations", campaign.name, "--history", "-o", path)
    assert import_annotations(name="Elsewhere", path=path).stored == 18
    again = import_annotations(name="Elsewhere", path=path)
    assert (again.stored, again.unchanged, again.pairs_created) == (0, 18, 0)


def test_reading_into_the_campaign_that_wrote_it_changes_nothing(tmp_path):
    campaign = answered_campaign()
    path = tmp_path / "annotations.csv"
    call_command("export_annotations", campaign.name, "-o", path)
    result = import_annotations(name=campaign.name, path=path)
    assert (result.stored, result.unchanged, result.campaign_created) == (0, 12, False)


def write(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text)
    return path


def test_a_table_without_records_twice_stores_each_row_once(tmp_path):
    path = write(tmp_path, "annotator,label,base\n" + "ada,unrelated,1\n" * 3)
    assert import_annotations(name="Published", path=path).stored == 3
    assert import_annotations(name="Published", path=path).unchanged == 3
    assert Assignment.objects.count() == CandidatePair.objects.count() == 3
    longer = write(tmp_path, "annotator,label,base\n" + "ada,unrelated,1\n" * 4)
    assert import_annotations(name="Published", path=longer).stored == 1


def test_an_imported_campaign_is_closed_and_its_new_accounts_cannot_log_in(tmp_path):
    UserFactory(username="grace")
    path = write(tmp_path, "annotator,label,base\nada,unrelated,1\ngrace,same_object,0\n")
    result = import_annotations(name="Published", path=path)
    assert result.accounts_created == ("ada",)
    ada = User.objects.get(username="ada")
    assert not ada.is_active
    assert not ada.has_usable_password()
    campaign = Campaign.objects.get(name="Published")
    assert not campaign.is_open
    assert not campaign.simulated
    assert campaign.sampling.recipe == {"models": ["base"], "imported_from": "table.csv"}


@pytest.mark.parametrize(
    ("column", "cells", "known"),
    [
        ("comment", ("", "", ""), False),
        ("position", (3, 1, 2), True),
        ("created", ("2026-11-01T10:00:00Z",) * 3, False),
    ],
)
def test_an_order_that_the_table_does_not_tell_is_not_made_up(tmp_path, column, cells, known):
    lines = [
        f"ada,{label},1,{cell}" for label, cell in zip(("unrelated", "same_object", "unrelated"), cells, strict=True)
    ]
    path = write(tmp_path, f"annotator,label,base,{column}\n" + "\n".join(lines) + "\n")
    import_annotations(name="Published", path=path)
    frame = annotation_frame(Campaign.objects.get(name="Published")).frame
    assert frame["position"].notna().tolist() == [known] * 3
    if known:
        assert frame["position"].tolist() == [1, 2, 3]
        assert frame["created"].is_monotonic_increasing


def test_that_labels_were_simulated_is_remembered(tmp_path):
    path = write(tmp_path, "annotator,label,base,simulated\nada,unrelated,1,1\n")
    import_annotations(name="Published", path=path)
    assert Campaign.objects.get(name="Published").simulated


def test_records_are_found_by_id_and_where_needed_by_collection(tmp_path):
    left, right = CollectionFactory(slug="smg"), CollectionFactory(slug="nms")
    a, b = RecordFactory(collection=left, record_id="co1"), RecordFactory(collection=right, record_id="T.1")
    RecordFactory(collection=right, record_id="co1")
    path = write(tmp_path, "a,b,a_collection,annotator,label,base\nco1,T.1,smg,ada,unrelated,1\n")
    import_annotations(name="Published", path=path)
    pair = CandidatePair.objects.get()
    assert (pair.a, pair.b) == (a, b)
    path = write(tmp_path, "a,b,annotator,label,base\nco1,T.1,ada,unrelated,1\n")
    with pytest.raises(UserError, match="line 2, column a: 'co1' is in nms and smg; say which"):
        import_annotations(name="Another", path=path)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("co1,T.1,text-text,ada,unrelated,1\nco1,T.9,text-text,ada,unrelated,1\n", "line 3, column b: no record 'T.9'"),
        ("co1,T.1,text-text,ada,unrelated,1\nco1,T.1,image-image,eve,unrelated,1\n", "line 3, column comparison"),
        ("co1,T.1,text-text,ada,unrelated,1\nco1,T.1,text-text,eve,unrelated,7\n", "line 3, column base"),
    ],
)
def test_one_bad_row_and_nothing_is_stored(tmp_path, rows, sentence):
    RecordFactory(record_id="co1")
    RecordFactory(record_id="T.1")
    path = write(tmp_path, "a,b,comparison,annotator,label,base\n" + rows)
    with pytest.raises(UserError, match=sentence):
        import_annotations(name="Published", path=path)
    for model in (Campaign, Sampling, Stratum, CandidatePair, Assignment, Annotation, User):
        assert not model.objects.exists()


def test_a_dry_run_counts_and_stores_nothing(tmp_path):
    path = write(tmp_path, "annotator,label,base\nada,unrelated,1\n")
    result = import_annotations(name="Published", path=path, dry_run=True)
    assert (result.stored, result.accounts_created) == (1, ("ada",))
    assert not Campaign.objects.exists()
    assert not User.objects.exists()


def test_other_models_or_other_pairs_than_the_campaign_s_are_refused(tmp_path):
    campaign = campaign_for(UserFactory())
    pair = campaign.assignments.first().pair
    path = write(tmp_path, "annotator,label,base\nada,unrelated,1\n")
    with pytest.raises(UserError, match="columns for base, but the campaign's models are model-one, model-two"):
        import_annotations(name=campaign.name, path=path)
    path = write(tmp_path, "annotator,label,model-one,model-two\nada,unrelated,1,0\n")
    with pytest.raises(UserError, match="did not draw this pair"):
        import_annotations(name=campaign.name, path=path)
    header = "a,b,annotator,label,comparison,model-one,model-two\n"
    row = f"{pair.a.record_id},{pair.b.record_id},ada,unrelated,{pair.stratum.comparison},"
    flags = ",".join(str(pair.stratum.pattern[slug]) for slug in ("model-one", "model-two"))
    result = import_annotations(name=campaign.name, path=write(tmp_path, f"{header}{row}{flags}\n"))
    assert (result.stored, result.pairs_created) == (1, 0)


def test_a_stored_answer_is_not_changed_by_an_edited_file(tmp_path):
    header, submission = "annotator,label,base,submission\n", uuid.uuid4()
    import_annotations(name="Published", path=write(tmp_path, f"{header}ada,unrelated,1,{submission}\n"))
    edited = write(tmp_path, f"{header}ada,same_object,1,{submission}\n")
    with pytest.raises(UserError, match="stored already and says something else"):
        import_annotations(name="Published", path=edited)
    twice = write(tmp_path, header + f"ada,unrelated,1,{uuid.UUID(int=1)}\n" * 2)
    with pytest.raises(UserError, match="line 3, column submission: the same as on line 2"):
        import_annotations(name="Published", path=twice)


@pytest.mark.shared_data
def test_the_published_table_is_read_in_a_moment(tmp_path, shared_data):
    counts = list(csv.DictReader((shared_data / "data/paper_link_annotations.csv").open()))
    lines = ["a,b,comparison,base,ft-best,ft-last,annotator,label,comment,seconds,created"]
    for count in counts:
        models = f"{count['base']},{count['ft_best']},{count['ft_last']}"
        for number in range(int(count["annotations"])):
            label = "similar_object" if number < int(count["linked"]) else "unrelated"
            lines.append(f",,,{models},expert-{number % 6},{label},,,")
    path = write(tmp_path, "\n".join(lines))
    began = time.monotonic()
    result = import_annotations(name="Published", path=path)
    took = time.monotonic() - began
    assert (result.rows, result.stored) == (551, 551)
    assert Stratum.objects.count() == 5
    assert current_annotations(Campaign.objects.get()).exclude(label="unrelated").count() == 293
    assert took < 5


def test_export_to_stdout_is_the_table_and_nothing_else(capsys):
    campaign = answered_campaign()
    call_command("export_annotations", campaign.name)
    text = capsys.readouterr().out
    assert len(list(csv.DictReader(text.splitlines(keepends=True)))) == 12
    assert text.endswith("\r\n")
    call_command("export_annotations", campaign.name, "--format", "jsonl")
    first, *_ = capsys.readouterr().out.splitlines()
    assert json.loads(first)["position"] == 1


def test_commands_say_what_they_did(tmp_path, capsys):
    campaign = answered_campaign()
    path = tmp_path / "annotations.csv"
    call_command("export_annotations", campaign.name, "-o", path, "--json")
    assert json.loads(capsys.readouterr().out)["annotations"] == 12
    call_command("import_annotations", "Elsewhere", path, "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out)["stored"] == 12
    assert not Campaign.objects.filter(name="Elsewhere").exists()
    call_command("import_annotations", "Elsewhere", path)
    assert "Stored 12 of 12 annotations in Elsewhere (new, closed)" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no campaign named Nowhere"):
        call_command("export_annotations", "Nowhere")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_annotations", campaign.name, "-o", tmp_path / "no" / "file.csv")


def test_an_answer_given_here_after_an_import_corrects_it(tmp_path):
    campaign = campaign_for(UserFactory(), pairs_each=1)
    assignment = campaign.assignments.get()
    record_annotation(assignment=assignment, annotator=assignment.annotator, label=Label.UNRELATED)
    path = tmp_path / "annotations.csv"
    call_command("export_annotations", campaign.name, "-o", path)
    record_annotation(assignment=assignment, annotator=assignment.annotator, label=Label.SAME_OBJECT)
    assert import_annotations(name=campaign.name, path=path).unchanged == 1
    assert current_annotations(campaign).get().label == "same_object"


def skipping_campaign():
    """`answered_campaign` with a pair that was skipped twice, one that was answered after all, and one skip alone."""
    campaign = answered_campaign()
    person = UserFactory(username="=eve")
    skipped = (["other", "no_picture"], ["other"], [])
    pairs = campaign.assignments.order_by("pair").values_list("pair", flat=True).distinct()[:3]
    for position, (pair, reasons) in enumerate(zip(pairs, skipped, strict=True), start=1):
        assignment = campaign.assignments.create(annotator=person, pair_id=pair, position=position)
        for number, reason in enumerate(reasons):
            Skip.objects.create(
                assignment=assignment,
                reason=reason,
                comment="=1+1",
                faulty=("ab", "")[number],
                created=datetime(2025, 3, 5, 9, position, number, 7, tzinfo=UTC),
            )
    answered = campaign.assignments.get(annotator=person, position=2)
    record_annotation(assignment=answered, annotator=person, label=Label.UNRELATED)
    alone = CandidatePairFactory(stratum=campaign.sampling.strata.first())
    last = campaign.assignments.create(annotator=person, pair=alone, position=9)
    record_skip(assignment=last, annotator=person, reason="cannot_tell")
    return campaign


def told_skips(campaign):
    skips = Skip.objects.filter(assignment__campaign=campaign)
    return list(
        skips.order_by("assignment__annotator__username", "assignment__position", "pk").values_list(
            *("assignment__annotator__username", "assignment__position", "assignment__pair__a", "assignment__pair__b"),
            *("reason", "comment", "faulty", "submission", "created"),
        )
    )


@pytest.mark.parametrize("format_name", ["csv", "jsonl"])
def test_skips_survive_the_way_there_and_back(tmp_path, format_name):
    campaign = skipping_campaign()
    before, skips = told(campaign), told_skips(campaign)
    path = tmp_path / f"annotations.{format_name}"
    call_command("export_annotations", campaign.name, "--history", "--format", format_name, "-o", path)
    assert import_annotations(name=campaign.name, path=path).stored == 0
    Skip.objects.all().delete()
    forget(campaign)
    result = import_annotations(name="Elsewhere", path=path)
    assert (result.skips_stored, result.stored) == (4, len(before) + 4)
    there = Campaign.objects.get(name="Elsewhere")
    assert (told(there), told_skips(there)) == (before, skips)
    assert import_annotations(name="Elsewhere", path=path).unchanged == len(before) + 4
    assert len(annotation_frame(there).frame) == 13


def test_the_newest_skip_of_pairs_that_were_not_answered_since_is_written(tmp_path, client):
    campaign = skipping_campaign()
    client.force_login(UserFactory(role="lead"))
    client.post(reverse("campaign-open", args=[campaign.pk]))
    path = tmp_path / "annotations.csv"
    call_command("export_annotations", campaign.name, "-o", path)
    text = path.read_bytes()
    assert client.get(reverse("export-annotations", args=[campaign.pk])).content == text
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(text.decode("utf-8-sig").splitlines(keepends=True)))
    answers, skips = rows[:13], rows[13:]
    assert {row["skipped"] for row in answers} == {""}
    assert [(row["skipped"], row["label"], row["comment"], row["faulty"]) for row in skips] == [
        ("no_picture", "", "'=1+1", ""),
        ("cannot_tell", "", "", ""),
    ]
    # Answers to a pair and its skip have one number, a pair that was skipped alone one of its own.
    numbers = {(row["a"], row["b"]): row["pair"] for row in answers}
    assert skips[0]["pair"] == numbers[skips[0]["a"], skips[0]["b"]]
    assert skips[1]["pair"] not in numbers.values()


def test_files_without_skips_have_no_column_of_them(tmp_path):
    path = tmp_path / "annotations.csv"
    call_command("export_annotations", answered_campaign().name, "-o", path)
    assert "skipped" not in path.read_text().splitlines()[0]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("ada,unrelated,1,cannot_tell,", "line 2, column skipped: a skipped pair has no label"),
        ("ada,,1,bored,", "line 2, column skipped: 'bored' is no reason to skip a pair"),
        ("ada,,1,other,", "line 2, column comment: say why the pair was skipped"),
    ],
)
def test_skips_that_cannot_be(tmp_path, row, sentence):
    with pytest.raises(UserError, match=sentence):
        import_annotations(name="Published", path=write(tmp_path, f"annotator,label,base,skipped,comment\n{row}\n"))
    assert not Campaign.objects.exists()


def test_skips_without_identifiers_are_stored_once(tmp_path):
    path = write(tmp_path, "annotator,label,base,skipped\nada,,1,\nada,,1,cannot_tell\n")
    result = import_annotations(name="Published", path=path)
    assert (result.stored, result.skips_stored) == (2, 1)
    assert import_annotations(name="Published", path=path).unchanged == 2
    edited = write(
        tmp_path, f"annotator,label,base,skipped,submission\nada,,1,no_picture,{Skip.objects.get().submission}\n"
    )
    with pytest.raises(UserError, match="stored already and says something else"):
        import_annotations(name="Published", path=edited)
