"""A folder of training records, for fine-tuning on a machine that has no database.

training-set.json   seed of the split, side of the images in pixels, whether they are squashed to squares, counts
records.jsonl       one record per line, with its side of the split, or "left out" where only links.csv has use for it
links.csv           where the set has links: pairs of records with what experts said of them, see data/links.py
images/AB/HASH.webp the pictures without loss, shorter side or square as above, named by the hash of the original
SHA256SUMS          of all these; `sha256sum -c SHA256SUMS` checks a copy by hand
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import PIL.Image

from heritage.errors import UserError
from heritage.files.whole_folder import whole_folder
from heritage.progress import Progress
from models_ml.training.data.links import AnsweredLinks, read_pairs, write_pairs
from models_ml.training.data.records import Split, TrainingRecord, image_names

MANIFEST, RECORDS, LINKS, SUMS = "training-set.json", "records.jsonl", "links.csv", "SHA256SUMS"
WEBP_LONGEST = 16_383  # pixels that a side may have

_LEFT_OUT = "left out"
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class TrainingSet:
    """A folder that was read and checked.

    `image_size` is the shorter side of its pictures in pixels, or with `squash` the side of their squares. `links`
    are those that it carries, if any; `left_out` records of them that the split left out.
    """

    folder: Path
    split: Split
    seed: int
    image_size: int
    squash: bool
    links: AnsweredLinks | None = None
    left_out: tuple[TrainingRecord, ...] = ()

    def open_image(self, name: str) -> PIL.Image.Image:
        return PIL.Image.open(self.folder / _image_path(name), formats=["WEBP"])


def write_training_set(
    target: Path,
    split: Split,
    *,
    seed: int,
    image_size: int,
    squash: bool = False,
    open_image: Callable[[str], PIL.Image.Image],
    progress: Progress,
    links: AnsweredLinks | None = None,
    left_out: Sequence[TrainingRecord] = (),
) -> int:
    """Write `split` to `target`, completely or not at all, and return the number of pictures.

    Pictures are made smaller as open_clip does it for models of `image_size` pixels that read a part of the picture,
    or with `squash` all of it squashed to a square: from the folder these read the same bytes as from the pictures.
    `links` may be of records of the split and of `left_out`.

    Replaces an older training set; raises UserError where something else is at `target`.
    """
    if target.exists() and not (target / MANIFEST).is_file() and not (target.is_dir() and not any(target.iterdir())):
        raise UserError(f"{target} exists and is no training set; choose another folder.")
    sides = {"train": split.training, "evaluation": split.evaluation, _LEFT_OUT: left_out}
    records = [(side, record) for side, group in sides.items() for record in group]
    images = image_names(record for _, record in records)
    manifest: dict[str, Any] = {
        "seed": seed,
        "image_size": image_size,
        "squash": squash,
        "records_left_out": split.left_out,
        "held_out_beside_twins": split.beside_twins,
    }
    if links:
        manifest["links"] = {
            "campaigns": links.campaigns,
            "answers": links.answers,
            "simulated": links.simulated,
        }
    with whole_folder(target) as folder:
        lines = (json.dumps({"side": side} | asdict(record), ensure_ascii=False) for side, record in records)
        (folder / RECORDS).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        if links:
            write_pairs(folder / LINKS, links.pairs)
        for name in images:
            (folder / _image_path(name)).parent.mkdir(parents=True, exist_ok=True)
        progress.start("Resizing pictures", len(images))
        _in_threads(partial(_write_image, folder, open_image, image_size, squash), images, progress)
        names = [MANIFEST, RECORDS, *([LINKS] if links else []), *sorted(map(_image_path, images))]
        sums = "".join(f"{_digest(folder / name)}  {name}\n" for name in names)
        (folder / SUMS).write_text(sums, encoding="ascii")
    return len(images)


def read_training_set(folder: Path, progress: Progress) -> TrainingSet:
    """Read a folder that `write_training_set` wrote and check every file. Raises UserError where it is damaged."""
    if not (folder / MANIFEST).is_file():
        raise UserError(f"{folder} is no training set: {MANIFEST} is missing; make one with export_training_set.")
    try:
        lines = (folder / SUMS).read_text("ascii").splitlines()
        sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
        _check_sums(folder, sums, progress)
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        sides: dict[str, list[TrainingRecord]] = {"train": [], "evaluation": [], _LEFT_OUT: []}
        with (folder / RECORDS).open(encoding="utf-8") as file:
            for line in file:
                document = json.loads(line)
                sides[document["side"]].append(_record(document, sums))
        split = Split(
            tuple(sides["train"]),
            tuple(sides["evaluation"]),
            int(manifest["records_left_out"]),
            int(manifest["held_out_beside_twins"]),
        )
        return TrainingSet(
            folder,
            split,
            int(manifest["seed"]),
            int(manifest["image_size"]),
            bool(manifest.get("squash")),
            _links(folder, manifest["links"]) if "links" in manifest else None,
            tuple(sides[_LEFT_OUT]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"The training set {folder} is damaged ({error}); copy it again.") from error


def _image_path(name: str) -> str:
    """Where a picture lies. Its name comes from a file that others may have written: nothing but a hash will do."""
    if not _HASH.fullmatch(name):
        raise ValueError(f"{name!r} is no picture's hash")
    return f"images/{name[:2]}/{name}.webp"


def _links(folder: Path, about: dict[str, Any]) -> AnsweredLinks:
    return AnsweredLinks(
        pairs=read_pairs(folder / LINKS),
        campaigns=tuple(map(str, about["campaigns"])),
        answers=int(about["answers"]),
        simulated=bool(about["simulated"]),
    )


def _record(document: dict[str, Any], sums: dict[str, str]) -> TrainingRecord:
    images = tuple(document["images"])
    if missing := [name for name in images if _image_path(name) not in sums]:
        raise ValueError(f"the picture {missing[0]} is not listed in {SUMS}")
    return TrainingRecord(
        collection=str(document["collection"]),
        record_id=str(document["record_id"]),
        name=str(document["name"]),
        segments=tuple(map(str, document["segments"])),
        images=images,
        terms=tuple(map(str, document.get("terms", ()))),  # which older exports lack
    )


def _check_sums(folder: Path, sums: dict[str, str], progress: Progress) -> None:
    if not {MANIFEST, RECORDS} <= sums.keys():
        raise ValueError(f"{SUMS} does not list {MANIFEST} and {RECORDS}")

    def check(name: str) -> None:
        if name not in (MANIFEST, RECORDS, LINKS) and name != _image_path(Path(name).stem):
            raise ValueError(f"{SUMS} lists {name!r}, which is no picture's place")
        if _digest(folder / name) != sums[name]:
            raise ValueError(f"{name} does not have the checksum in {SUMS}")

    progress.start("Checking the training set", len(sums))
    _in_threads(check, sums, progress)


def _write_image(
    folder: Path, open_image: Callable[[str], PIL.Image.Image], size: int, squash: bool, name: str
) -> None:
    with open_image(name) as image:
        small = image.resize(_reduced(image.size, size, squash), PIL.Image.Resampling.BICUBIC).convert("RGB")
    small.save(folder / _image_path(name), "WEBP", lossless=True, quality=0, method=2)


def _reduced(size: tuple[int, int], to: int, squash: bool) -> tuple[int, int]:
    """Width and height as open_clip's resizing to `to` pixels has them; never enlarged."""
    if squash:
        return (to, to) if max(size) > to else size
    width, height = (int(to * side / min(size)) if min(size) > to else side for side in size)
    return min(width, WEBP_LONGEST), min(height, WEBP_LONGEST)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _in_threads(work: Callable[[str], None], names: Iterable[str], progress: Progress) -> None:
    with ThreadPoolExecutor() as pool:
        try:
            for _ in pool.map(work, names):
                progress.advance()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
