"""LIDO, Dublin Core, EDM, MODS and Linked Art: what the mappings that ship read of them."""

from pathlib import Path

import pytest

from heritage.importers.guessing import recognised
from heritage.importers.merging import merge_rows
from heritage.importers.record_files import NamedFile, RecordFiles, take_sample
from heritage.importers.shipped import shipped_mapping
from heritage.importers.source_records import (
    ImageSource,
    LeftOut,
    RowProblem,
    SourceItem,
    SourceRecord,
    SourceRights,
)

STANDARDS = Path(__file__).parent / "standards"


def everything(format: str, *names: str | Path) -> list[SourceItem]:
    files = [NamedFile.at(STANDARDS / name) for name in names]
    return list(merge_rows(RecordFiles(files, shipped_mapping(format))))


def records(format: str, *names: str | Path) -> list[SourceRecord]:
    items = everything(format, *names)
    assert [item for item in items if isinstance(item, RowProblem)] == []
    return [item for item in items if isinstance(item, SourceRecord)]


def pictures(record: SourceRecord) -> list[tuple[str, str, str]]:
    return [(image.source, image.service, image.view) for image in record.images]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("lido-1.0.xml", "lido"),
        ("lido-1.1-oai-pmh.xml", "lido"),
        ("dublin-core.xml", "oai-dc"),
        ("dublin-core-oai-pmh.xml", "oai-dc"),
        ("edm.xml", "edm"),
        ("edm-oai-pmh.xml", "edm"),
        ("mods.xml", "mods"),
        ("linked-art.json", "linked-art"),
        ("linked-art-activities.json", "linked-art"),
    ],
)
def test_each_standard_is_recognised(name: str, format: str) -> None:
    mapping = recognised(take_sample([NamedFile.at(STANDARDS / name)]))
    assert mapping is not None
    assert mapping.name == format


def test_a_lido_record_is_read_with_its_terms_rights_and_page() -> None:
    telephone, wheel = records("lido", "lido-1.0.xml")
    assert telephone.record_id == "DE-Mb9/lido-obj00017"
    assert telephone.accession == "1987/0017.1"
    assert telephone.name == "Tischapparat „Löwe“"
    assert telephone.description == "Schwarzer Apparat mit Wählscheibe."
    assert telephone.taxonomy == ("telephone", "Nachrichtentechnik")
    assert telephone.page == "https://museum.example/objekte/17"
    assert telephone.kind == "Einzelobjekt"
    assert dict(telephone.languages) == {"name": "de", "description": "de"}
    assert telephone.rights == SourceRights(licence="Urheberrechtlich geschützt", credit="Stiftung Erika Mustermann")
    assert (wheel.name, wheel.taxonomy, wheel.images) == ("Spinnrad", ("Spinnrad",), ())


def test_of_each_lido_resource_the_largest_picture_is_taken_in_the_resources_order() -> None:
    telephone = records("lido", "lido-1.0.xml")[0]
    assert pictures(telephone) == [
        ("https://media.museum.example/17/a.jpg", "", "Gesamtansicht"),
        ("https://media.museum.example/17/b_thumb.jpg", "", "Rückseite"),
        ("bilder/17_d.tif", "", ""),
    ]
    assert telephone.images[0].rights == SourceRights(
        licence="https://creativecommons.org/licenses/by-sa/4.0/", credit="Foto: A. Beispiel"
    )


def test_lido_1_1_is_read_out_of_oai_pmh_in_the_preferred_language() -> None:
    (lantern,) = records("lido", "lido-1.1-oai-pmh.xml")
    assert (lantern.record_id, lantern.accession, lantern.name) == ("lamp-4", "L.4", "Storm lantern")
    assert lantern.description == "Tin and glass."
    assert lantern.taxonomy == ("lanterns",)
    assert lantern.page == "https://id.museum.example/lamp-4"
    assert lantern.rights.licence == "http://creativecommons.org/publicdomain/mark/1.0/"
    assert pictures(lantern) == [("https://media.museum.example/lamp-4.jpg", "https://iiif.museum.example/lamp-4", "")]
    assert lantern.images[0].rights == SourceRights(
        licence="http://rightsstatements.org/vocab/InC/1.0/", credit="Lamp Museum"
    )


