"""Draws, scores and completes images with a trained Gated PixelCNN: libpixelcnn for Python 3 with NumPy.

    from pixelcnn import PixelCNN, Sheet

    with PixelCNN("gated_pixelcnn.cfg", "gated_pixelcnn.weights") as net:
        images = net.sample(16, label=3, seed=7)        # uint8 (16,C,H,W)
        nats = net.nll(images, label=3)                 # float64 (16,)
        Sheet(images).save("threes.png")

A label is a class (3), words as after -label on the command line ("3:0.5,8:0.5"), an array of n classes, K numbers for
all images, (n,K) numbers, or None: no label.

The library is looked for at $PIXELCNN_LIBRARY, in the folders above this file (an installation, a built tree), and
where the system's loader looks. All errors of the library are PixelCNNError.
"""

from __future__ import annotations

import ctypes
import math
import os
import struct
import threading
import zlib
from pathlib import Path
from types import TracebackType
from typing import Sequence, Union

import numpy as np

__all__ = ["PixelCNN", "PixelCNNError", "Sheet"]

Label = Union[None, int, str, Sequence[int], Sequence[float], np.ndarray]


class PixelCNNError(RuntimeError):
    """What the library says is wrong, on one line."""


class _Draw(ctypes.Structure):
    _fields_ = [
        ("seed", ctypes.c_uint64),
        ("first", ctypes.c_int),
        ("temperature", ctypes.c_double),
        ("guidance", ctypes.c_double),
    ]


def _library_path() -> str:
    name = "libpixelcnn.so.0"
    if "PIXELCNN_LIBRARY" in os.environ:
        return os.environ["PIXELCNN_LIBRARY"]
    for folder in Path(__file__).resolve().parents:
        for place in (folder / name, folder / "lib" / name, folder / "build/cpu" / name):
            if place.is_file():
                return str(place)
    return name


def _open_library() -> ctypes.CDLL:
    # Threads that wait spin first; long, unless this is set before OpenMP is loaded. See docs/library.md.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        library = ctypes.CDLL(_library_path())
    except OSError as error:
        raise ImportError(f"{error}; build it with `make library`, or set PIXELCNN_LIBRARY to its path") from error
    net, text, whole, array = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p
    draw = ctypes.POINTER(_Draw)
    for name, result, arguments in (
        ("load", net, [text, text, whole]),
        ("free", None, [net]),
        ("channels", whole, [net]),
        ("height", whole, [net]),
        ("width", whole, [net]),
        ("levels", whole, [net]),
        ("classes", whole, [net]),
        ("labels", whole, [net, text, whole, array]),
        ("sample", whole, [net, whole, array, draw, array]),
        ("complete", whole, [net, whole, array, array, draw, array]),
        ("nll", whole, [net, whole, array, array, array]),
        ("error", text, []),
        ("version", text, []),
    ):
        function = getattr(library, "pixelcnn_" + name)
        function.restype, function.argtypes = result, arguments
    return library


_library = _open_library()


def _check(failed: bool) -> None:
    if failed:
        raise PixelCNNError(_library.pixelcnn_error().decode(errors="replace"))


def _address(array: np.ndarray | None) -> int | None:
    return None if array is None else array.ctypes.data


