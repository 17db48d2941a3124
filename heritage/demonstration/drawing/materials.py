"""Materials under a lamp: a table from the direction a surface faces to the colour it shows.

Every surface the canvas draws is shaded by looking up its normal here (a "material capture" table),
so a curved brass part reflects the same studio as a flat one and drawing stays fast. Directions are
those of the picture: x to the right, y down, z towards the camera.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TABLE_SIZE = 128
TEXTURE_SIZE = 512

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Material:
    """How a surface answers light. `colour` is sRGB; the other numbers run from 0 to 1.

    `metal` tints reflections and removes diffuse light, `gloss` sharpens reflections, `shine` is their
    strength on what is not metal, `opacity` below 1 makes glass, and `grain` names a texture of
    `texture()` applied with `grain_strength`.
    """

    colour: Colour
    metal: float = 0.0
    gloss: float = 0.5
    shine: float = 0.5
    opacity: float = 1.0
    grain: str = ""
    grain_strength: float = 0.0

    def in_colour(self, colour: Colour) -> "Material":
        return replace(self, colour=colour)

    def darker(self, factor: float) -> "Material":
        """The same material with its colour multiplied by `factor`."""
        r, g, b = (min(255, round(channel * factor)) for channel in self.colour)
        return replace(self, colour=(r, g, b))


@dataclass(frozen=True)
class Light:
    """A studio: where the key lamp stands (-1 left, 1 right), how hard it is, how bright the surroundings."""

    side: float = -1.0
    hardness: float = 0.4
    surroundings: float = 0.8


STUDIO = Light()

BAKELITE = Material((18, 15, 14), gloss=0.85, shine=0.8)
ENAMEL = Material((235, 232, 222), gloss=0.8, shine=0.6)
PAINT = Material((70, 86, 80), gloss=0.45, shine=0.4, grain="cast", grain_strength=0.1)
CRACKLE = Material((40, 41, 43), gloss=0.3, shine=0.4, grain="cast", grain_strength=0.55)
CAST_IRON = Material((52, 50, 50), gloss=0.2, shine=0.3, grain="cast", grain_strength=0.35)
BRASS = Material((204, 160, 78), metal=1.0, gloss=0.7)
COPPER = Material((196, 112, 78), metal=1.0, gloss=0.7)
NICKEL = Material((206, 204, 198), metal=1.0, gloss=0.8)
CHROME = Material((222, 226, 230), metal=1.0, gloss=1.0)
STEEL = Material((150, 152, 156), metal=0.9, gloss=0.45)
ALUMINIUM = Material((190, 192, 196), metal=0.8, gloss=0.35)
LEAD = Material((112, 114, 120), metal=0.5, gloss=0.2, grain="cast", grain_strength=0.2)
MAHOGANY = Material((122, 58, 34), gloss=0.6, shine=0.4, grain="wood", grain_strength=0.75)
OAK = Material((166, 116, 64), gloss=0.35, shine=0.3, grain="wood", grain_strength=0.75)
WALNUT = Material((94, 60, 38), gloss=0.6, shine=0.4, grain="wood", grain_strength=0.8)
BEECH = Material((206, 164, 112), gloss=0.35, shine=0.25, grain="wood", grain_strength=0.5)
EBONY = Material((38, 30, 28), gloss=0.7, shine=0.5, grain="wood", grain_strength=0.4)
PORCELAIN = Material((244, 241, 232), gloss=0.95, shine=0.8)
RUBBER = Material((34, 34, 36), gloss=0.15, shine=0.25)
LEATHER = Material((34, 30, 29), gloss=0.3, shine=0.35, grain="leather", grain_strength=0.32)
CLOTH = Material((150, 124, 86), gloss=0.05, shine=0.05, grain="weave", grain_strength=0.55)
PAPER = Material((236, 230, 212), gloss=0.05, shine=0.05, grain="cast", grain_strength=0.06)
CARD = Material((150, 96, 60), gloss=0.1, shine=0.1, grain="cast", grain_strength=0.15)
THREAD = Material((224, 214, 190), gloss=0.15, shine=0.2, grain="thread", grain_strength=0.8)
GLASS = Material((214, 228, 224), gloss=1.0, shine=1.0, opacity=0.16)
SLATE = Material((70, 76, 84), gloss=0.3, shine=0.3, grain="cast", grain_strength=0.2)
WAX = Material((60, 54, 48), gloss=0.3, shine=0.3)

MATERIAL_NAMES = {
    "bakelite": BAKELITE,
    "enamel": ENAMEL,
    "painted steel": PAINT,
    "crackle-finished steel": CRACKLE,
    "cast iron": CAST_IRON,
    "brass": BRASS,
    "copper": COPPER,
    "nickel": NICKEL,
    "chrome": CHROME,
    "steel": STEEL,
    "aluminium": ALUMINIUM,
    "mahogany": MAHOGANY,
    "oak": OAK,
    "walnut": WALNUT,
    "beech": BEECH,
    "ebony": EBONY,
    "porcelain": PORCELAIN,
    "leather": LEATHER,
    "slate": SLATE,
    "card": CARD,
    "glass": GLASS,
}


def _step(edge0: float, edge1: float, x: NDArray) -> NDArray:
    """0 below the first edge, 1 above the second, smooth between."""
    t = np.clip((x - edge0) / (edge1 - edge0), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _surroundings(rx: NDArray, ry: NDArray, rz: NDArray, light: Light, gloss: float) -> NDArray:
    """Brightness of the studio in the direction a surface reflects: key lamp, strip, ceiling, table, dark room."""
    blur = 0.62 - 0.52 * gloss
    side = rx * light.side
    key = _step(0.16 - blur, 0.26 + blur * 0.4, side) * (1.0 - _step(0.72, 0.82 + blur, side))
    key = key * _step(0.02 - blur, 0.14 + blur * 0.4, -ry) * (1.0 - _step(0.86, 0.95 + blur, -ry))
    strip = _step(0.62 - blur * 0.6, 0.70, -side) * (1.0 - _step(0.86, 0.92 + blur, -side))
    strip = strip * (1.0 - _step(0.5, 0.7, np.abs(ry)))
    table = _step(0.10 - blur * 0.7, 0.42 + blur * 0.5, ry)
    ceiling = _step(0.2, 0.95, -ry)
    room = 0.10 + 0.12 * (0.5 + 0.5 * rz)
    bounce = light.surroundings
    return room + (1.9 + light.hardness) * key + 0.9 * bounce * strip + 0.52 * bounce * table + 0.25 * ceiling


@lru_cache(maxsize=512)
def shading_table(material: Material, light: Light) -> NDArray[np.uint8]:
    """RGBA for each quantised normal, shape (TABLE_SIZE * TABLE_SIZE, 4); row is y * TABLE_SIZE + x."""
    axis = np.linspace(-1.0, 1.0, TABLE_SIZE, dtype=np.float32)
    nx, ny = np.meshgrid(axis, axis)
    flat = np.sqrt(np.maximum(nx * nx + ny * ny, 1e-9))
    over = np.maximum(flat, 1.0)
    nx /= over
    ny /= over
    nz = np.sqrt(np.maximum(0.0, 1.0 - nx * nx - ny * ny))
    rx, ry, rz = 2 * nz * nx, 2 * nz * ny, 2 * nz * nz - 1

    facing = nx * 0.50 * light.side + ny * -0.62 + nz * 0.60
    key = np.clip(facing * 0.72 + 0.28, 0.0, 1.0) ** (1.0 + light.hardness)
    sky = 0.5 - 0.5 * ny
    diffuse = 1.0 * key + 0.24 * light.surroundings * (0.35 + 0.65 * sky) + 0.05 * nz

    mirrored = _surroundings(rx, ry, rz, light, material.gloss)
    fresnel = 0.05 + 0.75 * (1.0 - nz) ** 4
    albedo = (np.asarray(material.colour, dtype=np.float32) / 255.0) ** 2.2
    metal, shine = material.metal, material.shine

    matt = albedo * diffuse[..., None] + (shine * fresnel * mirrored)[..., None]
    tint = albedo + (1.0 - albedo) * (0.6 * (1.0 - nz) ** 4)[..., None]
    polished = tint * (mirrored * 0.88 + 0.16 * diffuse)[..., None]
    linear = matt * (1.0 - metal) + polished * metal
    # A soft shoulder keeps lamps from clipping to flat white.
    linear = linear / (1.0 + 0.22 * linear)
    table = np.empty((TABLE_SIZE, TABLE_SIZE, 4), dtype=np.uint8)
    table[..., :3] = np.clip(255.0 * np.clip(linear, 0, 1) ** (1 / 2.2), 0, 255)
    if material.opacity >= 1.0:
        table[..., 3] = 255
    else:
        edge = (1.0 - nz) ** 2.2
        highlight = _step(0.55, 1.7, mirrored) * shine * 0.75
        alpha = material.opacity + (1 - material.opacity) * np.clip(0.72 * edge + highlight, 0, 1)
        glassy = albedo * (1.0 - 0.72 * edge * (1 - highlight))[..., None]
        lit = glassy + (highlight * 0.8)[..., None]
        table[..., :3] = np.clip(255.0 * np.clip(lit, 0, 1) ** (1 / 2.2), 0, 255)
        table[..., 3] = 255 * np.clip(alpha, 0, 1)
    return table.reshape(-1, 4)


def _smoothed(noise: NDArray[np.float32], across: float, along: float) -> NDArray[np.float32]:
    """Noise blurred by `across` pixels in x and `along` in y, with mean 0 and standard deviation 1."""
    height, width = noise.shape
    small = Image.fromarray(noise).resize(
        (max(2, round(width / max(across, 1))), max(2, round(height / max(along, 1)))), Image.Resampling.BOX
    )
    smooth = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)
    return (smooth - smooth.mean()) / max(float(smooth.std()), 1e-6)


@lru_cache(maxsize=16)
def texture(name: str) -> NDArray[np.float32]:
    """A texture, shape (TEXTURE_SIZE, TEXTURE_SIZE), about -1 to 1: wood, cast, weave, leather or thread."""
    rng = np.random.default_rng(7)
    n = TEXTURE_SIZE
    noise = rng.standard_normal((n, n)).astype(np.float32)
    y, x = np.mgrid[0:n, 0:n].astype(np.float32)
    if name == "wood":
        waves = _smoothed(noise, 40, 120) * 9.0
        rings = np.sin((x + waves) * 0.32) * 0.35 + np.sin((x + waves) * 0.11) * 0.3
        pores = np.minimum(_smoothed(rng.standard_normal((n, n)).astype(np.float32), 1, 14), 0) * 0.30
        return rings + pores + _smoothed(noise, 90, 160) * 0.25
    if name == "cast":
        return _smoothed(noise, 1.5, 1.5) * 0.28 + _smoothed(noise, 6, 6) * 0.2
    if name == "weave":
        return (
            np.sin(x * 1.6) * 0.4 * (np.sin(y * 0.8) > 0) + np.sin(y * 1.6) * 0.4 * (np.sin(x * 0.8) > 0) + noise * 0.1
        )
    if name == "leather":
        return _smoothed(noise, 3.2, 3.2) * 0.4 + _smoothed(noise, 1.6, 1.6) * 0.12
    if name == "thread":
        return np.sin(y * 1.25 + np.sin(x * 0.05) * 1.2 + x * 0.12) * 0.45 + _smoothed(noise, 12, 2) * 0.15
    raise KeyError(name)
