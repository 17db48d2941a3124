"""The drawing has the cells of the code, and white around it."""

import re

import pytest
import qrcode

from heritage.accounts.second_factor.qr_code import QUIET, qr_code


def cells_of(path: str, size: int) -> list[list[bool]]:
    """What the drawing covers."""
    cells = [[False] * size for _ in range(size)]
    rectangles = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path)
    assert "".join(f"M{x} {y}h{length}v1h-{back}z" for x, y, length, back in rectangles) == path
    for x, y, length, back in rectangles:
        assert length == back
        for at in range(int(x), int(x) + int(length)):
            cells[int(y)][at] = True
    return cells


@pytest.mark.parametrize("text", ["otpauth://totp/a:b?secret=JBSWY3DPEHPK3PXP&issuer=a", "é" * 200, "1"])
def test_the_drawing_is_the_code(text: str) -> None:
    drawn = qr_code(text)
    code = qrcode.QRCode(border=QUIET)
    code.add_data(text)
    assert cells_of(drawn.path, drawn.size) == code.get_matrix()
    rim = [row[:QUIET] + row[-QUIET:] for row in cells_of(drawn.path, drawn.size)]
    assert not any(map(any, rim))
