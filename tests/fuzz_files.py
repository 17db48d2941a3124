"""Read files that are nearly right, guided by which code they reach: python -m tests.fuzz_files [TARGET...]

Importers of records, pictures, model folders, Parquet and annotation files. An exception that is not for a person to
read fails, as do five seconds on one file and a gigabyte of memory. Needs atheris, which is not among the requirements.
What failed is kept in the folder that is named; python -m tests.fuzz_files --again FILE TARGET reads it once more.
"""

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

TESTS = Path(__file__).resolve().parent
MUSEUMS = TESTS / "unit" / "heritage" / "importers" / "museums"
STANDARDS = TESTS / "unit" / "heritage" / "importers" / "standards"
SECONDS_A_FILE, MEGABYTES, LONGEST = 5, 1024, 1 << 16
# Whose branches guide the search: ours, and what is written in Python of that which they call.
INSTRUMENTED = (
    "heritage.importers",
    "heritage.pictures",
    "models_ml.networks",
    "models_ml.exchange",
    "annotation.exchange",
    "PIL",
)
ENDINGS = ("csv", "tsv", "json", "jsonl", "xml", "xlsx", "ods", "zip", "csv.gz", "txt")
MODEL_FILES = ("open_clip_config.json", "tokenizer.json", "tokenizer_config.json", "open_clip_model.safetensors")
ANNOTATIONS = ("csv", "jsonl", "json")
Read = Callable[[bytes], None]


def records(folder: Path) -> Read:
    """The first byte is the name's ending; what guesses says about the file is what reads it."""
    from heritage.importers.guessing import first_records, guess_mapping
    from heritage.importers.record_files import NamedFile, RecordFiles, take_sample
    from heritage.importers.shipped import shipped_mapping

    def read(data: bytes) -> None:
        path = folder / f"records.{ENDINGS[data[0] % len(ENDINGS)]}"
        path.write_bytes(data[1:])
        file = NamedFile(path, path.name)
        try:
            sample = take_sample([file])
            guessed = guess_mapping(sample).mapping
            mapping = guessed if "record_id" in guessed.fields else shipped_mapping("uniform")
            first_records(sample, mapping)
            for _ in RecordFiles([file], mapping).items():
                pass
        finally:
            path.unlink()

    return read


def pictures(folder: Path) -> Read:
    from django.conf import settings

    from heritage.pictures.decoding import damaged, flattened, opened, upright_size

    def read(data: bytes) -> None:
        image = opened(data, max_pixels=settings.IMAGE_MAX_PIXELS)
        try:
            upright_size(image)
            flattened(image, side=512)
        except Exception as error:  # as the store does, which says so of whatever a decoder raises
            raise damaged(error) from error

    return read


def models(folder: Path) -> Read:
    """The first byte says which file of a small model is another."""
    from models_ml.networks.admission import check_tokenizer, checked_model_config
    from models_ml.networks.loading import load_pretrained
    from models_ml.networks.sources import BUNDLED

    whole = BUNDLED["heritage-mini"]

    def read(data: bytes) -> None:
        name = MODEL_FILES[data[0] % len(MODEL_FILES)]
        for each in MODEL_FILES:
            (folder / each).unlink(missing_ok=True)
            if each != name:
                (folder / each).symlink_to(whole / each)
        (folder / name).write_bytes(data[1:])
        checked_model_config(folder)
        check_tokenizer(folder)
        load_pretrained(f"local-dir:{folder}")

    return read


def parquet(folder: Path) -> Read:
    from models_ml.exchange import importing
    from models_ml.exchange.layouts import recognised

    path = folder / "vectors.parquet"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        file = importing._open(path)
        for _ in importing._batches(file, recognised(file.schema_arrow)):
            pass

    return read


def annotations(folder: Path) -> Read:
    """The first byte is the name's ending."""
    from annotation.exchange.reading import read_annotations

    def read(data: bytes) -> None:
        path = folder / f"annotations.{ANNOTATIONS[data[0] % len(ANNOTATIONS)]}"
        path.write_bytes(data[1:])
        try:
            read_annotations(path)
        finally:
            path.unlink()

    return read


TARGETS = {each.__name__: each for each in (records, pictures, models, parquet, annotations)}


def seeds(target: str) -> Iterator[bytes]:
    """Files that are right, to begin with."""
    match target:
        case "records":
            for path in sorted([*MUSEUMS.iterdir(), *STANDARDS.rglob("*.*")]):
                ending = path.name.split(".", 1)[1]
                if path.is_file() and ending in ENDINGS:
                    yield bytes([ENDINGS.index(ending)]) + path.read_bytes()[:LONGEST]
        case "pictures":
            yield from picture_seeds()
        case "models":
            from models_ml.networks.sources import BUNDLED

            for number, name in enumerate(MODEL_FILES):
                yield bytes([number]) + (BUNDLED["heritage-mini"] / name).read_bytes()[:LONGEST]
        case "parquet":
            yield from parquet_seeds()
        case "annotations":
            yield b"\0a,b,comparison,siglip,ft,annotator,label\n1,2,image-image,1,0,ada,same_object\n"
            row = {
                "a": "1",
                "b": "2",
                "comparison": "image-image",
                "siglip": 1,
                "annotator": "ada",
                "label": "unrelated",
            }
            yield b"\1" + json.dumps(row | {"seconds": 4.5, "created": "2026-01-01T00:00:00+00:00"}).encode()
            result = [{"type": "choices", "from_name": "label", "value": {"choices": ["Same object"]}}]
            task = {"data": {"a": "1", "b": "2"}, "annotations": [{"completed_by": 1, "result": result}]}
            yield b"\2" + json.dumps([task]).encode()


