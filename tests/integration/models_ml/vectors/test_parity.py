"""What `embed` stores of a museum's file is what open_clip makes of it: of the picture upright, opaque, in 8 bits."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import open_clip
import PIL.Image
import pytest
import torch
from PIL import ImageOps

from heritage.catalogue.pictures import open_picture
from heritage.models import Collection
from heritage.pictures.store import ImageStore
from heritage.progress import NoProgress
from models_ml.models import EmbeddingModel
from models_ml.networks.loading import load_pretrained
from models_ml.networks.sources import BUNDLED
from models_ml.registry import HERITAGE_MINI, ensure_bundled_model
from models_ml.training.data.folder import read_training_set, write_training_set
from models_ml.training.data.pixels import decode
from models_ml.training.data.records import Split, TrainingRecord
from models_ml.vectors.embedding import embed_collections
from tests.factories import CollectionFactory, ImageFactory, RecordFactory
from tests.picture_files import asking_for, encoded

pytestmark = pytest.mark.django_db(transaction=True)

SOURCE = f"local-dir:{BUNDLED[HERITAGE_MINI]}"
TOLERANCE = 1e-5  # of a cosine


def photograph(width: int, height: int, seed: int) -> PIL.Image.Image:
    """Colours that change slowly, and grain."""
    random = np.random.default_rng(seed)
    coarse = PIL.Image.fromarray(random.integers(0, 256, (7, 9, 3), dtype=np.uint8)).resize((width, height))
    grain = PIL.Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8))
    return PIL.Image.blend(coarse, grain, 0.15)


def see_through() -> PIL.Image.Image:
    picture = photograph(120, 90, 2)
    picture.putalpha(photograph(120, 90, 3).convert("L"))
    return picture


def sixteen_bit() -> PIL.Image.Image:
    return PIL.Image.fromarray((np.asarray(photograph(300, 200, 4).convert("L")).astype(np.uint16) * 257) + 100)


def as_it_is(path: Path) -> PIL.Image.Image:
    return PIL.Image.open(path)


def in_rgb(path: Path) -> PIL.Image.Image:
    return PIL.Image.open(path).convert("RGB")


def upright(path: Path) -> PIL.Image.Image:
    return ImageOps.exif_transpose(PIL.Image.open(path))


def on_white(path: Path) -> PIL.Image.Image:
    picture = PIL.Image.open(path).convert("RGBA")
    white = PIL.Image.new("RGBA", picture.size, "white")
    return PIL.Image.alpha_composite(white, picture).convert("RGB")


def in_eight_bits(path: Path) -> PIL.Image.Image:
    return PIL.Image.fromarray((np.asarray(PIL.Image.open(path)) // 257).astype(np.uint8))


# A file, and the picture that open_clip is given: by its own code where that shows the picture as people see it.
FILES: dict[str, tuple[bytes, Callable[[Path], PIL.Image.Image]]] = {
    "JPEG": (encoded(photograph(640, 480, 0), "JPEG", quality=85), as_it_is),
    "JPEG, smaller than the model reads": (encoded(photograph(60, 80, 1), "JPEG"), as_it_is),
    "JPEG, grey": (encoded(photograph(400, 300, 5).convert("L"), "JPEG"), as_it_is),
    "JPEG, turned": (encoded(photograph(400, 300, 6), "JPEG", exif=asking_for(6)), upright),
    "JPEG, CMYK": (encoded(photograph(400, 300, 7).convert("CMYK"), "JPEG"), in_rgb),
    "PNG, alpha": (encoded(see_through(), "PNG"), on_white),
    "PNG, palette": (encoded(photograph(300, 200, 8).quantize(40), "PNG"), in_rgb),
    "TIFF, 16-bit": (encoded(sixteen_bit(), "TIFF"), in_eight_bits),
    "TIFF": (encoded(photograph(300, 200, 9), "TIFF", compression="tiff_lzw"), as_it_is),
    "JPEG, large": (encoded(photograph(2200, 1500, 10), "JPEG", quality=90), as_it_is),
    "JPEG, tall": (encoded(photograph(700, 4300, 11), "JPEG", quality=90), as_it_is),
}


@pytest.fixture
def collection(settings, tmp_path: Path) -> Collection:
    settings.IMAGES_DIR = tmp_path / "images"
    ensure_bundled_model()
    collection = CollectionFactory(slug="museum")
    store = ImageStore.from_settings()
    for place, (name, (data, _)) in enumerate(FILES.items()):
        record = RecordFactory(collection=collection, record_id=name)
        ImageFactory(record=record, position=place, content_hash=store.add(data).content_hash)
    return collection


def stored_vectors(collection: Collection) -> np.ndarray:
    model = EmbeddingModel.objects.get(slug=HERITAGE_MINI)
    done = embed_collections(
        model=model, collections=[collection], progress=NoProgress(), device="cpu", precision="fp32"
    )
    assert done.unreadable == ()
    return np.stack([vector.vector for vector in model.image_vectors.order_by("image__position")])


def open_clip_vectors(folder: Path) -> np.ndarray:
    network, preprocess = open_clip.create_model_from_pretrained(SOURCE)
    network.eval()
    vectors = []
    for place, (data, as_shown) in enumerate(FILES.values()):
        path = folder / str(place)
        path.write_bytes(data)
        with torch.no_grad():
            features = network.encode_image(preprocess(as_shown(path))[None])
        vectors.append(torch.nn.functional.normalize(features.float(), dim=-1).numpy()[0])
    return np.stack(vectors)


@pytest.mark.parametrize("many_pixels", [32_000_000, 1_000_000], ids=["as a whole", "large ones in strips"])
def test_vectors_and_their_cosines_are_open_clip_s(
    collection: Collection, tmp_path: Path, many_pixels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heritage.pictures.store.MANY_PIXELS", many_pixels)
    ours, theirs = stored_vectors(collection), open_clip_vectors(tmp_path)
    np.testing.assert_allclose(ours, theirs, atol=TOLERANCE)
    np.testing.assert_allclose(ours @ ours.T, theirs @ theirs.T, atol=TOLERANCE)
    # A second model of the same size, or the same again, reads what was kept of large pictures.
    assert len(list((tmp_path / "images").rglob("seen-*.webp"))) == 2
    EmbeddingModel.objects.get(slug=HERITAGE_MINI).image_vectors.all().delete()
    np.testing.assert_array_equal(stored_vectors(collection), ours)


def test_the_page_s_picture_would_not_do(collection: Collection) -> None:
    """What the tolerance is worth."""
    pretrained, store, hashes = load_pretrained(SOURCE), ImageStore.from_settings(), _hashes(collection)
    openers = [partial(PIL.Image.open, store.path(each, "display")) for each in hashes]
    of_page = decode(openers, pretrained.preprocess, progress=NoProgress())
    with torch.no_grad():
        features = pretrained.network.encode_image(of_page.normalise(of_page.batch(np.arange(len(hashes)))))
    theirs = torch.nn.functional.normalize(features, dim=-1).numpy()
    ours = stored_vectors(collection)
    assert np.abs(ours @ ours.T - theirs @ theirs.T).max() > 100 * TOLERANCE


def _hashes(collection: Collection) -> list[str]:
    images = collection.records.filter(images__isnull=False).order_by("images__position")
    return list(images.values_list("images__content_hash", flat=True))


@pytest.mark.parametrize("squash", [True, False], ids=["squashed", "of the shorter side"])
def test_training_reads_the_bytes_that_embedding_reads(collection: Collection, tmp_path: Path, squash: bool) -> None:
    """From the database, and from a training set that was exported for such models."""
    preprocess = replace(load_pretrained(SOURCE).preprocess, resize_mode="squash" if squash else "shortest")
    hashes = _hashes(collection)
    wanted = decode([partial(open_picture, each) for each in hashes], preprocess, progress=NoProgress()).data
    record = TrainingRecord("museum", "1", "Things", (), tuple(hashes))
    size = preprocess.size if isinstance(preprocess.size, int) else preprocess.size[0]
    write_training_set(
        tmp_path / "set",
        Split((record,), (record,), 0),
        seed=0,
        image_size=size,
        squash=squash,
        open_image=open_picture,
        progress=NoProgress(),
    )
    found = read_training_set(tmp_path / "set", NoProgress())
    assert found.squash is squash
    openers = [partial(found.open_image, each) for each in hashes]
    np.testing.assert_array_equal(decode(openers, preprocess, progress=NoProgress()).data, wanted)
