"""A training set carries links with it, and nothing of who made them."""

from pathlib import Path

import PIL.Image
import pytest

from heritage.errors import UserError
from heritage.progress import NoProgress
from models_ml.training.data.folder import TrainingSet, read_training_set, write_training_set
from models_ml.training.data.links import AnsweredLinks, LinkPair
from models_ml.training.data.records import Split, TrainingRecord

RECORDS = [TrainingRecord("left", str(number), f"lamp {number}", (), (f"{number:064x}",)) for number in range(3)]
BARE = TrainingRecord("right", "1", "lantern", (), ())
LINKS = AnsweredLinks((LinkPair(("left", "0"), ("right", "1"), 0.875, 4 / 3),), ("Pilot", "Second"), 2, True)


def _written(folder: Path, **links: object) -> TrainingSet:
    write_training_set(
        folder,
        Split(tuple(RECORDS[:2]), tuple(RECORDS[2:]), 1),
        seed=0,
        image_size=32,
        open_image=lambda name: PIL.Image.new("RGB", (40, 40), "red"),
        progress=NoProgress(),
        **links,
    )
    return read_training_set(folder, NoProgress())


def test_links_and_their_records_come_back_as_they_were(tmp_path: Path) -> None:
    found = _written(tmp_path / "set", links=LINKS, left_out=(BARE,))
    assert found.links == LINKS
    assert found.left_out == (BARE,)
    assert (found.split.training, found.split.evaluation) == (tuple(RECORDS[:2]), tuple(RECORDS[2:]))


def test_a_set_without_links_has_none(tmp_path: Path) -> None:
    found = _written(tmp_path / "set")
    assert (found.links, found.left_out) == (None, ())
    assert not (tmp_path / "set" / "links.csv").exists()


def test_damaged_links_are_named(tmp_path: Path) -> None:
    _written(tmp_path / "set", links=LINKS, left_out=(BARE,))
    path = tmp_path / "set" / "links.csv"
    path.write_text(path.read_text().replace("0.875", "0.975"))
    with pytest.raises(UserError, match=r"links\.csv does not have the checksum"):
        read_training_set(tmp_path / "set", NoProgress())
