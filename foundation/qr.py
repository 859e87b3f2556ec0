"""A text as a QR code, drawn as one path of an SVG."""

from __future__ import annotations

from dataclasses import dataclass

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

MARGIN = 4  # squares, which readers need round the code (ISO/IEC 18004, 9.1)


@dataclass(frozen=True)
class QrPicture:
    """``path`` draws the dark squares, each one unit wide; ``size`` is the width of the whole."""

    path: str
    size: int


def draw_qr(text: str) -> QrPicture:
    code: QRCode = QRCode(border=MARGIN, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    dark = (
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return QrPicture("".join(dark), len(rows))