def picture_seeds() -> Iterator[bytes]:
    import PIL.Image

    for mode in ("RGB", "L", "P", "RGBA", "CMYK", "I;16", "1"):
        image = PIL.Image.new("L", (9, 7), 90).convert(mode) if mode != "I;16" else PIL.Image.new(mode, (9, 7), 900)
        for kind in ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "JPEG2000", "AVIF"):
            file = io.BytesIO()
            try:
                image.save(file, kind)
            except (OSError, KeyError, ValueError):  # not every kind takes every mode
                continue
            yield file.getvalue()


def parquet_seeds() -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    vectors = pa.array([[0.6, 0.8], [1.0, 0.0]], pa.list_(pa.float32()))
    plain = {"objectID": ["1", "2"], "embedding": vectors, "model": ["siglip"] * 2, "dim": [2, 2]}
    published = {
        "provider": ["a", "a"],
        "depiction_id": ["1", "2"],
        "subject_id": ["1", "2"],
        "model": ["siglip"] * 2,
        "embeddings": vectors,
        "created": [1, 1],
        "attributes": ['{"title": "Lamp"}', "{}"],
    }
    for columns in (plain, published):
        for compression in ("NONE", "SNAPPY", "ZSTD"):
            file = io.BytesIO()
            pq.write_table(pa.table(columns), file, compression=compression)
            yield file.getvalue()


def fuzz(target: str, arguments: list[str]) -> None:
    """In this process, which libFuzzer ends."""
    import atheris

    os.environ["DJANGO_SETTINGS_MODULE"] = "heritage.settings"
    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        import django

        django.setup()
        from heritage.errors import UserError

        with tempfile.TemporaryDirectory(prefix="heritage-fuzz-files-") as folder:
            read = TARGETS[target](Path(folder))

            def once(data: bytes) -> None:
                if not data:
                    return
                with suppress(UserError):  # said to a person, and so as it should be
                    read(data)

            atheris.Setup([sys.argv[0], *arguments], once)
            atheris.Fuzz()


def run(target: str, seconds: float, kept: Path) -> tuple[bool, str]:
    """Whether nothing failed, and what libFuzzer says at the end."""
    corpus = kept / target
    corpus.mkdir(parents=True)
    for number, data in enumerate(seeds(target)):
        (corpus / f"seed-{number:03}").write_bytes(data)
    options = [
        *(f"-max_total_time={seconds:.0f}", f"-timeout={SECONDS_A_FILE}", f"-rss_limit_mb={MEGABYTES}"),
        *(f"-max_len={LONGEST}", f"-artifact_prefix={kept}/{target}-", "-print_final_stats=1", "-seed=1"),
    ]
    command = [sys.executable, "-m", "tests.fuzz_files", "--within", target, "--", *options, str(corpus)]
    with (kept / f"{target}.log").open("w") as log:
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, cwd=TESTS.parent, check=False)
    said = (kept / f"{target}.log").read_text(errors="replace")
    figures = dict(re.findall(r"stat::(\w+):\s+(\d+)", said))
    covered = re.findall(r"cov: (\d+)", said)
    count, most = (int(figures.get(name, 0)) for name in ("number_of_executed_units", "peak_rss_mb"))
    return done.returncode == 0, f"{target}: {count:,} files, {(covered or ['no'])[-1]} branches, {most:,} MB at most"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=10.0, help="for each target (%(default)s)")
    parser.add_argument("--again", type=Path, metavar="FILE", help="read this once")
    parser.add_argument("--within", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        import atheris  # noqa: F401
    except ModuleNotFoundError:
        sys.exit("This needs atheris: install it first, such as by .venv/bin/python -m pip install atheris.")
    if options.within:
        fuzz(options.within[0], options.targets or options.within[1:])
    if unknown := set(options.targets) - set(TARGETS):
        parser.error(f"there is no target {', '.join(unknown)}; choose of {', '.join(TARGETS)}")
    if options.again:
        fuzz(options.targets[0], [str(options.again)])
    kept = Path(tempfile.mkdtemp(prefix="heritage-fuzzed-"))
    failed = []
    for target in options.targets or TARGETS:
        passed, words = run(target, 60 * options.minutes, kept)
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()
        if not passed:
            failed.append(target)
    sys.exit(f"Failed: {', '.join(failed)}; see {kept}." if failed else 0)


if __name__ == "__main__":
    main()
