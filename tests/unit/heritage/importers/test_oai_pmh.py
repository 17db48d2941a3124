"""Harvesting by OAI-PMH: pages, tokens, errors; the rows themselves are those of the mappings."""

from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from heritage.errors import UserError
from heritage.importers.mapping import Mapping
from heritage.importers.merging import merge_rows
from heritage.importers.oai_pmh import Selection, open_harvest
from heritage.importers.source_records import LeftOut, Notice, RowProblem, SourceItem, SourceRecord

STANDARDS = Path(__file__).parent / "standards"
BASE = "https://museum.example/oai"


def page(*numbers: int, token: str | None = "") -> bytes:
    """A page of records; no resumptionToken at all where `token` is None, an empty one as on a last page by default."""
    records = "".join(
        f"<record><header><identifier>oai:museum.example:{number}</identifier></header><metadata>"
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Lamp {number}</dc:title></oai_dc:dc>'
        "</metadata></record>"
        for number in numbers
    )
    resumption = "" if token is None else f'<resumptionToken cursor="0">{escape(token)}</resumptionToken>'
    return answer(f"<ListRecords>{records}{resumption}</ListRecords>")


def error(code: str, message: str = "") -> bytes:
    return answer(f'<error code="{code}">{message}</error>')


def answer(content: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f"<responseDate>2026-03-01T08:00:00Z</responseDate><request>{BASE}</request>{content}</OAI-PMH>"
    ).encode()


