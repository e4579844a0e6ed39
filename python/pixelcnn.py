"""Draw, score and complete images with a trained Gated PixelCNN: libpixelcnn for Python 3 with NumPy.

    from pixelcnn import PixelCNN, Sheet

    with PixelCNN("gated_pixelcnn.cfg", "gated_pixelcnn.weights") as net:
        images = net.sample(16, label=3, seed=7)        # uint8 (16,C,H,W)
        nats = net.nll(images, label=3)                 # float64 (16,)
        Sheet(images).save("threes.png")

A label is
  3               a class for all images
  [3, 8, 8]       integers: one class per image
  [0.5, 0.5]      K floats for all images: class weights that sum to 1
  array (n,K)     K floats per image
  "3:0.5,8:0.5"   text as for -label on the command line; "none": no label, for nets trained with label dropout
  None            sampling: each class in turn; scoring: p(x), the mean over the classes
A net with attributes=1 in its [label_embed] has no classes: its labels are any K numbers, and are required.

The library is searched at $PIXELCNN_LIBRARY, in the folders above this file (an installation or a build tree), and on the system loader's path. Errors of the library raise PixelCNNError; a value out of range is also a ValueError, and a value of the wrong type raises TypeError.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import operator
import os
import struct
import threading
import zlib
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Sequence, Union

import numpy as np

__all__ = ["PixelCNN", "PixelCNNError", "PixelCNNValueError", "Sheet"]

Label = Union[None, int, str, Sequence[int], Sequence[float], np.ndarray]


_LARGEST = 2**31 - 1  # of a C int
_GREEDY = -1.0  # PIXELCNN_GREEDY


class PixelCNNError(RuntimeError):
    """An error of the library, with its one-line message."""


class PixelCNNValueError(PixelCNNError, ValueError):
    """A value out of range, or an array of the wrong shape."""


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
    # Waiting threads spin first, and for long unless this is set before OpenMP is loaded. See docs/library.md.
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
        ("attributes", whole, [net]),
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


def _integer(what: str, value: object, lowest: int, highest: int) -> int:
    """The value as an integer in that range; ctypes would truncate it to a C int. what: "seed {}"."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{what.format(repr(value))}: expected an integer from {lowest} to {highest}") from None
    if not lowest <= number <= highest:
        raise PixelCNNValueError(f"{what.format(number)}: expected {lowest} to {highest}")
    return number


def _number(name: str, value: object, lowest: float, highest: float) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} {value!r}: expected a number from {lowest} to {highest}") from None
    if not lowest <= number <= highest:
        raise PixelCNNValueError(f"{name} {number:g}: expected {lowest} to {highest}")
    return number


def _drawing(seed: int, first: int, temperature: float, guidance: float) -> _Draw:
    """Temperature 0 becomes the library's GREEDY, as its own 0 means the default."""
    temperature = _number("temperature", temperature, 0, 100)
    return _Draw(
        _integer("seed {}", seed, 0, 2**64 - 1),
        _integer("first {}", first, 0, _LARGEST),
        temperature if temperature > 0 else _GREEDY,
        _number("guidance", guidance, -1, 100),
    )


def _text(name: str, text: bytes) -> bytes:
    if b"\0" in text:
        raise PixelCNNValueError(f"{name} {text!r}: contains a null byte")
    return text


def _address(array: np.ndarray | None) -> int | None:
    return None if array is None else array.ctypes.data


