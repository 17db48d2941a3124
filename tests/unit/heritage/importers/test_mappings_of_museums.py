"""What museums publish as tables and JSON: each ready-made mapping reads the structure that its museum documents."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heritage.importers.guessing import recognised
from heritage.importers.merging import merge_rows
from heritage.importers.readers.rows import Row
from heritage.importers.record_files import NamedFile, RecordFiles, take_sample
from heritage.importers.shipped import shipped_mapping, shipped_mappings
from heritage.importers.source_records import ImageSource, LeftOut, RowProblem, SourceItem, SourceRecord, SourceRights

from .samples import SAMPLES

MUSEUMS = Path(__file__).parent / "museums"
FIRST_PICTURE = "https://framemark.vam.ac.uk/collections/2017AA0001"


def everything(format: str, name: str) -> list[SourceItem]:
    return list(merge_rows(RecordFiles([NamedFile(MUSEUMS / name, name)], shipped_mapping(format))))


def records(format: str, name: str) -> list[SourceRecord]:
    items = everything(format, name)
    assert not [item for item in items if isinstance(item, RowProblem)]
    return [item for item in items if isinstance(item, SourceRecord)]


def left_out(format: str, name: str) -> list[str]:
    return [item.record_id for item in everything(format, name) if isinstance(item, LeftOut)]


def urls(record: SourceRecord) -> list[str]:
    return [image.url for image in record.images]


@pytest.mark.parametrize("name", shipped_mappings())
def test_every_format_is_told_from_all_others(tmp_path: Path, name: str) -> None:
    mapping = recognised(take_sample([NamedFile.at(SAMPLES[name](tmp_path))]))
    assert mapping is not None
    assert mapping.name == name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("smg-api-object.json", "smg-api"),
        ("vam-object.json", "vam"),
        ("moma.json", "moma"),
        ("europeana-record.json", "europeana"),
        ("rijksmuseum-api-object.json", "rijksmuseum-api"),
        ("collectiveaccess.json", "collectiveaccess"),
    ],
)
def test_other_shapes_of_a_format_are_recognised_too(file: str, name: str) -> None:
    mapping = recognised(take_sample([NamedFile.at(MUSEUMS / file)]))
    assert mapping is not None
    assert mapping.name == name


@pytest.mark.parametrize("name", shipped_mappings())
def test_every_mapping_says_what_it_is_of_and_where_that_is_described(name: str) -> None:
    mapping = shipped_mapping(name)
    assert mapping.title
    assert mapping.recognise
    if name != "nms":  # Its export was made for the project, and is described nowhere.
        assert mapping.documentation


def _without_one_part(value: Any) -> Iterator[Any]:
    """`value` with one of its parts taken away or null, for every part."""
    if isinstance(value, dict):
        for key, inner in value.items():
            rest = {other: each for other, each in value.items() if other != key}
            yield rest
            yield {**rest, key: None}
            for changed in _without_one_part(inner):
                yield {**value, key: changed}
    elif isinstance(value, list):
        if value:
            yield []
        for index, inner in enumerate(value):
            for changed in _without_one_part(inner):
                yield [*value[:index], changed, *value[index + 1 :]]


JSON_FILES = [path for path in sorted(MUSEUMS.iterdir()) if path.suffix != ".csv"]


@pytest.mark.parametrize("path", JSON_FILES, ids=lambda path: path.name)
def test_a_part_that_is_missing_or_null_costs_no_record(path: Path) -> None:
    sample = take_sample([NamedFile.at(path)])
    mapping = recognised(sample)
    assert mapping is not None
    bound = mapping.bind(sample.columns)
    count = 0
    for row in sample.rows:
        for fields in _without_one_part(row.fields):
            changed = Row(1, fields)
            *_, item = bound.items(changed, file="changed")
            if isinstance(item, RowProblem):
                assert "missing" in item.reason, (item, fields)
                assert not bound.identifier(changed) or mapping.require
            count += 1
    assert count > 10


# Science Museum Group


def test_smg_dumps_of_today_and_of_2017_are_read_alike() -> None:
    telephone, key, phial = records("smg-dump", "smg-dump.jsonl")
    assert (telephone.record_id, telephone.accession, telephone.name) == ("co900001", "1999-101", "telephone")
    assert telephone.description == "Candlestick telephone. Desk telephone with a separate earpiece."
    assert telephone.taxonomy == ("Telecommunications",)
    assert telephone.page == "https://collection.sciencemuseumgroup.org.uk/objects/co900001"
    assert urls(telephone) == [
        "https://coimages.sciencemuseumgroup.org.uk/123/456/medium_900001_0002.jpg",
        "https://coimages.sciencemuseumgroup.org.uk/123/456/large_900001_0001.jpg",
    ]
    second = telephone.images[1]
    assert (second.path, second.view) == ("123/456/Large_900001_0001.jpg", "Three-quarter view")
    assert second.rights == SourceRights(licence="CC BY-NC-SA 4.0", credit="An Invented Museum")
    assert (key.name, urls(key)) == (
        "Morse key on a mahogany base",
        ["https://coimages.sciencemuseumgroup.org.uk/media/large/co900002.jpg"],
    )
    assert phial.taxonomy == ("<container by form>", "container - receptacle", "Nuclear Physics")
    # The authors of the dump of 2017 fetched pictures of medium size, and named their files so.
    assert phial.images[0].path == "4/Medium_900004.JPG"


def test_companies_people_and_archives_of_an_smg_dump_are_left_out() -> None:
    assert left_out("smg-dump", "smg-dump.jsonl") == ["cp900003", "cp900005", "aa900006"]


def test_a_name_of_an_smg_dump_may_be_a_plain_text() -> None:
    (record,) = (
        shipped_mapping("smg-dump").bind(None).items(Row(1, {"_id": "co1", "_source": {"name": "lamp"}}), file="")
    )
    assert isinstance(record, SourceRecord)
    assert record.name == "lamp"


def test_a_page_of_an_smg_search_gives_its_objects() -> None:
    telephone, key = records("smg-api", "smg-api.json")
    assert (telephone.record_id, telephone.accession, telephone.name) == ("co900011", "1999-101", "telephone")
    assert telephone.description == "Candlestick telephone. Desk telephone. With a separate earpiece."
    assert telephone.taxonomy == ("Telecommunications", "SCM - Telegraphy")
    assert telephone.page.endswith("/objects/co900011/candlestick-telephone")
    assert telephone.rights.credit == "Donated by an invented exchange"
    (picture,) = telephone.images
    assert picture.url == "https://coimages.sciencemuseumgroup.org.uk/123/456/large_900011.jpg"
    assert (picture.view, picture.order) == ("Front", 1.0)
    assert picture.rights == SourceRights(licence="CC BY-NC-SA 4.0", credit="© An Invented Museum")
    assert (key.name, key.description, key.images) == ("Morse key", "", ())
    assert left_out("smg-api", "smg-api.json") == ["cp900010", "aa900012"]


def test_a_single_object_of_smg_has_addresses_and_the_hierarchy_of_its_terms() -> None:
    (earpiece,) = records("smg-api", "smg-api-object.json")
    assert (earpiece.name, earpiece.description) == ("earpiece", "Earpiece of a telephone")
    assert earpiece.taxonomy == ("telephone part", "telecommunication", "Telecommunications")
    assert urls(earpiece) == ["https://coimages.sciencemuseumgroup.org.uk/123/457/Large_900021.jpg"]


# Victoria and Albert Museum


def test_a_page_of_a_vam_search_names_iiif_services() -> None:
    hanging, panel, poster = records("vam", "vam.json")
    assert (hanging.record_id, hanging.accession, hanging.name) == ("O900001", "M.217-2001", "Imp of the Forge")
    assert hanging.description == "Smith, Ada, 1974, England"
    assert hanging.taxonomy == ("Wall hanging",)
    assert hanging.page == "https://collections.vam.ac.uk/item/O900001/"
    assert dict(hanging.languages)["name"] == "en"
    (picture,) = hanging.images
    assert (picture.url, picture.service) == (FIRST_PICTURE, FIRST_PICTURE)
    assert (panel.name, panel.images, panel.rights.sensitive) == ("Tile panel", (), True)
    assert (poster.name, poster.description, poster.rights.sensitive) == ("Poster", "", False)


def test_a_single_object_of_the_vam_has_texts_terms_and_every_picture_with_its_copyright() -> None:
    (teapot,) = records("vam", "vam-object.json")
    assert teapot.name == "The Invented Teapot"
    assert teapot.description == (
        "A teapot for two. Red stoneware, the spout chipped. Teapot, red stoneware, Staffordshire, ca. 1760. "
        "Stoneware, thrown. Potter, John, ca. 1760, Staffordshire"
    )
    assert teapot.taxonomy == ("Teapot", "Ceramics", "Tea, Coffee & Chocolate wares", "Ceramics Collection")
    assert teapot.rights == SourceRights(credit="Given by an invented donor")
    assert [(image.service.rpartition("/")[2], image.rights.credit) for image in teapot.images] == [
        ("2017AA0011", "©Invented Estate"),
        ("2017AA0012", "©Victoria and Albert Museum, London"),
        ("2017AA0013", "© Victoria and Albert Museum, London"),
    ]
    assert [image.rights.sensitive for image in teapot.images] == [False, True, False]


def test_the_vam_as_csv_gives_the_same_names_and_pictures() -> None:
    hanging, panel = records("vam-csv", "vam-csv.csv")
    assert (hanging.record_id, hanging.name, panel.name) == ("O900001", "Imp of the Forge", "Tile panel")
    assert hanging.description == "iron, forging. Smith, Ada, 1974, England"
    assert hanging.images[0].service == FIRST_PICTURE
    assert (panel.images, panel.rights.sensitive) == ((), True)


# The Met, MoMA, Tate


def test_the_met_as_csv() -> None:
    coin, photograph = records("met", "met.csv")
    assert (coin.record_id, coin.accession, coin.name) == ("900001", "1979.486.1", "One-dollar Invented Coin")
    assert coin.description == "Gold. James Nobody|Ada Nobody, 1853. Eagles, Women"
    assert coin.taxonomy == ("Coin", "Metal", "Coins", "The American Wing")
    assert coin.rights == SourceRights(licence="CC0 1.0", credit="Gift of an invented donor, 1979")
    assert photograph.name == "Photograph"
    assert photograph.page == "https://www.metmuseum.org/art/collection/search/900002"
    assert photograph.rights.statement == "© An Invented Artist"


def test_the_met_by_its_interface_has_pictures_of_what_is_in_the_public_domain() -> None:
    coin, photograph = records("met-api", "met-api.json")
    assert (coin.record_id, coin.accession) == ("900001", "67.241")
    assert coin.taxonomy == ("Coin", "Metal", "The American Wing")
    assert [url.rpartition("/")[2] for url in urls(coin)] == ["900001.jpg", "900001_2.jpg", "900001_3.jpg"]
    assert {image.rights for image in coin.images} == {SourceRights(licence="CC0 1.0")}
    assert (photograph.name, photograph.images) == ("Photograph", ())


@pytest.mark.parametrize("name", ["moma.csv", "moma.json"])
def test_moma_reads_the_same_from_table_and_json(name: str) -> None:
    drawing, untitled = records("moma", name)
    assert (drawing.record_id, drawing.accession) == ("2", "885.1996")
    assert drawing.description == 'Ink on paper. Otto Niemand, Ada Nobody, 1896. 19 x 66" (48.6 x 168.9 cm)'
    assert drawing.taxonomy == ("Architecture", "Architecture & Design")
    assert drawing.page == "https://www.moma.org/collection/works/2"
    (picture,) = drawing.images
    assert picture.rights == SourceRights(), "the museum's CC0 is of its data alone"
    assert (untitled.description, untitled.images) == ("", ())


def test_tate_gives_subjects_from_narrow_to_broad() -> None:
    (figure,) = records("tate", "tate.json")
    assert (figure.record_id, figure.accession, figure.name) == ("901035", "A90001", "A Figure Bowing")
    assert figure.taxonomy == (
        *("man", "man, old", "blessing", "adults", "religious imagery", "people", "religion and belief"),
        *("Romanticism", "on paper, unique"),
    )
    assert figure.images[0].rights == SourceRights(credit="© Invented Estate")


def test_tate_as_csv() -> None:
    figure, photograph = records("tate-csv", "tate-csv.csv")
    assert figure.description == "Watercolour, ink and graphite on paper. Nobody, Robert, date not known"
    assert len(figure.images) == 1
    assert (photograph.accession, photograph.images) == ("T90002", ())


# Chicago, Cleveland, Harvard, Smithsonian


def test_the_art_institute_of_chicago_names_iiif_services() -> None:
    haystack, untitled = records("artic", "artic.json")
    assert (haystack.record_id, haystack.accession, haystack.name) == ("900001", "1964.336", "Invented Haystack")
    assert haystack.description == ("A stack in snow. Oil on canvas. Claude Nobody French, 1840–1926, 1890–91, France")
    assert haystack.taxonomy[0] == "oil on canvas"
    assert haystack.taxonomy[-1] == "Painting and Sculpture of Europe"
    assert haystack.page == "https://www.artic.edu/artworks/900001"
    assert [image.service[:28] for image in haystack.images] == ["https://www.artic.edu/iiif/2"] * 2
    assert {image.rights.licence for image in haystack.images} == {"CC0 1.0"}
    assert (untitled.images, untitled.rights.statement) == ((), "© 2001 Invented Estate")


@pytest.mark.parametrize(("format", "name"), [("cleveland", "cleveland.json"), ("cleveland-csv", "cleveland-csv.csv")])
def test_the_licence_that_cleveland_states_is_that_of_the_pictures(format: str, name: str) -> None:
    cup, print_, *_ = records(format, name)
    assert (cup.record_id, cup.accession, cup.name) == ("900001", "1901.1", "Invented Cup")
    assert cup.description.startswith("A small cup on a foot. The letters have faces. brass inlaid with silver.")
    assert cup.images[0].url == "https://openaccess-cdn.clevelandart.org/1901.1/1901.1_print.jpg"
    assert cup.images[0].rights.licence == "CC0 1.0"
    assert print_.images[0].url == "https://openaccess-cdn.clevelandart.org/2001.2/2001.2_web.jpg"
    assert print_.images[0].rights == SourceRights(statement="© An Invented Estate")


def test_cleveland_as_json_has_further_pictures_in_the_largest_size_there_is() -> None:
    cup, *_, drawing = records("cleveland", "cleveland.json")
    assert [url.rpartition("/")[2] for url in urls(cup)] == ["1901.1_print.jpg", "1_print.jpg", "2_web.jpg"]
    assert (drawing.name, drawing.images) == ("Drawing", ())


def test_harvard_shows_pictures_as_its_permission_allows() -> None:
    drawing, small, hidden, bare = records("harvard", "harvard.json")
    assert (drawing.record_id, drawing.accession) == ("900001", "1944.50.21")
    assert drawing.description == "Shown once. Graphite on paper. Nobody, Helen, 1930, American"
    assert drawing.taxonomy == ("drawing", "Drawings", "Modern and Contemporary Art")
    assert [(image.view, image.service.rpartition("/")[2]) for image in drawing.images] == [
        ("recto", "900001"),
        ("A leaf", "900002"),
    ]
    assert urls(small) == ["https://ids.lib.harvard.edu/ids/iiif/900003/full/!256,256/0/default.jpg"]
    assert small.images[0].service == "", "a service gives larger pictures than may be shown"
    assert [image.rights.withheld for image in hidden.images] == [True]
    assert (bare.name, bare.images) == ("", ())


def test_smithsonian_tells_free_pictures_from_restricted_ones() -> None:
    telephone, glove = records("smithsonian", "smithsonian.jsonl")
    assert (telephone.record_id, telephone.accession, telephone.name) == ("nmah_900001", "EM.1", "Desk Telephone")
    assert telephone.description == (
        "A desk telephone with a dial. metal (overall material). An Invented Company, 1912, United States: Ohio"
    )
    assert telephone.taxonomy == ("Telephones", "Communications", "Work and Industry: Electricity")
    assert telephone.rights == SourceRights(licence="CC0 1.0", credit="Gift of an invented donor")
    free, restricted = telephone.images
    assert free.url == "https://ids.si.edu/ids/download?id=NMAH-AHB2001q0001.jpg"
    assert free.service == "https://ids.si.edu/ids/iiif/NMAH-AHB2001q0001"
    assert free.rights == SourceRights(licence="CC0 1.0")
    assert restricted.rights == SourceRights(statement="Usage conditions apply")
    assert (glove.description, glove.rights.licence) == ("Flown once.", "")
    assert left_out("smithsonian", "smithsonian.jsonl") == ["ead_component-900003"]


# Aggregators and systems


def test_europeana_search_takes_one_language_and_the_provider_s_picture() -> None:
    memorial, letter, preview = records("europeana", "europeana.json")
    assert (memorial.record_id, memorial.name) == ("/90402/RP_P_900001", "Gedenkteken")
    assert memorial.taxonomy == ("Papier", "Prent")
    assert dict(memorial.languages) == {"name": "nl", "description": "nl"}
    assert memorial.page == "http://hdl.handle.net/10934/900001"
    (picture,) = memorial.images
    assert picture.url == "https://museum.example/900001.jpg"
    assert picture.rights == SourceRights("http://creativecommons.org/publicdomain/mark/1.0/", "Invented Museum")
    assert (letter.kind, letter.images) == ("TEXT", ()), "what shows a text is no picture"
    assert urls(preview) == ["https://api.europeana.eu/thumbnail/v2/url.json?uri=x&type=IMAGE"]


def test_a_europeana_record_is_read_as_the_institution_wrote_it() -> None:
    (teapot,) = records("europeana", "europeana-record.json")
    assert (teapot.record_id, teapot.accession) == ("/2048/item_900001", "K 12")
    assert teapot.name == "Teekanne mit rotem Deckel"
    assert teapot.taxonomy == ("Teapot", "Ceramics")
    assert dict(teapot.languages) == {"name": "de", "description": "de"}
    assert teapot.rights.credit == "Erfundenes Museum"
    assert urls(teapot) == ["https://museum.example/bild/1.jpg", "https://museum.example/bild/2.jpg"]
    assert {image.rights.licence for image in teapot.images} == {"http://creativecommons.org/licenses/by-sa/4.0/"}


def test_the_former_interface_of_the_rijksmuseum() -> None:
    watch, poster = records("rijksmuseum-api", "rijksmuseum-api.json")
    assert (watch.record_id, watch.name, len(watch.images)) == ("SK-A-90001", "The Invented Watch", 1)
    assert poster.images == ()
    (watch,) = records("rijksmuseum-api", "rijksmuseum-api-object.json")
    assert watch.description == "Officers of an invented ward. Ada Niemand, oil on canvas, 1642"
    assert watch.taxonomy == ("painting", "paintings")


def test_collectiveaccess_as_a_table() -> None:
    first, second = records("collectiveaccess", "collectiveaccess.csv")
    assert (first.record_id, first.accession, first.name) == ("test.1", "10", "My first record")
    assert first.taxonomy == ("Rides", "Parks", "Amusement parks", "Artifact")
    assert urls(first) == ["https://ca.example/media/1/original_1.jpg", "https://ca.example/media/1/original_2.jpg"]
    assert (first.rights.licence, first.rights.withheld) == ("CC BY 4.0", False)
    assert second.rights.withheld


def test_collectiveaccess_as_json_has_the_same_names_with_dots_in_them() -> None:
    (first,) = records("collectiveaccess", "collectiveaccess.json")
    assert (first.record_id, first.name, first.description) == ("test.1", "My first record", "A roller coaster")
    assert urls(first) == ["https://ca.example/media/1/large_1.jpg"]
    assert not first.rights.withheld


def test_tms_may_have_a_row_a_picture() -> None:
    teapot, print_ = records("tms", "tms.csv")
    assert (teapot.record_id, teapot.accession, teapot.rows) == ("101", "1999.1a-b", 2)
    assert teapot.description == "A teapot for two. Red stoneware. Ada Nobody, ca. 1760"
    assert teapot.taxonomy == ("Teapot", "Stoneware", "Ceramics", "Decorative Arts")
    assert [(image.path, image.view) for image in teapot.images] == [
        ("1999_1_v01.jpg", "Front"),
        ("1999_1_v02.jpg", "Back"),
    ]
    assert (print_.name, print_.rights) == ("Print", SourceRights(statement="© Invented Estate", withheld=True))


def test_emuseum_labels_its_values() -> None:
    lilies, portrait = records("emuseum", "emuseum.json")
    assert (lilies.record_id, lilies.accession, lilies.name) == ("1164", "F77.18", "Lilies")
    assert lilies.description == "Gelatin silver print. Tina Nobody, 1939"
    assert (portrait.record_id, portrait.images) == ("1165", ())


def test_nms_pictures_are_those_of_its_media_that_show_the_object() -> None:
    record, problem = everything("nms", "nms.csv")
    assert isinstance(record, SourceRecord)
    assert (record.record_id, record.accession) == ("T.1899.1", "219498")
    assert [image.path for image in record.images] == ["PF9001.jpg", "MP9002.jpg"]
    assert isinstance(problem, RowProblem)
    assert problem.field == "object_number"


def test_every_answer_of_an_interface_may_stand_on_one_line(tmp_path: Path) -> None:
    for name in ("vam.json", "vam-object.json", "cleveland.json", "harvard.json", "europeana-record.json"):
        path = tmp_path / name
        path.write_text(json.dumps(json.loads((MUSEUMS / name).read_text(encoding="utf-8"))), encoding="utf-8")
        mapping = recognised(take_sample([NamedFile.at(path)]))
        assert mapping is not None
        expected = [(record.record_id, record.name) for record in records(mapping.name, name)]
        items = merge_rows(RecordFiles([NamedFile.at(path)], mapping))
        assert [(item.record_id, item.name) for item in items if isinstance(item, SourceRecord)] == expected


def test_a_folder_with_a_file_for_each_object_is_read_as_one_source(tmp_path: Path) -> None:
    artwork = json.loads((MUSEUMS / "tate.json").read_text(encoding="utf-8"))
    for number in (1, 2):
        path = tmp_path / "artworks" / "a" / f"a{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**artwork, "id": number}, indent=2), encoding="utf-8")
    folder = [NamedFile.at(tmp_path / "artworks")]
    mapping = recognised(take_sample(folder))
    assert mapping is not None
    found = [item.record_id for item in merge_rows(RecordFiles(folder, mapping)) if isinstance(item, SourceRecord)]
    assert found == ["1", "2"]


def test_markup_does_not_hide_the_end_of_a_sentence() -> None:
    mapping = shipped_mapping("vam").bind(None)
    fields = {"systemNumber": "O1", "summaryDescription": "<p>Black.</p>", "physicalDescription": "<i>Small</i>"}
    (record,) = mapping.items(Row(1, fields), file="one.json")
    assert isinstance(record, SourceRecord)
    assert record.description == "Black. Small"


def test_pictures_of_one_record_are_named_once() -> None:
    for path in sorted(MUSEUMS.iterdir()):
        mapping = recognised(take_sample([NamedFile.at(path)]))
        assert mapping is not None
        for item in merge_rows(RecordFiles([NamedFile.at(path)], mapping)):
            images: tuple[ImageSource, ...] = item.images if isinstance(item, SourceRecord) else ()
            assert len({image.source for image in images}) == len(images)
