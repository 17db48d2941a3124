"""Two museums' ways of taking a picture of the same object.

Museum A photographs in its studio: white sweep, soft light from the left, centred, frontal. Museum B's
pictures are older: cloth ground, lamp on the other side, black and white, sepia or faded colour, a scale
and the accession tag in the frame, taken from further above and not quite straight.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from .drawing.canvas import Canvas
from .drawing.materials import Light
from .objects.form import Form

SIDE = 448
DRAWING_PIXELS = 512

Pixels = NDArray[np.floating]

# Places in the picture from 0 to 1, as a row and a column.
_X = (np.arange(SIDE, dtype=np.float32) / SIDE)[None, :]
_Y = (np.arange(SIDE, dtype=np.float32) / SIDE)[:, None]
_WEAVE = 3.0 * np.sin(np.arange(SIDE, dtype=np.float32) * 1.9)


@dataclass(frozen=True)
class Sitting:
    """How one photograph was taken. Angles: `elevation` and `yaw` as in `Canvas`, `turn` in degrees."""

    light: Light
    elevation: float
    yaw: float
    turn: float
    fill: float
    offset: tuple[float, float]
    tone: str
    wear: float
    ground: int
    tagged: bool
    scaled: bool


def studio_sitting(rng: np.random.Generator, *, other_side: bool, monochrome: bool) -> Sitting:
    """Museum A."""
    side = 1.0 if other_side else rng.choice((-1.0, 1.0))
    return Sitting(
        light=Light(side=-1.0, hardness=0.35, surroundings=0.9),
        elevation=float(rng.uniform(0.26, 0.34) if other_side else rng.uniform(0.09, 0.17)),
        yaw=float(side * (rng.uniform(0.22, 0.3) if other_side else rng.uniform(0.02, 0.13))),
        turn=0.0,
        fill=float(rng.uniform(0.74, 0.8)),
        offset=(0.0, 0.0),
        tone="grey" if monochrome else "colour",
        wear=float(rng.uniform(0.0, 0.45)),
        ground=int(rng.integers(0, 4)),
        tagged=False,
        scaled=False,
    )


def archive_sitting(rng: np.random.Generator, *, other_side: bool) -> Sitting:
    """Museum B."""
    return Sitting(
        light=Light(side=1.0, hardness=0.7, surroundings=0.55),
        elevation=float(rng.uniform(0.16, 0.3)),
        yaw=float(rng.choice((-1.0, 1.0)) * (rng.uniform(0.24, 0.32) if other_side else rng.uniform(0.06, 0.24))),
        turn=float(rng.normal(0, 1.7)),
        fill=float(rng.uniform(0.64, 0.8)),
        offset=(float(rng.normal(0, 0.03)), float(rng.normal(-0.02, 0.02))),
        tone=str(rng.choice(["colour", "grey", "sepia", "faded"], p=[0.25, 0.25, 0.2, 0.3])),
        wear=float(rng.uniform(0.2, 0.9)),
        ground=int(rng.integers(0, 5)),
        tagged=bool(rng.random() < 0.5),
        scaled=bool(rng.random() < 0.45),
    )


def take_photograph(
    draw: Callable[[Canvas, Form], None],
    form: Form,
    sitting: Sitting,
    *,
    lies: bool,
    detail: bool,
    studio: bool,
    caption: str,
    seed: int,
) -> Image.Image:
    """The photograph, SIDE by SIDE pixels. `caption` is what the tag says; `lies` as in `Variant`."""
    rng = np.random.default_rng(seed)
    window = _detail_window(rng) if detail else (0.0, 0.0, 100.0, 100.0)
    canvas = Canvas(
        pixels=SIDE if detail else DRAWING_PIXELS,
        window=window,
        light=sitting.light,
        elevation=sitting.elevation,
        yaw=sitting.yaw,
        seed=seed,
    )
    draw(canvas, form)
    canvas.wear(sitting.wear)
    rgb, cover = (canvas.rgb, canvas.alpha) if detail else _framed(canvas, sitting)
    ground = _sweep(sitting, rng) if studio else _cloth(sitting, rng)
    if not detail or not studio:
        _ground_shadow(ground, cover, sitting, lies=lies)
    picture = _laid_over(ground, rgb, cover)
    picture = _toned(picture, sitting.tone)
    if not studio:
        picture = _aged(picture, rng)
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    if sitting.scaled and not detail:
        _scale_bar(image)
    if sitting.tagged and not detail:
        image = _with_tag(image, caption, rng)
    return image


def _detail_window(rng: np.random.Generator) -> tuple[float, float, float, float]:
    reach = rng.uniform(40, 48)
    left, top = rng.uniform(50 - reach * 0.75, 50 - reach * 0.25), rng.uniform(30, 44)
    return left, top, left + reach, top + reach


def _framed(canvas: Canvas, sitting: Sitting) -> tuple[Image.Image, Image.Image]:
    """The drawing cut out, scaled to fill its share of the picture, and set in perspective."""
    box = canvas.alpha.getbbox() or (0, 0, *canvas.size)
    width, height = box[2] - box[0], box[3] - box[1]
    scale = sitting.fill * SIDE / max(width, height * 1.04)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    left = round((SIDE - size[0]) / 2 + sitting.offset[0] * SIDE)
    top = round((SIDE - size[1]) / 2 + (sitting.offset[1] + 0.015) * SIDE)
    framed = []
    for layer in (canvas.rgb, canvas.alpha):
        sheet = Image.new(layer.mode, (SIDE, SIDE))
        sheet.paste(layer.resize(size, Image.Resampling.BICUBIC, box=box, reducing_gap=2.0), (left, top))
        if sitting.turn:
            sheet = _in_perspective(sheet, sitting)
        framed.append(sheet)
    return framed[0], framed[1]


def _in_perspective(sheet: Image.Image, sitting: Sitting) -> Image.Image:
    """Turned by a few degrees and, as seen from above, a little smaller below."""
    angle = np.radians(sitting.turn)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    middle = SIDE / 2
    lean_x, lean_y = sitting.yaw * 0.0003, sitting.elevation * -0.0004
    # Coefficients map a place in the result to one in the sheet: (a x + b y + c) / (g x + h y + 1).
    scale = 1 + lean_x * middle + lean_y * middle
    a, b, d, e = c * scale, s * scale, -s * scale, c * scale
    data = (
        a,
        b,
        middle * scale - a * middle - b * middle,
        d,
        e,
        middle * scale - d * middle - e * middle,
        lean_x,
        lean_y,
    )
    return sheet.transform((SIDE, SIDE), Image.Transform.PERSPECTIVE, data, Image.Resampling.BILINEAR)


def _sweep(sitting: Sitting, rng: np.random.Generator) -> Pixels:
    """A seamless studio ground, brightest behind the object."""
    tint = np.array(
        [(250, 250, 249), (247, 246, 243), (244, 245, 247), (240, 240, 238)][sitting.ground], dtype=np.float32
    )
    glow = 1 - 0.16 * ((_X - 0.5) ** 2 * 1.4 + (_Y - 0.42) ** 2 * 1.8)
    floor = 1 - 0.035 / (1 + np.exp(-(_Y - 0.8) * 26))
    return tint * (glow * floor)[..., None] + _grain(rng, 1)


def _cloth(sitting: Sitting, rng: np.random.Generator) -> Pixels:
    """A draped ground with folds and a weave."""
    tint = np.array(
        [(122, 116, 106), (104, 110, 112), (140, 126, 106), (112, 104, 100), (94, 98, 96)][sitting.ground],
        dtype=np.float32,
    )
    coarse = Image.fromarray(rng.normal(0, 1, (5, 7)).astype(np.float32)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    folds = np.asarray(coarse) * 0.06
    lit = 0.82 + 0.3 * (_X * 0.5 + (1 - np.abs(_Y - 0.7)) * 0.5) + folds
    edge = 1 / (1 + np.exp(-(_Y - 0.6) * 14))
    lit = lit * (0.78 + 0.26 * edge)
    return tint * lit[..., None] + _grain(rng, 7) + (_WEAVE[None, :] * _WEAVE[:, None] / 3.0)[..., None]


def _grain(rng: np.random.Generator, reach: int) -> Pixels:
    """Noise from -reach to reach, shape (SIDE, SIDE, 1)."""
    return rng.integers(-reach, reach + 1, (SIDE, SIDE, 1), dtype=np.int8).astype(np.float32)


def _ground_shadow(ground: Pixels, cover: Image.Image, sitting: Sitting, *, lies: bool) -> None:
    """Darken the ground where the object keeps the light away: beneath and beside it."""
    box = cover.getbbox()
    if box is None:
        return
    side = sitting.light.side
    strength = 1.25 if sitting.light.hardness > 0.5 else 1.0
    # Shadows are soft: half the resolution does.
    half = cover.reduce(2)
    dark = np.ones((half.size[1], half.size[0]), dtype=np.float32)
    if lies:
        for shift, blur, depth in ((2.5, 2.0, 0.34), (6.5, 6.0, 0.3)):
            moved = Image.new("L", half.size)
            moved.paste(half, (round(-side * shift), round(shift)))
            dark *= _light_left(moved, blur, depth * strength)
    else:
        floor = box[3] / 2 - 1
        for flat, shear, blur, depth in (
            (0.05, 0.0, 1.25, 0.5),
            (0.16, -side * 0.5, 4.0, 0.34),
            (0.3, -side * 0.9, 8.0, 0.2),
        ):
            # Place in the shadow -> place in the object: the shadow is the object pressed flat and pushed aside.
            data = (1, shear, -shear * floor, 0, 1 / flat, floor - floor / flat)
            pressed = half.transform(half.size, Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
            below = Image.new("L", half.size)
            below.paste(pressed, (0, round(flat * 13)))
            dark *= _light_left(below, blur, depth * strength)
    ground *= np.asarray(Image.fromarray(dark).resize((SIDE, SIDE), Image.Resampling.BILINEAR))[..., None]


def _light_left(mask: Image.Image, blur: float, depth: float) -> Pixels:
    return 1.0 - np.asarray(mask.filter(ImageFilter.GaussianBlur(blur)), dtype=np.float32) * (depth / 255.0)


def _laid_over(ground: Pixels, rgb: Image.Image, cover: Image.Image) -> Pixels:
    clear = 1.0 - np.asarray(cover, dtype=np.float32) / 255.0
    return ground * clear[..., None] + np.asarray(rgb, dtype=np.float32)


def _toned(picture: Pixels, tone: str) -> Pixels:
    if tone == "colour":
        return picture
    grey = 0.32 * picture[..., 0] + 0.5 * picture[..., 1] + 0.18 * picture[..., 2]
    if tone == "faded":
        warm = np.array([1.04, 0.98, 0.86], dtype=np.float32)
        return (picture * 0.52 + grey[..., None] * 0.48) * warm * 0.92 + 14
    share = np.clip(grey / 255.0, 0, 1)
    share = share * 0.72 + 0.28 * share * share * (3 - 2 * share)
    if tone == "grey":
        return np.repeat((share * 236 + 10)[..., None], 3, axis=2)
    dark, light = np.array([34, 24, 16], dtype=np.float32), np.array([238, 220, 186], dtype=np.float32)
    return dark + share[..., None] * (light - dark)


def _aged(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Vignette, grain, softness and a speck or two."""
    picture = picture * (1.02 - rng.uniform(0.35, 0.7) * ((_X - 0.5) ** 2 + (_Y - 0.5) ** 2))[..., None]
    soft = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(float(rng.uniform(0.2, 0.7)))
    )
    picture = np.asarray(soft, dtype=np.float32) + _grain(rng, 6)
    for _ in range(int(rng.integers(0, 6))):
        sx, sy = rng.integers(4, SIDE - 4, 2)
        picture[sy : sy + 2, sx : sx + 2] += rng.choice((-60.0, 60.0))
    if rng.random() < 0.25:
        border = int(rng.integers(9, 15))
        mat = np.array([232, 226, 212], dtype=np.float32)
        for edge in (np.s_[:border], np.s_[-border:], np.s_[:, :border], np.s_[:, -border:]):
            picture[edge] = mat
    return picture


