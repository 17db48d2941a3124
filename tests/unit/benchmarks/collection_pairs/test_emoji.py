from benchmarks.collection_pairs.emoji import (
    Thing,
    deal,
    nameless_keywords,
    noto_row,
    openmoji_row,
    read_things,
    relate,
)
from heritage.demonstration.truth import SAME_CATEGORY, SAME_OBJECT, SIMILAR_OBJECT

TABLE = """emoji,hexcode,group,subgroups,annotation,tags,openmoji_tags,openmoji_author,skintone
☎️,260E,objects,phone,telephone,phone,"call, voice",Kai,
📠,1F4E0,objects,phone,fax machine,"fax, communication",,Kai,
😀,1F600,smileys-emotion,face-smiling,grinning face,face,,Kai,
🔋,1F50B,objects,phone,battery,power,,Kai,
"""
KEYWORDS = {
    "☎": ["telephone", "phone", "communication", "dial", "old", "red"],
    "📠": ["fax_machine", "communication", "office"],
    "😀": ["grinning_face", "smile", "happy"],
    "🔋": ["battery", "energy"],
}


def thing(code: str, subgroup: str = "phone", tags: str = "") -> Thing:
    return Thing(code, subgroup, "name", frozenset(tags.split()), (), "Kai", ("a", "b"))


def test_things_are_those_that_both_vocabularies_describe() -> None:
    found = read_things(TABLE, KEYWORDS)
    assert [(each.code, each.keywords) for each in found] == [
        ("260E", ("communication", "dial", "old", "red")),
        ("1F4E0", ("communication", "office")),
    ]


def test_keywords_share_no_word_with_the_name() -> None:
    assert nameless_keywords(["cat2", "cats", "pet", "house_cat", "domestic"], "black cat") == ("pet", "domestic")


def test_two_houses_write_of_one_thing_in_words_of_their_own() -> None:
    telephone = read_things(TABLE, KEYWORDS)[0]
    theirs, ours = openmoji_row(telephone, ""), noto_row(telephone, "")
    assert (theirs.name, theirs.description) == ("telephone", "Call, voice. Drawn by Kai.")
    assert (ours.name, ours.description) == ("Communication, dial, old", "Red.")


def test_dealing_gives_each_house_some_that_the_other_lacks() -> None:
    things = [thing(f"{number:04X}") for number in range(40)]
    a, b = ({each.code for each in side} for side in deal(things, both=10, only_a=8, only_b=4))
    assert (len(a), len(b), len(a & b)) == (18, 14, 10)
    assert deal(list(reversed(things)), both=10, only_a=8, only_b=4) == deal(things, both=10, only_a=8, only_b=4)


def test_relations_are_by_code_point_telling_tag_and_subgroup() -> None:
    many = [thing(f"A{number}", tags="food") for number in range(20)]
    a = [thing("1", tags="fax food"), *many]
    b = [thing("1"), thing("2", tags="fax"), thing("3", tags="food"), thing("4", "mail", "fax")]
    labels = {(one.code, other.code): label for one, other, label in relate(a, b)}
    assert [labels.get(("1", code)) for code in "1234"] == [SAME_OBJECT, SIMILAR_OBJECT, SAME_CATEGORY, None]
