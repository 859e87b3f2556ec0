"""What is drawn is a QR code: read back by its own structure."""

from __future__ import annotations

import re

import pytest
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from foundation.qr import MARGIN, draw_qr

FINDER = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]


def squares(path: str) -> set[tuple[int, int]]:
    return {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path)}


@pytest.mark.parametrize("text", ["1001", "2000123456789", "AB12CD34EF56GH78JK90"])
def test_a_code_has_its_margin_and_its_three_corners(text: str) -> None:
    picture = draw_qr(text)
    dark = squares(picture.path)

    inner = range(MARGIN, picture.size - MARGIN)
    assert {x for x, _y in dark} | {y for _x, y in dark} == set(inner)
    far = picture.size - MARGIN - len(FINDER)
    for left, top in ((MARGIN, MARGIN), (far, MARGIN), (MARGIN, far)):
        seen = ["".join("01"[(left + x, top + y) in dark] for x in range(7)) for y in range(7)]
        assert seen == FINDER


def test_every_dark_square_of_the_code_is_drawn_and_no_other() -> None:
    code: QRCode = QRCode(border=MARGIN, error_correction=ERROR_CORRECT_M)
    code.add_data("2000123456789")
    wanted = {(x, y) for y, row in enumerate(code.get_matrix()) for x, on in enumerate(row) if on}
    assert squares(draw_qr("2000123456789").path) == wanted