@pytest.mark.parametrize(
    ("types", "taken"),
    [
        (["thumb", "large"], 1),
        (["image_original", "thumbnail"], 0),
        (["image_preview", ""], 1),
        (["list"], 0),
        (["IIIFManifest", "medium"], 1),
        (["http://terminology.lido-schema.org/lido00466"], None),
        (["http://terminology.lido-schema.org/resourceRepresentation_type/provided_representation", "image_large"], 0),
    ],
)
def test_representations_are_told_by_their_types(types: list[str], taken: int | None, tmp_path: Path) -> None:
    path = tmp_path / "one.xml"
    representations = "".join(
        f'<resourceRepresentation type="{type}"><linkResource>https://m.example/{index}</linkResource>'
        "</resourceRepresentation>"
        for index, type in enumerate(types)
    )
    path.write_text(
        f"<lido><lidoRecID>1</lidoRecID><administrativeMetadata><resourceWrap><resourceSet>{representations}"
        "</resourceSet></resourceWrap></administrativeMetadata></lido>"
    )
    (record,) = records("lido", path)
    assert [image.url for image in record.images] == ([] if taken is None else [f"https://m.example/{taken}"])


def test_a_lido_element_may_stand_alone(tmp_path: Path) -> None:
    path = tmp_path / "one.xml"
    path.write_text(
        '<lido xmlns="http://www.lido-schema.org"><lidoRecID>1</lidoRecID><descriptiveMetadata/>'
        "<administrativeMetadata/></lido>"
    )
    (record,) = records("lido", path)
    assert (record.record_id, record.name) == ("1", "")


def test_a_page_of_deleted_lido_records_holds_none(tmp_path: Path) -> None:
    path = tmp_path / "deleted.xml"
    path.write_text(
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header status="deleted">'
        "<identifier>oai:1</identifier></header></record></ListRecords></OAI-PMH>"
    )
    assert everything("lido", path) == []


def test_harvested_dublin_core_is_known_by_its_header_and_deleted_records_are_left_out() -> None:
    deleted, compass, sundial = everything("oai-dc", "dublin-core-oai-pmh.xml")
    assert deleted == LeftOut("oai:museum.example:7")
    assert isinstance(compass, SourceRecord)
    assert (compass.record_id, compass.accession) == ("oai:museum.example:8", "1901-8")
    assert (compass.name, compass.description) == ("Pocket compass", "Brass case with a lid.")
    assert (compass.kind, compass.taxonomy) == ("PhysicalObject", ("compass", "navigation", "instruments"))
    assert compass.page == "https://museum.example/objects/8"
    assert compass.rights == SourceRights(
        licence="https://creativecommons.org/licenses/by/4.0/", statement="© Museum of Examples"
    )
    assert pictures(compass) == [
        ("https://media.museum.example/8.JPG", "", ""),
        ("https://iiif.museum.example/image/8b", "https://iiif.museum.example/image/8b", ""),
    ]
    assert isinstance(sundial, SourceRecord)
    assert (sundial.record_id, sundial.name, sundial.images) == ("oai:museum.example:9", "Sundial", ())


def test_a_request_to_an_image_api_tells_its_service(tmp_path: Path) -> None:
    path = tmp_path / "dc.xml"
    addresses = ["a/full/max/0/default.jpg", "b/full/full/0/default.jpg", "c/1,2,3,4/full/0/default.jpg"]
    relations = "".join(f"<relation>https://i.example/{address}</relation>" for address in addresses)
    path.write_text(f"<r><dc><title>Etching</title><identifier>E.1</identifier>{relations}</dc></r>")
    (etching,) = records("oai-dc", path)
    assert pictures(etching) == [
        ("https://i.example/a/full/max/0/default.jpg", "https://i.example/a", ""),
        ("https://i.example/b/full/full/0/default.jpg", "https://i.example/b", ""),
        ("https://i.example/c/1,2,3,4/full/0/default.jpg", "", ""),
    ]


def test_bare_dublin_core_is_known_by_the_identifier_that_is_no_address() -> None:
    rule, abacus = records("oai-dc", "dublin-core.xml")
    assert (rule.record_id, rule.page, rule.rights.licence) == ("SR.1", "https://museum.example/sr1", "CC BY 4.0")
    assert abacus.record_id == "SR.2"