class PixelCNN:
    """A net from a cfg and the weights that were trained with it.

    batch: images that nll() passes through the net at once (0: 16); it costs memory and changes no result.
    """

    def __init__(self, cfg: str | os.PathLike[str], weights: str | os.PathLike[str], batch: int = 0) -> None:
        self._lock = threading.Lock()  # so that close() waits for what another thread does with the net
        self._net: int | None = _library.pixelcnn_load(os.fsencode(cfg), os.fsencode(weights), batch)
        _check(self._net is None)
        self.channels: int = _library.pixelcnn_channels(self._net)
        self.height: int = _library.pixelcnn_height(self._net)
        self.width: int = _library.pixelcnn_width(self._net)
        self.levels: int = _library.pixelcnn_levels(self._net)
        self.classes: int = _library.pixelcnn_classes(self._net)
        """Numbers in a label; 0: the net has none."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C,H,W) of an image."""
        return self.channels, self.height, self.width

    def close(self) -> None:
        """Frees the net, which cannot be used any more."""
        with self._lock:
            _library.pixelcnn_free(self._net)
            self._net = None

    def __enter__(self) -> PixelCNN:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_net", None) is not None:
            self.close()

    def __repr__(self) -> str:
        c, h, w = self.shape
        return f"<PixelCNN {c} x {h} x {w}, {self.levels} levels, {self.classes} classes>"

    def _call(self, function: str, *arguments: object) -> None:
        with self._lock:
            if self._net is None:
                raise PixelCNNError("the net is closed")
            _check(getattr(_library, "pixelcnn_" + function)(self._net, *arguments) != 0)

    def labels(self, label: Label, n: int) -> np.ndarray | None:
        """The labels of n images, float32 (n,K); None for None."""
        if label is None:
            return None
        if isinstance(label, (int, np.integer)):
            label = str(label)
        if isinstance(label, str):
            labels = np.empty((max(n, 0), self.classes), np.float32)
            self._call("labels", label.encode(), n, _address(labels))
            return labels
        array = np.asarray(label)
        if array.shape == (n,) and np.issubdtype(array.dtype, np.integer):
            if n and not (0 <= array.min() and array.max() < self.classes):
                raise ValueError(f"classes {array.min()} to {array.max()}: expected 0 to {self.classes - 1}")
            return np.eye(self.classes, dtype=np.float32)[array]
        if array.shape not in ((self.classes,), (n, self.classes)):
            expected = f"({self.classes},), ({n}, {self.classes}), or {n} classes"
            raise ValueError(f"labels of shape {array.shape}: expected {expected}")
        return np.ascontiguousarray(np.broadcast_to(array, (n, self.classes)), np.float32)

    def _images(self, images: np.ndarray) -> np.ndarray:
        images = np.asarray(images)
        if images.dtype != np.uint8:
            raise TypeError(f"images of type {images.dtype}: expected uint8, values from 0 to 255")
        if images.ndim == 3 and self.channels == 1:
            images = images[:, None]
        if images.ndim != 4 or images.shape[1:] != self.shape:
            raise ValueError(f"images of shape {images.shape}: expected (n, {', '.join(map(str, self.shape))})")
        return np.ascontiguousarray(images)

    def sample(
        self,
        n: int = 1,
        label: Label = None,
        *,
        seed: int = 0,
        first: int = 0,
        temperature: float = 1.0,
        guidance: float = 0.0,
    ) -> np.ndarray:
        """Draws n images, uint8 (n,C,H,W): numbers first, first+1, ... of those that the seed gives."""
        labels = self.labels(label, n)
        images = np.empty((max(n, 0), *self.shape), np.uint8)
        self._call("sample", n, _address(labels), _Draw(seed, first, temperature, guidance), _address(images))
        return images

    def complete(
        self,
        images: np.ndarray,
        mask: np.ndarray,
        label: Label = None,
        *,
        seed: int = 0,
        first: int = 0,
        temperature: float = 1.0,
        guidance: float = 0.0,
    ) -> np.ndarray:
        """New images (n,C,H,W): where mask (H,W) is true, pixels are as in `images`, in the net's levels; the others
        are drawn, in raster order: a pixel that is given after a hole does not inform the hole."""
        images = self._images(images).copy()
        given = np.ascontiguousarray(np.asarray(mask) != 0, np.uint8)
        if given.shape != self.shape[1:]:
            raise ValueError(f"mask of shape {given.shape}: expected ({self.height}, {self.width})")
        n = len(images)
        labels = self.labels(label, n)
        draw = _Draw(seed, first, temperature, guidance)
        self._call("complete", n, _address(labels), _address(given), draw, _address(images))
        return images

    def nll(self, images: np.ndarray, label: Label = None) -> np.ndarray:
        """Negative log likelihood of each image in nats, float64 (n,)."""
        images = self._images(images)
        labels = self.labels(label, len(images))
        nats = np.empty(len(images))
        self._call("nll", len(images), _address(images), _address(labels), _address(nats))
        return nats

    def bits_per_dim(self, images: np.ndarray, label: Label = None) -> np.ndarray:
        """The same in bits a value."""
        return self.nll(images, label) / (math.prod(self.shape) * math.log(2))


class Sheet:
    """Images (n,C,H,W) side by side, in rows of so many; a notebook shows it as a picture."""

    def __init__(self, images: np.ndarray, columns: int = 0, gap: int = 2) -> None:
        n, c, h, w = images.shape
        columns = columns or math.ceil(math.sqrt(n))
        rows = -(-n // columns)
        self.pixels = np.full((rows * (h + gap) - gap, columns * (w + gap) - gap, c), 160, np.uint8)
        """(H,W,C)"""
        for i, image in enumerate(images):
            top, left = i // columns * (h + gap), i % columns * (w + gap)
            self.pixels[top : top + h, left : left + w] = image.transpose(1, 2, 0)

    def png(self) -> bytes:
        h, w, c = self.pixels.shape
        rows = np.zeros((h, 1 + w * c), np.uint8)  # each starts with its filter: none
        rows[:, 1:] = self.pixels.reshape(h, w * c)

        def chunk(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        head = struct.pack(">IIBBBBB", w, h, 8, 0 if c == 1 else 2, 0, 0, 0)
        data = zlib.compress(rows.tobytes(), 9)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")

    _repr_png_ = png

    def save(self, file: str | os.PathLike[str]) -> None:
        Path(file).write_bytes(self.png())
