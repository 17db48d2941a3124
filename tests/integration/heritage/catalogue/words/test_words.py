"""Finding records by words in their language, in part, and misspelt."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from heritage.catalogue.importing.actions import import_source
from heritage.catalogue.queries import search_records
from heritage.catalogue.words.condition import read_words
from heritage.catalogue.words.spelling import keep_words, other_spellings
from heritage.catalogue.words.stemming import stem_by_language, stemming_of
from heritage.importers.record_files import NamedFile, RecordFiles
from heritage.importers.shipped import shipped_mapping
from heritage.models import Collection, Record, Word
from tests.factories import CollectionFactory, RecordFactory

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def found(words: str) -> list[str]:
    return [record.name for record in search_records(words)]


@pytest.fixture
def records() -> None:
    for language, names in {
        "en": ["Copper kettle", "Telegraph key", "Arc lamp"],
        "de": ["Häuser am Fluss", "Teekessel"],
        "ja": ["黒楽茶碗 銘大黒", "楽焼黒楽茶碗"],
    }.items():
        collection = CollectionFactory(language=language)
        for place, name in enumerate(names):
            RecordFactory(collection=collection, name=name, description="", record_id=f"{language}.1932-{place:04}")
        stem_by_language(collection)
        keep_words(collection, since=LONG_AGO)


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("kettles", ["Copper kettle"]),
        ("teleg", ["Telegraph key"]),
        ("graph", ["Telegraph key"]),
        ("keetle", ["Copper kettle"]),
        ("coper ketle", ["Copper kettle"]),
        ("kettle -copper", []),
        ("Haus", ["Häuser am Fluss"]),
        ("kessel", ["Teekessel"]),
        ("1932-0001", ["Teekessel", "楽焼黒楽茶碗", "Telegraph key"]),
        ("en.1932", ["Arc lamp", "Copper kettle", "Telegraph key"]),
        ("spaceship", []),
        ("1932%", []),
    ],
)
def test_what_is_found(words: str, names: list[str]) -> None:
    assert sorted(found(words)) == sorted(names)


@pytest.mark.usefixtures("records")
def test_a_piece_of_a_text_without_blanks() -> None:
    assert set(found("黒楽茶碗")) == {"黒楽茶碗 銘大黒", "楽焼黒楽茶碗"}


@pytest.mark.usefixtures("records")
def test_what_a_word_was_taken_for_is_told() -> None:
    assert read_words("keetle").spellings == {"keetle": ["kettle"]}
    assert read_words("kettle").spellings == {}


@pytest.mark.usefixtures("records")
def test_the_nearest_slip_wins_over_farther_ones() -> None:
    RecordFactory(name="Settle", description="")
    keep_words(Record.objects.get(name="Settle").collection, since=LONG_AGO)
    assert other_spellings(["kettel"]) == {"kettel": ["kettle"]}  # settle is two away
    assert other_spellings(["zettle"]) == {"zettle": ["kettle", "settle"]}
    assert other_spellings(["telegraphik"]) == {"telegraphik": ["telegraph"]}
    assert other_spellings(["arx", "tlegrahp", "ettl"]) == {"ettl": ["kettle", "settle"]}


def test_words_of_withheld_records_are_not_kept() -> None:
    record = RecordFactory(name="Secretarium", withheld=True)
    keep_words(record.collection, since=LONG_AGO)
    assert not Word.objects.exists()


def test_an_import_keeps_words_and_stems_by_language(tmp_path) -> None:
    path = tmp_path / "records.csv"
    path.write_text("record_id,name,description,taxonomy\n1,Häuser,,\n", "utf-8")

    def read(language: str) -> None:
        source = RecordFiles([NamedFile.at(path)], shipped_mapping("uniform"))
        import_source(collection="haus", source=source, language=language)

    read("de-AT")
    assert Word.objects.filter(word="häuser").exists()
    assert found("Haus") == ["Häuser"]
    # Another language, and nothing in the records changed: they are stemmed anew.
    read("fr")
    assert Record.objects.get().stemming == "french"
    assert found("Haus") == []


@pytest.mark.parametrize(
    ("language", "stemming"),
    [("", "english"), ("en-GB", "english"), ("pt-BR", "portuguese"), ("ja", "simple"), ("xx", "simple")],
)
def test_stemming_by_language(language: str, stemming: str) -> None:
    assert stemming_of(language) == stemming


@pytest.mark.usefixtures("records")
def test_few_queries_however_many_words(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(5):
        found("copper kettle or telegraph -key")


@pytest.mark.usefixtures("records")
def test_full_text_is_answered_by_its_index() -> None:
    """Nothing in the condition forces a scan of the whole table."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    plan = Record.objects.filter(read_words("kettle").condition).explain()
    assert "record_search_words" in plan


class AnyWords(TestCase):
    """Whatever is typed gives an answer."""

    @classmethod
    def setUpTestData(cls) -> None:
        collection = Collection.objects.create(slug="any", name="Any", language="de")
        RecordFactory(collection=collection, name="Teekessel")
        keep_words(collection, since=LONG_AGO)

    @settings(max_examples=60)
    @given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200))
    def test_anything_is_answered(self, typed: str) -> None:
        list(search_records(typed)[:3])