class PixelCNN:
    """A net from a cfg and the weights that were trained with it.

    batch: images that nll() passes through the net at once (0: 16); affects memory and speed, not results.

    It holds the library's memory, and so cannot be copied or pickled. In a process that was forked after the library had
    been used, it cannot be used either: load it there, in a process that multiprocessing started by "spawn".
    """

    def __init__(self, cfg: str | os.PathLike[str], weights: str | os.PathLike[str], batch: int = 0) -> None:
        self._lock = threading.Lock()  # makes close() wait for calls of other threads
        self._process = os.getpid()
        batch = _integer("batch {}", batch, 0, 65536)
        files = _text("cfg", os.fsencode(cfg)), _text("weights", os.fsencode(weights))
        self._net: int | None = _library.pixelcnn_load(*files, batch)
        _check(self._net is None)
        self.channels: int = _library.pixelcnn_channels(self._net)
        self.height: int = _library.pixelcnn_height(self._net)
        self.width: int = _library.pixelcnn_width(self._net)
        self.levels: int = _library.pixelcnn_levels(self._net)
        self.classes: int = _library.pixelcnn_classes(self._net)
        """Numbers per label; 0: the net takes no labels."""
        self.attributes: bool = _library.pixelcnn_attributes(self._net) == 1
        """True if a label is a vector of any numbers instead of a class."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C,H,W) of an image."""
        return self.channels, self.height, self.width

    def close(self) -> None:
        """Frees the net; it cannot be used afterwards."""
        if self._process != os.getpid():  # forked: a thread that does not exist here may hold the lock
            self._net = None
            return
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

    def __reduce__(self) -> NoReturn:
        raise TypeError("a PixelCNN cannot be copied or pickled: load it again from its cfg and weights")

    def __repr__(self) -> str:
        c, h, w = self.shape
        return f"<PixelCNN {c} x {h} x {w}, {self.levels} levels, {self.classes} classes>"

    def _call(self, function: str, *arguments: object) -> None:
        forked = self._process != os.getpid()  # all calls fail there, and the lock may be held forever
        with contextlib.nullcontext() if forked else self._lock:
            if self._net is None:
                raise PixelCNNError("the net is closed")
            _check(getattr(_library, "pixelcnn_" + function)(self._net, *arguments) != 0)

    def labels(self, label: Label, n: int) -> np.ndarray | None:
        """The labels of n images as float32 (n,K); None stays None."""
        n = _integer("{} images", n, 1, _LARGEST)
        if label is None:
            return None
        if not self.classes:
            raise PixelCNNError("this net has no [label_embed]: omit label")
        if isinstance(label, (int, np.integer)):
            label = str(int(label))
        if isinstance(label, str):
            labels = np.empty((n, self.classes), np.float32)
            self._call("labels", _text("label", label.encode()), n, _address(labels))
            return labels
        array = np.asarray(label)
        if array.ndim == 1 and np.issubdtype(array.dtype, np.integer) and not self.attributes:
            return self._one_hot(array, n)
        if array.shape not in ((self.classes,), (n, self.classes)):
            expected = f"({self.classes},), ({n}, {self.classes})" + ("" if self.attributes else f", or {n} classes")
            raise PixelCNNValueError(f"labels of shape {array.shape}: expected {expected}")
        return np.ascontiguousarray(np.broadcast_to(array, (n, self.classes)), np.float32)

    def _one_hot(self, classes: np.ndarray, n: int) -> np.ndarray:
        """Integers are classes, even if there are as many of them as numbers in a label."""
        if len(classes) != n:
            hint = "; write weights as floats" if len(classes) == self.classes else ""
            raise PixelCNNValueError(f"{len(classes)} classes for {n} images: expected one each{hint}")
        if not (0 <= classes.min() and classes.max() < self.classes):
            raise PixelCNNValueError(f"classes {classes.min()} to {classes.max()}: expected 0 to {self.classes - 1}")
        return np.eye(self.classes, dtype=np.float32)[classes]

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
        """Draws n images, uint8 (n,C,H,W): images first .. first+n-1 of the seed. temperature 0: always
        the likeliest value. Without label, each class in turn: image i has class i modulo the number of classes."""
        n = _integer("{} images", n, 1, _LARGEST)
        draw = _drawing(seed, first, temperature, guidance)
        labels = self.labels(label, n)
        images = np.empty((n, *self.shape), np.uint8)
        self._call("sample", n, _address(labels), draw, _address(images))
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
        """Returns new images (n,C,H,W): where mask (H,W) is true, pixels are those of `images`, in the net's levels; the
        others are drawn in raster order. A given pixel does not influence pixels before it."""
        images = self._images(images).copy()
        given = np.ascontiguousarray(np.asarray(mask) != 0, np.uint8)
        if given.shape != self.shape[1:]:
            raise ValueError(f"mask of shape {given.shape}: expected ({self.height}, {self.width})")
        n = len(images)
        draw = _drawing(seed, first, temperature, guidance)
        labels = self.labels(label, n)
        self._call("complete", n, _address(labels), _address(given), draw, _address(images))
        return images

    def nll(self, images: np.ndarray, label: Label = None) -> np.ndarray:
        """The negative log likelihood of each image in nats, float64 (n,). Without label: of p(x), the mean over the
        classes of p(x | class), which takes K times as long."""
        images = self._images(images)
        labels = self.labels(label, len(images))
        nats = np.empty(len(images))
        self._call("nll", len(images), _address(images), _address(labels), _address(nats))
        return nats

    def bits_per_dim(self, images: np.ndarray, label: Label = None) -> np.ndarray:
        """The same in bits per value."""
        return self.nll(images, label) / (math.prod(self.shape) * math.log(2))


class Sheet:
    """Images (n,C,H,W) in a grid of `columns` (0: nearly square); a notebook shows it as a picture."""

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
