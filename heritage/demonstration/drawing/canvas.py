"""A canvas for solid-looking objects.

Objects are built from a few kinds of parts (turned, flat, rounded, cord-like), front to back in an
oblique projection: what lies z units behind the sheet is moved by (yaw * z, -elevation * z). A
photograph from another angle is the same drawing with another elevation and yaw. The picture is kept
with premultiplied alpha, so that it can be laid over any ground. Units: the sheet is 100 by 100.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from .materials import Colour, Material
from .outlines import Outline, ellipse, rectangle, smooth
from .sheet import MASK_SUPERSAMPLING, Float, Sheet

INK_BLACK: Colour = (12, 11, 12)


class Canvas(Sheet):
    """Lays parts over one another."""

    # --- Parts -------------------------------------------------------------------------------------------

    def turned(
        self,
        cx: float,
        profile: ArrayLike,
        material: Material,
        *,
        curved: bool = True,
        cap: Material | None = None,
        shadow: float = 0.35,
    ) -> None:
        """A body of revolution about a vertical axis at `cx`; `profile` is (y, radius) from top to bottom.

        `cap` closes the top with a flat disc of that material.
        """
        p = np.asarray(profile, dtype=float)
        if curved and len(p) > 2:
            p = smooth(p, steps=14)
            p[:, 0] = np.maximum.accumulate(p[:, 0])
        ys, rs = p[:, 0], np.maximum(p[:, 1], 0.02)
        e = self.elevation
        half = np.linspace(0, np.pi, 25)
        bottom = np.column_stack([cx + rs[-1] * np.cos(half), ys[-1] + e * rs[-1] * np.sin(half)])
        top = np.column_stack([cx - rs[0] * np.cos(half), ys[0] - e * rs[0] * np.sin(half)])
        right = np.column_stack([cx + rs, ys])
        left = np.column_stack([cx - rs[::-1], ys[::-1]])
        outline = np.vstack([right, bottom, left, top])
        box, mask = self._mask([outline])
        if mask is None:
            return
        x, y = self._grid(box)
        steps = np.linspace(ys[0] - 2, ys[-1] + 2, 512)
        radii = np.interp(steps, ys, rs)
        # Slopes are evened out over about one unit, as a turner's hand does.
        evened = max(1, round(1.0 * 511 / (steps[-1] - steps[0]))) * 2 + 1
        kernel = np.hanning(evened + 2)
        slopes = np.convolve(
            np.gradient(np.pad(radii, evened, "edge"), steps[1] - steps[0]), kernel / kernel.sum(), "same"
        )
        slopes = slopes[evened:-evened]
        height = self._height_on_profile(x, y, cx, steps, radii)
        index = np.clip((height - steps[0]) * (511 / (steps[-1] - steps[0])), 0, 511).astype(np.int32)
        radius = radii.astype(np.float32)[index]
        slope = slopes.astype(np.float32)[index]
        u = np.clip((x - cx) / np.maximum(radius, 0.05), -1, 1)
        length = np.sqrt(1 + slope * slope)
        self._lay(box, mask, u / length, np.clip(-slope, -3, 3) / length, material, shadow)
        if cap is not None:
            self.plate(ellipse(cx, ys[0], rs[0], max(e * rs[0], 0.05)), cap, facing=(0.0, -0.75), bevel=0.25, shadow=0)

    def bar(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        radius: float,
        material: Material,
        *,
        shadow: float = 0.35,
        taper: float = 1.0,
    ) -> None:
        """A round bar between two points; `taper` is the end's radius over the beginning's."""
        dx, dy = x1 - x0, y1 - y0
        length = float(np.hypot(dx, dy)) or 1e-6
        ux, uy = dx / length, dy / length
        end = radius * taper
        corners = np.array(
            [
                (x0 - uy * radius, y0 + ux * radius),
                (x0 + uy * radius, y0 - ux * radius),
                (x1 + uy * end, y1 - ux * end),
                (x1 - uy * end, y1 + ux * end),
            ]
        )
        box, mask = self._mask([corners])
        if mask is None:
            return
        x, y = self._grid(box)
        along = np.clip(((x - x0) * ux + (y - y0) * uy) / length, 0, 1)
        across = ((x - x0) * -uy + (y - y0) * ux) / (radius + (end - radius) * along)
        across = np.clip(across, -1, 1)
        self._lay(box, mask, across * -uy, across * ux, material, shadow)

    def horn(self, path: Outline, radii: Sequence[float] | NDArray, material: Material, *, shadow: float = 0.0) -> None:
        """A tube along a path, with a radius at each of its points: spouts, necks, bells."""
        ends = pairwise(zip(path.tolist(), np.asarray(radii, dtype=float).tolist(), strict=True))
        for ((x0, y0), begin), ((x1, y1), end) in ends:
            # Pieces overlap by half their length, so that bends leave no gaps.
            x2, y2 = x1 + (x1 - x0) * 0.5, y1 + (y1 - y0) * 0.5
            self.bar(x0, y0, x2, y2, begin, material, taper=end / begin, shadow=shadow)

    def band(self, cx: float, top: float, bottom: float, radius: float, material: Material) -> None:
        """A hoop, or a printed band, around the front of an upright cylinder."""
        hang = self.elevation * radius
        front = np.linspace(0, np.pi, 30)
        upper = np.column_stack([cx + radius * np.cos(front), top + hang * np.sin(front)])
        box, mask = self._mask([np.vstack([upper, upper[::-1] + np.array([0, bottom - top])])])
        if mask is None:
            return
        x, y = self._grid(box)
        across = np.broadcast_to(np.clip((x - cx) / radius, -1, 1), (y.shape[0], x.shape[1]))
        self._lay(box, mask, across, np.zeros_like(across), material, 0.1)

    def ball(self, cx: float, cy: float, rx: float, ry: float, material: Material, *, shadow: float = 0.35) -> None:
        """An ellipsoid."""
        box, mask = self._mask([ellipse(cx, cy, rx, ry)])
        if mask is None:
            return
        x, y = self._grid(box)
        nx, ny = np.broadcast_arrays((x - cx) / rx, (y - cy) / ry)
        self._lay(box, mask, nx, ny, material, shadow)

    def plate(
        self,
        outline: Outline,
        material: Material,
        *,
        bevel: float = 0.5,
        bulge: float = 0.12,
        facing: tuple[float, float] = (0.0, 0.0),
        holes: Sequence[Outline] = (),
        sunk: bool = False,
        shadow: float = 0.35,
    ) -> None:
        """A flat part with softened edges of `bevel` units; `bulge` lets the face curve a little, so that it is lit
        unevenly. `facing` is the x and y of its normal; `sunk` turns the bevel inwards."""
        box, mask = self._mask([outline], holes)
        if mask is None:
            return
        x, y = self._grid(box)
        low, high = outline.min(axis=0), outline.max(axis=0)
        centre, half = (low + high) / 2, np.maximum((high - low) / 2, 0.1)
        sign = -1.0 if sunk else 1.0
        nx = np.broadcast_to((x - centre[0]) * (sign * bulge / half[0]) + facing[0], (y.shape[0], x.shape[1]))
        ny = np.broadcast_to((y - centre[1]) * (sign * bulge / half[1]) + facing[1], nx.shape)
        if bevel * self.scale > 0.4:
            gx, gy = self._slope(mask, bevel * self.scale)
            steep = 1.7 * sign
            nx = np.clip(nx + gx * steep, -0.97, 0.97)
            ny = np.clip(ny + gy * steep, -0.97, 0.97)
        self._lay(box, mask, nx, ny, material, shadow)

    def cushion(
        self,
        outline: Outline,
        material: Material,
        *,
        roundness: float,
        holes: Sequence[Outline] = (),
        shadow: float = 0.35,
    ) -> None:
        """A part rounded over its whole width, like a moulded handset; `roundness` is about half that width."""
        box, mask = self._mask([outline], holes)
        if mask is None:
            return
        gx, gy = self._slope(mask, roundness * self.scale * 0.6)
        steep = 2.6
        nx, ny = gx * steep, gy * steep
        length = np.sqrt(1 + nx * nx + ny * ny)
        self._lay(box, mask, nx / length, ny / length, material, shadow)

    def cord(
        self, points: ArrayLike, width: float, material: Material, *, curved: bool = True, shadow: float = 0.3
    ) -> None:
        """A cord, wire or bent tube of `width` along a line."""
        p = np.asarray(points, dtype=float)
        if curved and len(p) > 2:
            p = smooth(p)
        box, mask = self._stroke(p, width)
        if mask is None:
            return
        pixels = width * self.scale
        if pixels < 2.0:
            flat = np.zeros((mask.size[1], mask.size[0]), dtype=np.float32)
            self._lay(box, mask, flat - 0.1, flat - 0.3, material, shadow)
            return
        gx, gy = self._slope(mask, pixels * 0.32)
        nx, ny = gx * 2.4, gy * 2.4
        length = np.sqrt(1 + nx * nx + ny * ny)
        self._lay(box, mask, nx / length, ny / length, material, shadow)

    def slab(
        self,
        outline: Outline,
        depth: float,
        material: Material,
        *,
        bevel: float = 0.5,
        bulge: float = 0.12,
        face: Material | None = None,
        shadow: float = 0.35,
    ) -> None:
        """A flat part with thickness: its sides run `depth` units to the back, as far as they can be seen."""
        sx, sy = self.yaw * depth, -self.elevation * depth
        area = np.sum(outline[:, 0] * np.roll(outline[:, 1], -1) - np.roll(outline[:, 0], -1) * outline[:, 1])
        if area < 0:
            outline = outline[::-1]
        after = np.roll(outline, -1, axis=0)
        edge = after - outline
        length = np.maximum(np.hypot(edge[:, 0], edge[:, 1]), 1e-9)
        nx, ny = edge[:, 1] / length, -edge[:, 0] / length
        seen = nx * sx + ny * sy > 1e-6
        lying = np.abs(ny) >= np.abs(nx)
        for part in (seen & ~lying, seen & lying):
            for first, last in _runs(part) if part.any() else []:
                run = np.arange(first, last) % len(outline)
                side = np.vstack([outline[run], after[run[-1:]]])
                quad = np.vstack([side, side[::-1] + np.array([sx, sy])])
                box, mask = self._mask([quad])
                if mask is None:
                    continue
                x, y = self._grid(box)
                edges = self._edge_under(x, y, outline[run] + (sx / 2, sy / 2), after[run] + (sx / 2, sy / 2))
                self._lay(box, mask, nx[run][edges] * 0.9, ny[run][edges] * 0.9, material, 0.0)
        self.plate(outline, face or material, bevel=bevel, bulge=bulge, shadow=shadow)

    def box(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        depth: float,
        material: Material,
        *,
        radius: float = 0.5,
        bevel: float = 0.5,
        face: Material | None = None,
        shadow: float = 0.35,
    ) -> None:
        """A box whose front is the rectangle."""
        self.slab(rectangle(x0, y0, x1, y1, radius), depth, material, bevel=bevel, face=face, shadow=shadow)

    # --- Surface -----------------------------------------------------------------------------------------

    def paint(self, outline: Outline, colour: Colour, strength: float = 1.0, *, holes: Sequence[Outline] = ()) -> None:
        """Colour on what is already there, keeping to it: prints, dials, stains."""
        box, mask = self._mask([outline], holes)
        if mask is not None:
            self._tint(box, mask, colour, strength)

    def dots(self, centres: ArrayLike, radius: float, colour: Colour = INK_BLACK, strength: float = 0.9) -> None:
        """Many small round marks at once: perforations, rivets, pin holes."""
        places = np.asarray(centres, dtype=float)
        box, mask = self._mask([ellipse(x, y, radius, points=12) for x, y in places])
        if mask is not None:
            self._tint(box, mask, colour, strength)

    def line(self, points: ArrayLike, width: float, colour: Colour, strength: float = 1.0) -> None:
        """A drawn line on what is already there."""
        box, mask = self._stroke(np.asarray(points, dtype=float), width)
        if mask is not None:
            self._tint(box, mask, colour, strength)

    def hollow(
        self, outline: Outline, *, depth: float = 1.2, strength: float = 0.85, colour: Colour = (6, 6, 7)
    ) -> None:
        """A recess: dark, darkest under its upper edge."""
        box, mask = self._mask([outline])
        if mask is None:
            return
        self._tint(box, mask, colour, strength)
        rim = Image.new("L", mask.size)
        rim.paste(mask, (0, max(1, round(depth * self.scale * 0.3))))
        rim = Image.composite(
            Image.new("L", mask.size), mask, rim.filter(ImageFilter.GaussianBlur(depth * self.scale * 0.3))
        )
        self._tint(box, rim, (0, 0, 0), 0.5)

    def glow(self, cx: float, cy: float, radius: float, colour: Colour, strength: float) -> None:
        """Light spilling from a lamp or valve onto what is there."""
        box, mask = self._mask([ellipse(cx, cy, radius * 0.6)], pad=radius)
        if mask is not None:
            self._tint(box, mask.filter(ImageFilter.GaussianBlur(radius * self.scale * 0.3)), colour, strength)

    def letters(
        self, cx: float, cy: float, text: str, height: float, colour: Colour, *, strength: float = 0.9, width: float = 0
    ) -> None:
        """Lettering centred on a point, `height` units tall; `width`, where given, is the most it may take."""
        size = height * self.scale
        if size < 3 or not text:
            return
        font = ImageFont.load_default(size * MASK_SUPERSAMPLING)
        x0, y0, x1, y1 = font.getbbox(text)
        tall, wide = max(1, round(y1 - y0)), max(1, round(x1 - x0))
        sheet = Image.new("L", (wide, tall))
        ImageDraw.Draw(sheet).text((-x0, -y0), text, fill=255, font=font)
        w, h = wide / MASK_SUPERSAMPLING, tall / MASK_SUPERSAMPLING
        if width and w > width * self.scale:
            h, w = h * width * self.scale / w, width * self.scale
        mask = sheet.resize((max(1, round(w)), max(1, round(h))), Image.Resampling.BOX)
        left = round((cx - self.left) * self.scale - w / 2)
        top = round((cy - self.top) * self.scale - h / 2)
        self._tint((left, top, left + mask.size[0], top + mask.size[1]), mask, colour, strength)

    def wear(self, amount: float) -> None:
        """Age of one specimen: dust, darkened patches and scratches, `amount` from 0 to 1."""
        box = self.alpha.getbbox()
        if box is None:
            return
        rng, (width, height) = self.rng, (box[2] - box[0], box[3] - box[1])
        grid = rng.normal(0, 1, (height // 48 + 2, width // 48 + 2)).astype(np.float32)
        spots = Image.fromarray(np.clip(grid * 60 + 20, 0, 255).astype(np.uint8))
        self._tint(box, spots.resize((width, height), Image.Resampling.BICUBIC), (38, 28, 18), 0.42 * amount)
        scratches = Image.new("L", (width, height))
        pen = ImageDraw.Draw(scratches)
        for _ in range(int(18 * amount)):
            x, y = rng.uniform(0, width), rng.uniform(0, height)
            angle, reach = rng.uniform(0, np.pi), rng.uniform(0.6, 5.0) * self.scale
            pen.line([x, y, x + reach * np.cos(angle), y + reach * np.sin(angle)], fill=int(rng.uniform(60, 170)))
        self._tint(box, scratches, (226, 220, 208), 0.5 * amount)

    # --- Geometry ---

    def _height_on_profile(self, x: Float, y: Float, cx: float, steps: NDArray, radii: NDArray) -> Float:
        """The height, on the axis of a body of revolution, of the circle that each pixel shows.

        The front of a circle of radius r hangs up to elevation * r below its sides, so each column is the
        inverse of height + elevation * sqrt(r^2 - dx^2); columns in between are interpolated.
        """
        columns = x[0, ::4] if x.shape[1] > 8 else x[0]
        shown = np.empty((y.shape[0], len(columns)), dtype=np.float32)
        coarse, radius = steps[::3], radii[::3]
        for index, column in enumerate(columns):
            reach = np.sqrt(np.maximum(radius * radius - (column - cx) ** 2, 0.0))
            shown[:, index] = np.interp(y[:, 0], np.maximum.accumulate(coarse + self.elevation * reach), coarse)
        if len(columns) == x.shape[1]:
            return shown
        wide = Image.fromarray(shown).resize((len(columns) * 4, y.shape[0]), Image.Resampling.BILINEAR)
        return np.asarray(wide)[:, : x.shape[1]]

    @staticmethod
    def _edge_under(x: Float, y: Float, begins: NDArray, ends: NDArray) -> NDArray[np.intp]:
        """Which edge of a run each pixel belongs to, by its place along the run's longer extent."""
        shape = (y.shape[0], x.shape[1])
        spread = np.ptp(np.vstack([begins, ends]), axis=0)
        axis = 0 if spread[0] >= spread[1] else 1
        starts = np.minimum(begins[:, axis], ends[:, axis])
        order = np.argsort(starts)
        places = x[0] if axis == 0 else y[:, 0]
        under = order[np.clip(np.searchsorted(starts[order], places, side="right") - 1, 0, len(order) - 1)]
        return np.broadcast_to(under[None, :] if axis == 0 else under[:, None], shape)


def _runs(seen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of consecutive True around a ring, as (first, last exclusive); last may pass the ring's length."""
    n = len(seen)
    if seen.all():
        return [(0, n)]
    start = int(np.argmin(seen))
    runs, first = [], None
    for step in range(1, n + 1):
        here = bool(seen[(start + step) % n])
        if here and first is None:
            first = start + step
        if not here and first is not None:
            runs.append((first, start + step))
            first = None
    if first is not None:
        runs.append((first, start + n + 1))
    return runs