def _scale_bar(image: Image.Image) -> None:
    """Ten centimetres in black and white, at the lower left."""
    pen = ImageDraw.Draw(image)
    left, top, step, height = 26, SIDE - 34, 22, 8
    pen.rectangle([left - 3, top - 3, left + 5 * step + 3, top + height + 3], fill=(238, 236, 228))
    for index in range(5):
        fill = (24, 24, 24) if index % 2 == 0 else (250, 250, 248)
        pen.rectangle(
            [left + index * step, top, left + (index + 1) * step, top + height], fill=fill, outline=(24, 24, 24)
        )


def _with_tag(image: Image.Image, caption: str, rng: np.random.Generator) -> Image.Image:
    """A card tag with the accession number, at the lower right."""
    scale, width, height = 3, 104, 34
    tag = Image.new("RGBA", (width * scale, height * scale))
    pen = ImageDraw.Draw(tag)
    w, h = width * scale, height * scale
    pen.polygon(
        [(24, 3), (w - 4, 3), (w - 4, h - 4), (24, h - 4), (4, h - 26), (4, 26)],
        fill=(230, 218, 186),
        outline=(150, 132, 98),
    )
    pen.ellipse([14, h / 2 - 8, 30, h / 2 + 8], fill=(96, 82, 62))
    font = ImageFont.load_default(13 * scale)
    pen.text((w / 2 + 14, h / 2), caption, fill=(44, 36, 30), font=font, anchor="mm")
    tag = tag.rotate(float(rng.uniform(-7, 7)), Image.Resampling.BICUBIC, expand=True)
    tag = tag.resize((tag.size[0] // scale, tag.size[1] // scale), Image.Resampling.LANCZOS)
    left, top = SIDE - tag.size[0] - int(rng.integers(12, 30)), SIDE - tag.size[1] - int(rng.integers(10, 24))
    shadow = Image.new("L", image.size)
    shadow.paste(tag.getchannel("A").point([value * 5 // 10 for value in range(256)]), (left - 2, top + 4))
    image.paste((0, 0, 0), (0, 0), shadow.filter(ImageFilter.GaussianBlur(3)))
    image.paste(tag.convert("RGB"), (left, top), tag.getchannel("A"))
    return image