def test_an_edm_object_is_read_with_the_pictures_of_its_aggregation() -> None:
    deleted, dial = everything("edm", "edm-oai-pmh.xml")
    assert deleted == LeftOut("https://id.museum.example/99")
    assert isinstance(dial, SourceRecord)
    assert (dial.record_id, dial.accession) == ("https://id.museum.example/100", "NG-100")
    assert (dial.name, dial.description) == ("Portable sundial", "Ivory, with a compass.")
    assert (dial.kind, dial.taxonomy) == ("IMAGE", ("sundial", "timekeeping"))
    assert dial.page == "https://museum.example/objects/100"
    assert dial.rights.licence == "http://creativecommons.org/publicdomain/mark/1.0/"
    assert dial.rights.credit == "Museum of Examples"
    assert pictures(dial) == [
        ("https://media.museum.example/100-front.jpg", "https://iiif.museum.example/100-front", "Front"),
        ("https://media.museum.example/100-back.jpg", "", ""),
    ]
    assert dial.images[0].rights.licence == "http://rightsstatements.org/vocab/InC/1.0/"


def test_an_edm_film_is_shown_by_its_still_and_described_by_its_museums_proxy() -> None:
    (film,) = records("edm", "edm.xml")
    assert (film.name, film.kind, film.taxonomy) == ("Reel of the opening", "VIDEO", ("film",))
    assert pictures(film) == [("https://media.museum.example/film-2-still.jpg", "", "")]


def rdf(content: str) -> str:
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:edm="http://www.europeana.eu/schemas/edm/" xmlns:ore="http://www.openarchives.org/ore/terms/" '
        'xmlns:skos="http://www.w3.org/2004/02/skos/core#" xmlns:svcs="http://rdfs.org/sioc/services#">'
        f"{content}</rdf:RDF>"
    )


def test_edm_terms_that_are_references_are_read_by_their_labels_each_in_one_language(tmp_path: Path) -> None:
    path = tmp_path / "references.xml"
    path.write_text(
        rdf(
            '<ore:Aggregation><edm:isShownBy rdf:resource="https://i.example/a/full/max/0/default.jpg"/></ore:Aggregation>'
            '<edm:ProvidedCHO rdf:about="https://m.example/1"><dc:type rdf:resource="https://m.example/t"/>'
            '<dc:language>la</dc:language></edm:ProvidedCHO><skos:Concept rdf:about="https://m.example/t">'
            '<skos:prefLabel xml:lang="nl">prent</skos:prefLabel><skos:prefLabel xml:lang="en">print</skos:prefLabel>'
            '</skos:Concept><skos:Concept><skos:prefLabel xml:lang="nl">papier</skos:prefLabel></skos:Concept>'
        )
    )
    (sheet,) = records("edm", path)
    assert sheet.taxonomy == ("print", "papier")
    assert sheet.languages == ()
    assert pictures(sheet) == [("https://i.example/a/full/max/0/default.jpg", "https://i.example/a", "")]


def test_edm_may_be_written_as_one_element_inside_another(tmp_path: Path) -> None:
    path = tmp_path / "nested.xml"
    path.write_text(
        rdf(
            '<ore:Aggregation><edm:aggregatedCHO><edm:ProvidedCHO rdf:about="https://m.example/1"><dc:title>Jug'
            "</dc:title><edm:type>IMAGE</edm:type></edm:ProvidedCHO></edm:aggregatedCHO><edm:isShownBy>"
            '<edm:WebResource rdf:about="https://m.example/1.jpg"><svcs:has_service><svcs:Service '
            'rdf:about="https://i.example/1/"/></svcs:has_service></edm:WebResource></edm:isShownBy><edm:hasView>'
            '<edm:WebResource rdf:about="https://m.example/2.jpg"/></edm:hasView></ore:Aggregation>'
        )
    )
    (jug,) = records("edm", path)
    assert (jug.record_id, jug.name, jug.kind) == ("https://m.example/1", "Jug", "IMAGE")
    assert pictures(jug) == [
        ("https://m.example/1.jpg", "https://i.example/1", ""),
        ("https://m.example/2.jpg", "", ""),
    ]


