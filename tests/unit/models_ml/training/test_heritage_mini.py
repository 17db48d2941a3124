"""heritage-mini: how it is trained, on a few drawings, and the folder that comes with Heritage Weaver."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from heritage.errors import UserError
from models_ml.finetuning.heritage_mini import read_drawings
from models_ml.networks.encoders import load_encoder
from models_ml.networks.sources import BUNDLED
from models_ml.split import side
from models_ml.training.config import TrainingConfig
from models_ml.training.data.records import TrainingRecord, split_records
from models_ml.training.from_scratch import RECIPE, drawn_captions, text_pieces, without_shared_images
from tests.tiny_model import COLOURS, coloured_image

MINI = BUNDLED["heritage-mini"]


def _record(number: int, name: str, *pieces: str, image: str = "") -> TrainingRecord:
    return TrainingRecord("oca", str(number), name, pieces, (image or f"i{number}",))


def test_pieces_are_keywords_sentences_and_folders_each_once() -> None:
    assert text_pieces("Made with Inkscape. penguin, tux; animal", ["animals", "tux"]) == (
        "Made with Inkscape",
        "penguin",
        "tux",
        "animal",
        "animals",
    )


def test_captions_follow_from_seed_and_epoch() -> None:
    records = [_record(number, f"bird {number}", "animal", "wings", "feather") for number in range(30)]
    rows = {f"i{number}": number for number in range(30)}
    source = drawn_captions(records, rows, seed=0)
    assert source(0).texts == source(0).texts
    assert source(0).texts != source(1).texts
    assert source(0).texts != drawn_captions(records, rows, seed=1)(0).texts
    known = {"animal", "wings", "feather"}
    for number, text in enumerate(source(0).texts):
        assert set(text.split(", ")) <= known | {f"bird {number}"}


def test_every_record_has_a_caption_whatever_it_lacks() -> None:
    source = drawn_captions([_record(0, "", "animal"), _record(1, "bird")], {"i0": 0, "i1": 1}, seed=0)
    for epoch in range(20):
        assert source(epoch).texts == ("animal", "bird")


def test_drawings_with_a_side_are_not_mirrored() -> None:
    source = drawn_captions([_record(0, "Turn left"), _record(1, "lamp")], {"i0": 0, "i1": 1}, seed=0)
    assert source(0).may_mirror.tolist() == [False, True]


def test_images_of_held_out_records_are_not_learnt_from() -> None:
    records = [_record(number, "lamp", image=f"i{number % 60}") for number in range(120)]
    split = split_records(records, seed=0)
    held_out = {image for record in split.evaluation for image in record.images}
    kept = without_shared_images(split)
    assert 0 < len(kept) < len(split.training)
    assert held_out.isdisjoint(image for record in kept for image in record.images)


def _table(folder: Path, count: int) -> Path:
    with (folder / "oca.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["record_id", "name", "description", "taxonomy", "img_path"])
        writer.writeheader()
        for number in range(count):
            colour = COLOURS[number % 8]
            coloured_image(colour, (30 + number, 30)).save(folder / f"{number}.png")
            writer.writerow(
                {
                    "record_id": f"oca-{number:05d}",
                    "name": f"{colour} {number}",
                    "description": f"{colour}, plain",
                    "taxonomy": "shapes; colours",
                    "img_path": f"{number}.png",
                }
            )
    return folder / "oca.csv"


def test_tables_are_read_with_the_hash_of_each_image(tmp_path: Path) -> None:
    drawings = read_drawings(_table(tmp_path, 3), tmp_path, "oca")
    assert drawings.records[2].segments == ("blue", "plain", "shapes", "colours")
    with drawings.open_image(drawings.records[2].images[0]) as image:
        assert image.size == (32, 30)


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    table = _table(tmp_path, 3)
    (tmp_path / "1.png").unlink()
    with pytest.raises(UserError, match=r"1\.png"):
        read_drawings(table, tmp_path, "oca")


def test_the_command_writes_a_model_with_its_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mini"
    arguments = [str(_table(tmp_path, 160)), "--images-root", str(tmp_path), "--out", str(out)]
    call_command("train_heritage_mini", *arguments, "--epochs", "1", "--json")
    result = json.loads(capsys.readouterr().out)
    assert result["evaluation"] == sum(side("oca", f"oca-{number:05d}") == "evaluation" for number in range(160))
    encoder = load_encoder(f"local-dir:{out}", precision="fp32")
    assert np.isfinite(encoder.encode_images([coloured_image("red")])).all()
    assert "train_heritage_mini oca.csv" in (out / "README.md").read_text()
    assert len((out / "metrics.jsonl").read_text().splitlines()) == 2


def test_the_command_does_not_overwrite_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no model folder"):
        call_command(
            "train_heritage_mini", str(_table(tmp_path, 60)), "--images-root", str(tmp_path), "--out", str(tmp_path)
        )


def test_the_bundled_folder_is_small_and_whole() -> None:
    assert sum(path.stat().st_size for path in MINI.iterdir()) <= 16_000_000
    assert {path.name for path in MINI.iterdir()} == {
        "README.md",
        "metrics.jsonl",
        "open_clip_config.json",
        "open_clip_model.safetensors",
        "split.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }


def test_the_bundled_model_kept_to_the_split() -> None:
    split = json.loads((MINI / "split.json").read_text())
    assert all(side(collection, record) == "train" for collection, record in split["train"])
    assert all(side(collection, record) == "evaluation" for collection, record in split["evaluation"])
    assert {collection for collection, _ in split["train"]} == {"oca"}


def test_the_bundled_model_knows_what_it_was_taught() -> None:
    encoder = load_encoder(f"local-dir:{MINI}", precision="fp32")
    texts = encoder.encode_texts(["flag of France", "flag of Italy", "dog", "Ünbekannt 漢字 " * 40])
    assert texts.shape == (4, encoder.dimension)
    assert texts[0] @ texts[1] > texts[0] @ texts[2]


def test_the_card_gives_the_recipe_that_is_in_the_code() -> None:
    card = (MINI / "README.md").read_text()
    default = TrainingConfig()
    for name, value in vars(RECIPE).items():
        if value != getattr(default, name):
            assert f"| {name.replace('_', ' ')} | {value} |" in card
