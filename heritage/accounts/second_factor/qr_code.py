"""A QR code as the path of an SVG drawing, which a page may hold under our Content-Security-Policy. Pure."""

from dataclasses import dataclass

import qrcode

QUIET = 4  # cells of white around it, without which readers may miss it (ISO/IEC 18004)


@dataclass(frozen=True)
class QrCode:
    """`path`: dark cells in the units of a square of `size` cells, the quiet zone included."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The code of `text`; neighbouring dark cells of a row are one rectangle."""
    code = qrcode.QRCode(border=QUIET)
    code.add_data(text)
    code.make(fit=True)
    cells: list[list[bool]] = code.get_matrix()
    parts = []
    for y, row in enumerate(cells):
        x = 0
        while x < len(row):
            length = 0
            while x + length < len(row) and row[x + length]:
                length += 1
            if length:
                parts.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length or 1
    return QrCode(size=len(cells), path="".join(parts))
