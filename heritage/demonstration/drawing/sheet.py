"""The pixels beneath a canvas: anti-aliased masks, slopes of masks, and shaded layers with premultiplied alpha."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .materials import STUDIO, TABLE_SIZE, TEXTURE_SIZE, Colour, Light, Material, shading_table, texture
from .outlines import Outline

MASK_SUPERSAMPLING = 2
LARGEST_PIXELS = 1024

# In steps of the shading table; enough for the largest canvas.
_DITHER = np.random.default_rng(3).uniform(-0.5, 0.5, (LARGEST_PIXELS, LARGEST_PIXELS)).astype(np.float32)

PixelBox = tuple[int, int, int, int]
Float = NDArray[np.floating]


class Sheet:
    """A picture in units: `window` is the section of a 100 by 100 sheet that is drawn, `pixels` wide."""

    def __init__(
        self,
        *,
        pixels: int = 640,
        window: tuple[float, float, float, float] = (0.0, 0.0, 100.0, 100.0),
        light: Light = STUDIO,
        elevation: float = 0.14,
        yaw: float = 0.0,
        seed: int = 0,
    ) -> None:
        if not 0 < pixels <= LARGEST_PIXELS:
            raise ValueError(f"a sheet is 1 to {LARGEST_PIXELS} pixels wide, not {pixels}")
        self.left, self.top, right, bottom = window
        self.scale = pixels / (right - self.left)
        self.size = (pixels, round((bottom - self.top) * self.scale))
        self.light = light
        self.elevation = elevation
        self.yaw = yaw
        self.rng = np.random.default_rng(seed)
        self.rgb = Image.new("RGB", self.size)
        self.alpha = Image.new("L", self.size)

    def _box(self, points: NDArray, pad: float = 0.0) -> PixelBox | None:
        low = (points.min(axis=0) - pad - (self.left, self.top)) * self.scale
        high = (points.max(axis=0) + pad - (self.left, self.top)) * self.scale
        x0, y0 = max(0, int(low[0]) - 1), max(0, int(low[1]) - 1)
        x1, y1 = min(self.size[0], int(high[0]) + 2), min(self.size[1], int(high[1]) + 2)
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def _at(self, points: NDArray, box: PixelBox) -> list[tuple[float, float]]:
        moved = ((points - (self.left, self.top)) * self.scale - box[:2]) * MASK_SUPERSAMPLING
        return [(float(x), float(y)) for x, y in moved]

    def _mask(
        self, outlines: Sequence[Outline], holes: Sequence[Outline] = (), *, pad: float = 0.0
    ) -> tuple[PixelBox, Image.Image | None]:
        box = self._box(np.vstack(outlines), pad)
        if box is None:
            return (0, 0, 0, 0), None
        size = ((box[2] - box[0]) * MASK_SUPERSAMPLING, (box[3] - box[1]) * MASK_SUPERSAMPLING)
        sheet = Image.new("L", size)
        pen = ImageDraw.Draw(sheet)
        for outline in outlines:
            pen.polygon(self._at(outline, box), fill=255)
        for hole in holes:
            pen.polygon(self._at(hole, box), fill=0)
        return box, sheet.reduce(MASK_SUPERSAMPLING)

    def _stroke(self, points: NDArray, width: float) -> tuple[PixelBox, Image.Image | None]:
        box = self._box(points, width)
        if box is None:
            return (0, 0, 0, 0), None
        sheet = Image.new("L", ((box[2] - box[0]) * MASK_SUPERSAMPLING, (box[3] - box[1]) * MASK_SUPERSAMPLING))
        pen = ImageDraw.Draw(sheet)
        pixels = width * self.scale * MASK_SUPERSAMPLING
        path = self._at(points, box)
        pen.line(path, fill=255, width=max(1, round(pixels)), joint="curve")
        if pixels > 3:
            # Joints between the pieces of a thick line would gape.
            for x, y in path if pixels > 8 else (path[0], path[-1]):
                pen.ellipse([x - pixels / 2, y - pixels / 2, x + pixels / 2, y + pixels / 2], fill=255)
        return box, sheet.reduce(MASK_SUPERSAMPLING)

    def _grid(self, box: PixelBox) -> tuple[Float, Float]:
        x = (np.arange(box[0], box[2], dtype=np.float32) + 0.5) / self.scale + self.left
        y = (np.arange(box[1], box[3], dtype=np.float32) + 0.5) / self.scale + self.top
        return x[None, :].astype(np.float32), y[:, None].astype(np.float32)

    @staticmethod
    def _slope(mask: Image.Image, radius: float) -> tuple[Float, Float]:
        """Where the ground falls away at the mask's edges: outward x and y, about -1 to 1 at a straight edge.

        The mask is taken as a height and blurred by three box filters in floating point, at a resolution that
        suits the radius: eight bits would show as ridges.
        """
        reduction = max(1, int(radius / 2.5))
        width, height = mask.size
        pad = int(radius * 2.2) + 2 * reduction
        wide = Image.new("L", (width + 2 * pad, height + 2 * pad))
        wide.paste(mask, (pad, pad))
        small = wide.reduce(reduction) if reduction > 1 else wide
        ground = np.asarray(small, dtype=np.float32)
        # Three boxes of width w have the variance of a Gaussian: 3 (w^2 - 1) / 12 = sigma^2.
        half = max(1, round((np.sqrt(4 * (radius / reduction) ** 2 + 1) - 1) / 2))
        for _ in range(3):
            ground = _box_blur(_box_blur(ground, half).T, half).T
        unit = (radius / reduction) * 2.5066 / 255.0 / 2.0
        gx, gy = np.zeros_like(ground), np.zeros_like(ground)
        gx[:, 1:-1] = (ground[:, :-2] - ground[:, 2:]) * unit
        gy[1:-1] = (ground[:-2] - ground[2:]) * unit
        if reduction == 1:
            return gx[pad : pad + height, pad : pad + width], gy[pad : pad + height, pad : pad + width]
        frame = (pad / reduction, pad / reduction, (pad + width) / reduction, (pad + height) / reduction)
        back = [
            np.asarray(Image.fromarray(g).resize((width, height), Image.Resampling.BILINEAR, box=frame))
            for g in (gx, gy)
        ]
        return back[0], back[1]

    def _lay(
        self, box: PixelBox, mask: Image.Image, nx: NDArray, ny: NDArray, material: Material, shadow: float
    ) -> None:
        if shadow > 0:
            self._cast_shadow(box, mask, shadow * (material.opacity if material.opacity < 1 else 1.0))
        half = (TABLE_SIZE - 1) / 2
        # Dithered, since a nearly flat face crosses few cells of the table.
        dither = _DITHER[: nx.shape[0], : nx.shape[1]]
        index = (ny * half + (half + 0.5) + _DITHER.T[: nx.shape[0], : nx.shape[1]]).astype(np.int32)
        index *= TABLE_SIZE
        index += (nx * half + (half + 0.5) + dither).astype(np.int32)
        np.clip(index, 0, TABLE_SIZE * TABLE_SIZE - 1, out=index)
        pixels = shading_table(material, self.light).take(index, axis=0)
        if material.grain:
            self._grain(pixels, material)
        colour = Image.fromarray(pixels[..., :3])
        if material.opacity < 1:
            mask = Image.composite(Image.fromarray(pixels[..., 3]), Image.new("L", mask.size), mask)
        self.rgb.paste(colour, box[:2], mask)
        self.alpha.paste(255, box, mask)

    def _grain(self, pixels: NDArray[np.uint8], material: Material) -> None:
        height, width = pixels.shape[:2]
        sheet = texture(material.grain)
        lying = material.grain == "wood" and width > height
        if lying:
            sheet = sheet.T
        # Grain keeps its size on the object, not on the picture: finer sampling in close-ups.
        step = 6.4 / self.scale
        oy, ox = self.rng.integers(0, TEXTURE_SIZE, 2)
        rows, columns = _mirrored_index(height, step, oy), _mirrored_index(width, step, ox)
        factor = 128.0 * (1.0 + sheet[rows[:, None], columns[None, :]] * (material.grain_strength * 0.55))
        shaded = pixels[..., :3].astype(np.uint16) * np.clip(factor, 20, 250).astype(np.uint16)[..., None] // 128
        pixels[..., :3] = np.minimum(shaded, 255)

    def _cast_shadow(self, box: PixelBox, mask: Image.Image, strength: float) -> None:
        blur = 1.1 * self.scale
        pad = int(blur * 2)
        dx, dy = round(-0.5 * self.light.side * self.scale), round(0.9 * self.scale)
        spread = Image.new("L", (mask.size[0] + 2 * pad, mask.size[1] + 2 * pad))
        spread.paste(mask, (pad, pad))
        spread = spread.resize((max(1, spread.size[0] // 4), max(1, spread.size[1] // 4)), Image.Resampling.BOX)
        spread = spread.filter(ImageFilter.GaussianBlur(blur / 4))
        spread = spread.resize((mask.size[0] + 2 * pad, mask.size[1] + 2 * pad), Image.Resampling.BILINEAR)
        x, y = box[0] - pad + dx, box[1] - pad + dy
        self._tint((x, y, x + spread.size[0], y + spread.size[1]), spread, (0, 0, 0), strength)

    def _tint(self, box: PixelBox, mask: Image.Image, colour: Colour, strength: float) -> None:
        """Blend a colour over what is there, without changing what is covered."""
        x0, y0, x1, y1 = max(0, box[0]), max(0, box[1]), min(self.size[0], box[2]), min(self.size[1], box[3])
        if x1 <= x0 or y1 <= y0:
            return
        cut = mask.crop((x0 - box[0], y0 - box[1], x1 - box[0], y1 - box[1]))
        if strength < 1:
            cut = Image.blend(Image.new("L", cut.size), cut, strength)
        if colour == (0, 0, 0):
            # Premultiplied colours darken towards black wherever they are, so no cover is needed.
            self.rgb.paste(colour, (x0, y0, x1, y1), cut)
            return
        cover = self.alpha.crop((x0, y0, x1, y1))
        if cover.getextrema()[0] == 255:
            self.rgb.paste(colour, (x0, y0, x1, y1), cut)
            return
        target = ImageChops.multiply(Image.new("RGB", cover.size, colour), Image.merge("RGB", [cover] * 3))
        self.rgb.paste(target, (x0, y0), cut)


def _mirrored_index(count: int, step: float, offset: int) -> NDArray[np.int32]:
    """Places in a texture that runs to its edge and back again, so that no seam shows."""
    place = ((np.arange(count) * step).astype(np.int32) + offset) % (2 * TEXTURE_SIZE)
    return np.minimum(place, 2 * TEXTURE_SIZE - 1 - place)


def _box_blur(ground: Float, half: int) -> Float:
    """Mean over 2 * half + 1 rows, the ground beyond the edges being 0."""
    window = 2 * half + 1
    sums = np.zeros((ground.shape[0] + window, ground.shape[1]), dtype=np.float32)
    sums[half + 1 : half + 1 + ground.shape[0]] = ground
    np.cumsum(sums, axis=0, out=sums)
    # The last rows of the running sum stay at the total.
    return (sums[window:] - sums[:-window]) / window