def test_an_edm_document_of_several_objects_is_no_single_record(tmp_path: Path) -> None:
    path = tmp_path / "two.xml"
    path.write_text(
        rdf('<edm:ProvidedCHO rdf:about="https://m.example/1"/><edm:ProvidedCHO rdf:about="https://m.example/2"/>')
    )
    (problem,) = everything("edm", path)
    assert isinstance(problem, RowProblem)
    assert "a single ProvidedCHO" in problem.field


def test_mods_is_read_with_its_title_in_parts() -> None:
    harbour, bells = records("mods", "mods.xml")
    assert (harbour.record_id, harbour.accession) == ("rec12", "PH 12")
    assert (harbour.name, harbour.kind) == ("The harbour from the mole", "still image")
    assert harbour.description == "A view of the harbour. Stained."
    assert harbour.taxonomy == ("photographs", "Harbors")
    assert harbour.page == "https://library.example/photos/12"
    assert harbour.rights == SourceRights(
        licence="http://rightsstatements.org/vocab/NoC-US/1.0/", statement="No known restrictions."
    )
    assert pictures(harbour) == [("https://media.library.example/12.tif", "", "")]
    assert (bells.record_id, bells.images) == ("m2", ())


def test_a_linked_art_object_is_read_by_the_numbers_of_the_aat() -> None:
    teapot, kettle, cup, reference = everything("linked-art", "linked-art.json")
    assert isinstance(teapot, SourceRecord)
    assert teapot.record_id == "https://data.museum.example/object/1"
    assert (teapot.accession, teapot.name) == ("1923.1", "Teapot")
    assert teapot.description == "Stoneware with a green glaze."
    assert teapot.taxonomy == ("teapots", "works of art")
    assert teapot.page == "https://museum.example/objects/1"
    assert teapot.rights == SourceRights(
        licence="https://creativecommons.org/publicdomain/zero/1.0/", credit="Gift of A. Donor, 1923"
    )
    assert pictures(teapot) == [
        ("https://media.museum.example/1-front.jpg", "https://iiif.museum.example/1-front", "Front"),
        ("https://iiif.museum.example/1-back", "https://iiif.museum.example/1-back", ""),
    ]
    assert teapot.images[0].rights == SourceRights(
        licence="http://rightsstatements.org/vocab/InC/1.0/", credit="Photograph: B. Example"
    )
    assert isinstance(kettle, SourceRecord)
    assert isinstance(cup, SourceRecord)
    assert isinstance(reference, RowProblem)
    assert "identified_by" in reference.field


def test_linked_art_may_leave_out_the_list_around_an_only_one() -> None:
    kettle = next(item for item in everything("linked-art", "linked-art.json") if item.record_id.endswith("/2"))
    assert isinstance(kettle, SourceRecord)
    assert (kettle.accession, kettle.name, kettle.taxonomy) == ("1924.2", "Kettle", ("kettles",))
    assert kettle.rights.licence == "Public Domain"
    (image,) = kettle.images
    assert isinstance(image, ImageSource)
    assert image.url == "https://media.museum.example/2.jpg"


def test_linked_art_that_only_refers_to_its_pictures_has_none() -> None:
    cup = next(item for item in everything("linked-art", "linked-art.json") if item.record_id.endswith("/3"))
    assert isinstance(cup, SourceRecord)
    assert (cup.description, dict(cup.languages)) == ("Kop zonder oor.", {"description": "nl"})
    assert cup.images == ()


def test_linked_art_objects_are_found_inside_activities() -> None:
    (saucer,) = records("linked-art", "linked-art-activities.json")
    assert (saucer.record_id, saucer.name) == ("https://data.museum.example/object/5", "Saucer")


def test_a_visual_item_of_linked_art_may_be_the_picture_itself(tmp_path: Path) -> None:
    path = tmp_path / "object.json"
    path.write_text(
        '{"id": "https://m.example/1", "type": "HumanMadeObject", "identified_by": [{"content": "Urn"}], '
        '"representation": [{"id": "https://i.example/1/full/full/0/default.jpg", "type": "VisualItem"}, '
        '{"id": "https://m.example/visual/1", "type": "VisualItem"}]}'
    )
    (urn,) = records("linked-art", path)
    assert pictures(urn) == [("https://i.example/1/full/full/0/default.jpg", "https://i.example/1", "")]
