"""Truth in files: pairs with labels or keys of records; what is wrong is said in one sentence."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.demonstration.truth import Truth, relation, write_truth
from heritage.errors import UserError
from linking.evaluation.known_pairs import CLOSENESS
from linking.evaluation.truth_files import known_from_file, read_truth_file

PLACES = {"left": {"L1": 0, "L2": 1, "L3": 2, "X": 3}, "right": {"R1": 4, "R2": 5, "X": 6}}


def read(tmp_path, text):
    path = tmp_path / "truth.csv"
    path.write_text(text, encoding="utf-8")
    return known_from_file(read_truth_file(path), PLACES, 7)


def pairs_of(known):
    return sorted(zip(known.a.tolist(), known.b.tolist(), known.closeness.tolist(), strict=True))


def test_pairs_in_either_order_and_labels_as_people_write_them(tmp_path):
    known = read(tmp_path, "\ufeffa,b,label,note\nL1,R1,same_object,\nR2,L2,Similar object,x\n\nL1,R2,same-category,\n")
    assert pairs_of(known) == [(0, 4, 3), (0, 5, 1), (1, 5, 2)]
    assert known.complete


def test_a_table_that_names_unrelated_pairs_says_all_it_knows(tmp_path):
    known = read(tmp_path, "a,b,label\nL1,R1,same_object\nL2,R2,unrelated\n")
    assert pairs_of(known) == [(0, 4, 3), (1, 5, 0)]
    assert not known.complete


def test_collections_tell_records_of_one_identifier_apart(tmp_path):
    text = "a_collection,a,b_collection,b,label\nright,X,left,X,same_object\nleft,L1,elsewhere,Z,same_object\n"
    known = read(tmp_path, text)
    assert pairs_of(known) == [(3, 6, 3)]


def test_keys_of_one_level_are_those_of_the_same_object(tmp_path):
    assert pairs_of(read(tmp_path, "record,key\nL1,k\nL2,\nR1,k\nR2,k\nL3,\n")) == [(0, 4, 3), (0, 5, 3)]


@given(
    st.lists(st.sampled_from("abc"), min_size=7, max_size=7), st.lists(st.sampled_from("xy"), min_size=3, max_size=3)
)
def test_the_demonstrations_truth_is_read_as_its_own_relation_says(tmp_path_factory, kinds, categories):
    category = dict(zip("abc", categories, strict=True))
    names = [(slug, record) for slug, records in PLACES.items() for record in records]
    known = {
        name: Truth(f"{kind}{number % 2}", kind, category[kind])
        for number, (name, kind) in enumerate(zip(names, kinds, strict=True))
    }

    class Known:
        def __init__(self, truth):
            self.model_key, self.kind, self.category = truth.model_key, truth.kind, truth.category

    path = tmp_path_factory.mktemp("truth") / "truth.csv"
    write_truth(path, [(*name, Known(truth)) for name, truth in known.items()])
    expected = sorted(
        (PLACES["left"][a], PLACES["right"][b], CLOSENESS[label])
        for a in PLACES["left"]
        for b in PLACES["right"]
        if (label := relation(Known(known["left", a]), Known(known["right", b]))) != "unrelated"
    )
    if expected:
        assert pairs_of(known_from_file(read_truth_file(path), PLACES, 7)) == expected
        assert read_truth_file(path).collections == ["left", "right"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", r"has the columns \(none\)"),
        ("a,b\nL1,R1\n", "has a, b, label, or record and keys"),
        ("a,b,label\n", "has no line below its head"),
        ("a,a,b,label\n", "two columns named 'a'"),
        ("a,b,label\nL1,R1,equal\n", "Line 2: there is no label 'equal'; use unrelated, same_category"),
        ("a,b,label\nL1,,same_object\n", "Line 2: the column b is empty"),
        ("a,b,label\nL1,R9,same_object\n", "Line 2: left and right have no record 'R9'"),
        ("a,b,label\nL1,L2,same_object\n", "Line 2: L1 and L2 are of one collection"),
        ("a,b,label\nL1,R1,same_object\nR1,L1,same_object\n", "Line 3: the pair R1, L1 stands again, first on line 2"),
        ("a,b,label\nL1,R1,same_object\nL1,R1,unrelated\n", "Line 3: .* with another label, first on line 2"),
        ("a,b,label\nL1,R1,unrelated\n", "The truth links no record"),
        ("record,key\nL1,k\nL1,k\n", "Line 3: the record L1 stands again, first on line 2"),
        ("record,key\nL7,k\n", "Line 2: left and right have no record 'L7'"),
        ("record,key\nX,k\n", "Line 2: left and right both have a record 'X'; add a column collection"),
        ("record,key\n,k\n", "Line 2: the column record is empty"),
        ("record\nL1\n", "0 columns of keys"),
        ("record,one,two,three,four\nL1,1,2,3,4\n", "4 columns of keys"),
        ("record,key\nL1,k\nR1,other\n", "The truth links no record"),
        ('record,key\nL1,"k\n', "is no CSV table in UTF-8"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path, text, reason):
    with pytest.raises(UserError, match=reason):
        read(tmp_path, text)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_truth_file(tmp_path / "nowhere.csv")
    path = tmp_path / "latin.csv"
    path.write_bytes("record,key\nL1,Glühlampe\n".encode("latin-1"))
    with pytest.raises(UserError, match="is no CSV table in UTF-8"):
        read_truth_file(path)


def test_keys_that_link_too_many_pairs_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("linking.evaluation.truth_files.MOST_LINKS", 3)
    with pytest.raises(UserError, match="link 4 pairs, more than 3"):
        read(tmp_path, "record,key\n" + "".join(f"{name},k\n" for name in ("L1", "L2", "R1", "R2")))


def test_a_large_table_is_written_and_read_again(tmp_path):
    path = tmp_path / "keys.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("record", "key"), *((f"r{number}", number % 500) for number in range(20_000))])
    places = {"left": {f"r{n}": n for n in range(10_000)}, "right": {f"r{n}": n for n in range(10_000, 20_000)}}
    assert len(known_from_file(read_truth_file(path), places, 20_000)) == 500 * 20 * 20
