"""heritage-mini: how it is trained, on a few drawings, and the folder that comes with Heritage Weaver."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.management import call_command
from django.core.management.base import CommandError

from heritage.errors import UserError
from models_ml.finetuning.heritage_mini import join_drawings, read_drawings, records_learnt, require_unlearnt
from models_ml.networks.encoders import load_encoder
from models_ml.networks.loading import load_pretrained
from models_ml.networks.sources import BUNDLED
from models_ml.split import side
from models_ml.training.config import TrainingConfig
from models_ml.training.data.records import TrainingRecord, split_records
from models_ml.training.from_scratch import RECIPE, drawn_captions, go_on_from, text_pieces, without_shared_images
from models_ml.training.loop import EpochMetrics
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


def test_a_weight_says_how_often_an_epoch_takes_a_picture() -> None:
    records = [
        TrainingRecord(slug, str(number), slug, (), (f"{slug}{number}",))
        for slug in ("rare", "often", "usual")
        for number in range(400)
    ]
    rows = {image: row for row, image in enumerate(record.images[0] for record in records)}
    source = drawn_captions(records, rows, seed=0, weights={"rare": 0.25, "often": 1.5})
    epochs = [source(epoch) for epoch in range(4)]
    for items in epochs:
        count = {slug: items.texts.count(slug) for slug in ("rare", "often", "usual")}
        assert 60 < count["rare"] < 140
        assert 540 < count["often"] < 660
        assert count["usual"] == 400
        assert [len(own) for own in items.rows_by_collection()] == [count["often"], count["rare"], count["usual"]]
        assert len(set(items.images[[text == "rare" for text in items.texts]])) == count["rare"]
    assert epochs[0].images.tolist() != epochs[1].images.tolist()
    assert epochs[0].images.tolist() == source(0).images.tolist()


def test_images_of_held_out_records_are_not_learnt_from() -> None:
    records = [_record(number, "lamp", image=f"i{number % 60}") for number in range(120)]
    split = split_records(records, seed=0)
    held_out = {image for record in split.evaluation for image in record.images}
    kept = without_shared_images(split)
    assert 0 < len(kept) < len(split.training)
    assert held_out.isdisjoint(image for record in kept for image in record.images)


def _table(folder: Path, count: int, slug: str = "oca") -> Path:
    with (folder / f"{slug}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["record_id", "name", "description", "taxonomy", "img_path"])
        writer.writeheader()
        for number in range(count):
            colour = COLOURS[number % 8]
            coloured_image(colour, (30 + number, 30)).save(folder / f"{number}.png")
            writer.writerow(
                {
                    "record_id": f"{slug}-{number:05d}",
                    "name": f"{colour} {number}",
                    "description": f"{colour}, plain",
                    "taxonomy": "shapes; colours",
                    "img_path": f"{number}.png",
                }
            )
    return folder / f"{slug}.csv"


def test_tables_are_read_with_the_hash_of_each_image(tmp_path: Path) -> None:
    drawings = read_drawings(_table(tmp_path, 3), tmp_path, "oca")
    assert drawings.records[2].segments == ("blue", "plain", "shapes", "colours")
    with drawings.open_image(drawings.records[2].images[0]) as image:
        assert image.size == (32, 30)


def test_the_same_image_of_two_tables_is_one(tmp_path: Path) -> None:
    parts = [read_drawings(_table(tmp_path, count, slug), tmp_path, slug) for slug, count in (("oca", 3), ("icons", 4))]
    drawings = join_drawings(parts)
    assert [record.collection for record in drawings.records] == ["oca"] * 3 + ["icons"] * 4
    assert len(drawings.paths) == 4


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
    card = (out / "README.md").read_text()
    assert "train_heritage_mini oca.csv" in card
    assert "The tokenizer was learnt from the training texts." in card
    assert len((out / "metrics.jsonl").read_text().splitlines()) == 2


def test_several_tables_are_learnt_from_by_their_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = [str(_table(tmp_path, 160)), str(_table(tmp_path, 120, "icons"))]
    out = tmp_path / "another"
    arguments = [*tables, "--images-root", str(tmp_path), "--out", str(out), "--weight", "icons=2", "--epochs", "1"]
    call_command("train_heritage_mini", *arguments, "--base", str(MINI), "--image-size", "64", "--json")
    result = json.loads(capsys.readouterr().out)
    assert result["oca"]["held_out"]["records"] == sum(
        side("oca", f"oca-{number:05d}") == "evaluation" for number in range(160)
    )
    assert result["evaluation"] > result["oca"]["held_out"]["records"]
    card = (out / "README.md").read_text()
    assert "# another\n" in card
    assert "went on from the weights and the tokenizer of heritage_mini" in card
    assert "| icons | 120 |" in card
    assert "--weight=icons=2 --base models_ml/heritage_mini --image-size 64 --epochs 1" in card
    assert load_encoder(f"local-dir:{out}", precision="fp32").image_size == 64
    assert records_learnt(out) > records_learnt(MINI)
    assert (out / "tokenizer.json").read_bytes() == (MINI / "tokenizer.json").read_bytes()
    assert not list(tmp_path.glob("*.safetensors"))


def test_an_interrupted_training_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from models_ml.management.commands.train_heritage_mini import Command

    def stop(command: Command, metrics: EpochMetrics) -> None:
        if metrics.epoch == 2:
            raise KeyboardInterrupt

    def train(out: Path, *more: str) -> bytes:
        arguments = [str(_table(tmp_path, 160)), "--images-root", str(tmp_path), "--out", str(out), "--epochs", "2"]
        call_command("train_heritage_mini", *arguments, "--json", *more)
        return (out / "open_clip_model.safetensors").read_bytes()

    whole, again = tmp_path / "whole", tmp_path / "again"
    with monkeypatch.context() as patched:
        patched.setattr(Command, "_say", stop)
        with pytest.raises(KeyboardInterrupt):
            train(again)
    with pytest.raises(CommandError, match="was interrupted: go on with --resume"):
        train(again)
    assert train(again, "--resume") == train(whole)
    assert len((again / "metrics.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--weight", "tux=2"], "names tux, which is none of the tables' collections: oca, icons"),
        (["--weight", "oca=none"], "oca=none is no weight"),
        (["--weight", "oca=0"], "oca=0 is no weight"),
        (["--images-root", "a", "b", "c"], "one folder, or one for each of the 2 tables"),
        (["--collection", "drawings"], "renames a single table"),
        (["--epochs", "0"], "epochs must be at least 1"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(tmp_path: Path, arguments: list[str], message: str) -> None:
    tables = [str(_table(tmp_path, 60)), str(_table(tmp_path, 60, "icons"))]
    with pytest.raises(CommandError, match=message):
        call_command(
            "train_heritage_mini", *tables, "--images-root", str(tmp_path), "--out", str(tmp_path / "out"), *arguments
        )
    assert not (tmp_path / "out").exists()


def test_two_tables_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    tables = [str(_table(folder, 3)) for folder in (tmp_path, tmp_path / "more")]
    with pytest.raises(CommandError, match="Two tables are called oca"):
        call_command("train_heritage_mini", *tables, "--images-root", str(tmp_path), "--out", str(tmp_path / "out"))


def test_a_base_that_learnt_what_would_be_held_out_is_refused() -> None:
    learnt = json.loads((MINI / "split.json").read_text())["train"][0]
    record = TrainingRecord(learnt[0], learnt[1], "lamp", (), ("i",))
    with pytest.raises(UserError, match="has learnt from 1 records that would be held out"):
        require_unlearnt(MINI, [record])


def test_a_base_that_does_not_say_what_it_learnt_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"does not say in split\.json"):
        require_unlearnt(tmp_path, [])


def test_a_base_is_taken_at_another_image_size_as_it_is(tmp_path: Path) -> None:
    pretrained = go_on_from(MINI, tmp_path, image_size=112)
    assert pretrained.image_size == 112
    base = load_pretrained(f"local-dir:{MINI}").network.state_dict()
    assert all(torch.equal(tensor, base[name]) for name, tensor in pretrained.network.state_dict().items())


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
