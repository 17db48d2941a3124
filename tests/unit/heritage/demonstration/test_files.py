"""The drawn collections as files: complete, resumable, and never mixed with others."""

import csv
from pathlib import Path

import pytest
from PIL import Image

from annotation.demonstration.staged_progress import StagedProgress
from heritage.demonstration.files import TRUTH_NAME, DemonstrationRecipe, drawn_recipe, table_path, write_collections
from heritage.demonstration.generation import generate_collections
from heritage.demonstration.records import MUSEUM_A, MUSEUM_B
from heritage.demonstration.truth import Truth, read_truth, relation
from heritage.errors import UserError
from heritage.progress import NoProgress

RECIPE = DemonstrationRecipe(records_a=6, records_b=5, seed=2)


def write(folder: Path, recipe: DemonstrationRecipe = RECIPE) -> None:
    write_collections(folder, recipe, progress=NoProgress(), workers=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demonstration")
    write(folder)
    return folder


def test_tables_and_pictures_hold_what_was_generated(folder: Path) -> None:
    for museum, records in zip(
        (MUSEUM_A, MUSEUM_B), generate_collections(records_a=6, records_b=5, seed=2), strict=True
    ):
        with table_path(folder, museum).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == sum(max(1, len(record.images)) for record in records)
        assert {row["record_id"] for row in rows} == {record.record_id for record in records}
        for row in rows:
            if row["img_path"]:
                with Image.open(folder / "images" / row["img_path"]) as picture:
                    assert (picture.format, picture.size) == ("JPEG", (448, 448))


def test_truth_is_kept_beside_the_pictures(folder: Path) -> None:
    a, b = generate_collections(records_a=6, records_b=5, seed=2)
    truth = read_truth(folder / TRUTH_NAME)
    assert len(truth) == 11
    for one in a:
        for other in b:
            kept = relation(truth[MUSEUM_A, one.record_id], truth[MUSEUM_B, other.record_id])
            assert kept == relation(one, other)
    assert truth[MUSEUM_A, a[0].record_id] == Truth(a[0].model_key, a[0].kind, a[0].category)


def test_an_interrupted_run_is_carried_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from heritage.demonstration import files

    drawn: list[str] = []
    draw = files.draw

    def draw_three(record, view):  # type: ignore[no-untyped-def]
        if len(drawn) == 3:
            raise KeyboardInterrupt
        drawn.append(record.images[view])
        return draw(record, view)

    monkeypatch.setattr(files, "draw", draw_three)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path)
    assert not (tmp_path / TRUTH_NAME).exists()
    assert drawn_recipe(tmp_path) == RECIPE
    first = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.jpg")}
    assert len(first) == 3
    monkeypatch.setattr(files, "draw", draw)
    write(tmp_path)
    assert (tmp_path / TRUTH_NAME).exists()
    assert all(path.stat().st_mtime_ns == written for path, written in first.items())


def test_several_processes_draw_the_same_pictures(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heritage.demonstration.files.FEW", 0)
    write_collections(tmp_path, RECIPE, progress=NoProgress(), workers=2)
    pictures = sorted(path.relative_to(folder) for path in folder.rglob("*.jpg"))
    assert pictures
    for picture in pictures:
        assert (folder / picture).read_bytes() == (tmp_path / picture).read_bytes()


def test_other_collections_are_refused_and_the_old_ones_kept(folder: Path) -> None:
    with pytest.raises(UserError, match=r"6 \+ 5 records with seed 2"):
        write(folder, DemonstrationRecipe(records_a=7, records_b=5, seed=2))
    write(folder)


@pytest.mark.parametrize("numbers", [{"records_a": 4}, {"records_b": 0}, {"records_a": 60_000}])
def test_senseless_numbers_are_refused(numbers: dict[str, int]) -> None:
    with pytest.raises(UserError, match="records"):
        DemonstrationRecipe(**numbers)


def test_progress_says_which_stage_it_is() -> None:
    said: list[str] = []

    class Listening(NoProgress):
        def start(self, what: str, total: int | None = None) -> None:
            said.append(what)

    staged = StagedProgress(Listening(), 3)
    staged.next_stage("Drawing")
    staged.next_stage("Importing")
    staged.start("aldersby", 10)
    assert said == ["[1/3] Drawing", "[2/3] Importing", "[2/3] aldersby"]


def test_a_truth_that_a_spreadsheet_has_saved_is_read(folder: Path, tmp_path: Path) -> None:
    saved = tmp_path / TRUTH_NAME
    saved.write_text((folder / TRUTH_NAME).read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert read_truth(saved) == read_truth(folder / TRUTH_NAME)
