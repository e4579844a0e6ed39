"""Images in a grid, as a PNG."""

from __future__ import annotations

import math
import os
import struct
import zlib
from pathlib import Path

import numpy as np


class Sheet:
    """Images (n,C,H,W) in a grid of `columns` (0: nearly square), each pixel enlarged to `scale` x `scale`; a notebook shows it as a
    picture."""

    def __init__(self, images: np.ndarray, columns: int = 0, gap: int = 2, scale: int = 1) -> None:
        n, c, h, w = images.shape
        columns = columns or math.ceil(math.sqrt(n))
        rows = -(-n // columns)
        self.pixels = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, c), 160, np.uint8)
        for i, image in enumerate(images):
            top, left = i // columns * (h + gap), i % columns * (w + gap)
            self.pixels[top : top + h, left : left + w] = image.transpose(1, 2, 0)
        self.pixels = self.pixels.repeat(scale, 0).repeat(scale, 1)
        """(H,W,C)"""

    def __repr__(self) -> str:
        h, w, c = self.pixels.shape
        return f"<Sheet {w} x {h}, {'grey' if c == 1 else 'colour'}>"

    def png(self) -> bytes:
        h, w, c = self.pixels.shape
        rows = np.zeros((h, 1 + w * c), np.uint8)  # each row starts with its filter type, 0: none
        rows[:, 1:] = self.pixels.reshape(h, w * c)

        def chunk(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        head = struct.pack(">IIBBBBB", w, h, 8, 0 if c == 1 else 2, 0, 0, 0)
        data = zlib.compress(rows.tobytes(), 9)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")

    _repr_png_ = png

    def save(self, file: str | os.PathLike[str]) -> None:
        Path(file).write_bytes(self.png())