class Repository:
    """Answers by resumptionToken ("" is the first request), and remembers what was asked."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.pages = pages
        self.asked: list[dict[str, list[str]]] = []

    def __call__(self, url: str) -> bytes:
        query = parse_qs(urlsplit(url).query)
        self.asked.append(query)
        token = query.get("resumptionToken", [""])[0]
        if token not in self.pages:
            raise UserError(f"{url} answers 500.")
        return self.pages[token]


def harvest(repository: Repository, address: str = BASE, **options: object) -> list[SourceItem]:
    return list(merge_rows(open_harvest(address, repository, **options)))  # type: ignore[arg-type]


def ids(items: list[SourceItem]) -> list[str]:
    return [item.record_id.rpartition(":")[2] for item in items if isinstance(item, SourceRecord)]


def test_every_page_is_harvested_and_asked_for_once() -> None:
    repository = Repository({"": page(1, 2, token="a b&c"), "a b&c": page(3, token="d"), "d": page(4)})
    assert ids(harvest(repository)) == ["1", "2", "3", "4"]
    assert repository.asked == [
        {"verb": ["ListRecords"], "metadataPrefix": ["oai_dc"]},
        {"verb": ["ListRecords"], "resumptionToken": ["a b&c"]},
        {"verb": ["ListRecords"], "resumptionToken": ["d"]},
    ]


def test_a_last_page_may_lack_the_token() -> None:
    assert ids(harvest(Repository({"": page(1, token=None)}))) == ["1"]


def test_set_and_dates_are_asked_for_on_the_first_page_only() -> None:
    repository = Repository({"": page(1, token="t"), "t": page(2)})
    harvest(repository, selection=Selection("oai_dc", "lamps", "2026-01-01", "2026-02-01"))
    assert repository.asked[0] == {
        "verb": ["ListRecords"],
        "metadataPrefix": ["oai_dc"],
        "set": ["lamps"],
        "from": ["2026-01-01"],
        "until": ["2026-02-01"],
    }
    assert repository.asked[1] == {"verb": ["ListRecords"], "resumptionToken": ["t"]}


def test_a_whole_request_may_be_given_as_the_address() -> None:
    repository = Repository({"": (STANDARDS / "lido-1.1-oai-pmh.xml").read_bytes()})
    items = harvest(repository, f"{BASE}?service=x&verb=ListRecords&metadataPrefix=lido&set=a")
    assert ids(items) == ["lamp-4"]
    assert repository.asked == [{"service": ["x"], "verb": ["ListRecords"], "metadataPrefix": ["lido"], "set": ["a"]}]


@pytest.mark.parametrize(
    ("prefix", "name", "expected"),
    [
        ("lido", "lido-1.1-oai-pmh.xml", [SourceRecord]),
        ("edm", "edm-oai-pmh.xml", [LeftOut, SourceRecord]),
    ],
)
def test_the_mapping_of_the_format_is_taken_and_deleted_records_are_left_out(
    prefix: str, name: str, expected: list[type]
) -> None:
    items = harvest(Repository({"": (STANDARDS / name).read_bytes()}), selection=Selection(prefix))
    assert [type(item) for item in items] == expected


def test_another_mapping_may_be_given() -> None:
    mapping = Mapping.from_document({"fields": {"record_id": "header[0].identifier[0].text"}})
    repository = Repository({"": page(1)})
    assert ids(harvest(repository, mapping=mapping, selection=Selection("own"))) == ["1"]
    with pytest.raises(UserError, match="No mapping ships for the metadataPrefix own"):
        open_harvest(BASE, repository, selection=Selection("own"))


def test_a_harvest_that_broke_off_goes_on_where_it_was(tmp_path: Path) -> None:
    broken = Repository({"": page(1, token="a"), "a": page(2, token="b")})
    with pytest.raises(UserError, match="500"):
        harvest(broken, folder=tmp_path)
    mended = Repository({"b": page(3)})
    assert ids(harvest(mended, folder=tmp_path)) == ["1", "2", "3"]
    assert len(mended.asked) == 1


def test_that_no_records_match_is_no_failure() -> None:
    (notice,) = harvest(Repository({"": error("noRecordsMatch", "Nothing new.")}))
    assert notice == Notice("nothing to harvest", f"{BASE}: Nothing new.")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("badArgument", "check the set and the dates"),
        ("cannotDisseminateFormat", "does not offer the format “oai_dc”"),
        ("noSetHierarchy", "has no sets"),
        ("badVerb", "check the address"),
        ("somethingElse", "refuses .somethingElse: As said."),
    ],
)
def test_an_error_is_told_in_words_and_not_kept(code: str, words: str, tmp_path: Path) -> None:
    repository = Repository({"": error(code, "As said.")})
    with pytest.raises(UserError, match=words):
        harvest(repository, folder=tmp_path)
    repository.pages[""] = page(1)
    assert ids(harvest(repository, folder=tmp_path)) == ["1"]


def test_a_token_that_has_run_out_lets_the_next_harvest_begin_anew(tmp_path: Path) -> None:
    repository = Repository({"": page(1, token="old"), "old": error("badResumptionToken")})
    with pytest.raises(UserError, match="start it again"):
        harvest(repository, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    repository.pages = {"": page(1, token="new"), "new": page(2)}
    assert ids(harvest(repository, folder=tmp_path)) == ["1", "2"]


@pytest.mark.parametrize("data", [b"", b"<html><p>Welcome</html>", b"{}", b"<OAI-PMH", b"\x00"])
def test_what_is_no_answer_of_oai_pmh_says_so(data: bytes) -> None:
    with pytest.raises(UserError, match="does not answer as OAI-PMH does"):
        harvest(Repository({"": data}))


def test_characters_that_xml_forbids_hide_nothing() -> None:
    assert ids(harvest(Repository({"": page(1, 2).replace(b"Lamp 1", b"Lamp\x0b\x001")}))) == ["1", "2"]


def test_a_damaged_page_is_a_problem_and_the_next_is_read_all_the_same() -> None:
    damaged = page(1, 2, token="next").replace(b"Lamp 2", b"Lamp & 2")
    items = harvest(Repository({"": damaged, "next": page(3)}))
    assert ids(items) == ["1", "3"]
    (problem,) = [item for item in items if isinstance(item, RowProblem)]
    assert problem.file == f"{BASE} page 1"
    assert "not well-formed" in problem.reason


def test_a_token_that_leads_to_itself_ends_the_harvest() -> None:
    with pytest.raises(UserError, match="without end"):
        harvest(Repository({"": page(1, token="t"), "t": page(2, token="t")}))


def test_a_document_type_loads_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    hostile = page(1).replace(b"<OAI-PMH", f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]><OAI-PMH'.encode(), 1)
    items = harvest(Repository({"": hostile.replace(b"Lamp 1", b"Lamp &e;")}))
    assert not any("secret" in str(item) for item in items if isinstance(item, SourceRecord))


@pytest.mark.parametrize("address", ["museum.example/oai", "ftp://museum.example", f"{BASE}?verb=Identify"])
def test_an_address_that_cannot_be_harvested_is_refused(address: str) -> None:
    with pytest.raises(UserError):
        open_harvest(address, Repository({}))
