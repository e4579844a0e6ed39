"""The shared library: where it is, its functions, and what its errors become."""

from __future__ import annotations

import ctypes
import operator
import os
from pathlib import Path

__all__ = ["PixelCNNCancelled", "PixelCNNError", "PixelCNNValueError", "set_threads", "version"]

LARGEST = 2**31 - 1  # of a C int
GREEDY = -1.0  # PIXELCNN_GREEDY
CANCELLED = -2  # PIXELCNN_CANCELLED
DIMS = 4  # PIXELCNN_DIMS


class PixelCNNError(RuntimeError):
    """An error of the library, with its one-line message."""


class PixelCNNValueError(PixelCNNError, ValueError):
    """A value out of range, or an array of the wrong shape."""


class PixelCNNCancelled(PixelCNNError):
    """A net's `cancel` function ended the call."""


class Draw(ctypes.Structure):
    _fields_ = [
        ("seed", ctypes.c_uint64),
        ("first", ctypes.c_int),
        ("temperature", ctypes.c_double),
        ("guidance", ctypes.c_double),
    ]


class Packing(ctypes.Structure):
    _fields_ = [("block", ctypes.c_int), ("quantise", ctypes.c_int)]


class Bytes(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]


class Packed(ctypes.Structure):
    _fields_ = [("images", ctypes.c_int), ("block", ctypes.c_int), ("quantised", ctypes.c_int)]

    def __repr__(self) -> str:
        return f"<Packed {self.images} images, {self.block} per block{', quantised' if self.quantised else ''}>"


Cancel = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)


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
        opened = ctypes.CDLL(_library_path())
    except OSError as error:
        raise ImportError(f"{error}; build it with `make library`, or set PIXELCNN_LIBRARY to its path") from error
    net, text, whole, array, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t
    draw, packing, packed, memory = (ctypes.POINTER(kind) for kind in (Draw, Packing, Packed, Bytes))
    for name, result, arguments in (
        ("load", net, [text, text, whole]),
        ("load_memory", net, [text, text, size, whole]),
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
        ("nll_values", whole, [net, whole, array, array, array]),
        ("logits", whole, [net, whole, array, array, array]),
        ("compress_bound", size, [net, whole, packing]),
        ("compress", whole, [net, whole, array, array, packing, memory]),
        ("compressed", whole, [net, memory, packed]),
        ("decompress", whole, [net, memory, whole, whole, array, array]),
        ("arrays", whole, [net]),
        ("array", size, [net, whole, text, size, array]),
        ("get_array", whole, [net, whole, array]),
        ("set_array", whole, [net, whole, array]),
        ("save", whole, [net, text]),
        ("class_name", text, [net, whole]),
        ("name_classes", whole, [net, ctypes.POINTER(text)]),
        ("on_cancel", whole, [net, Cancel, array]),
        ("threads", whole, [whole]),
        ("error", text, []),
        ("version", text, []),
    ):
        function = getattr(opened, "pixelcnn_" + name)
        function.restype, function.argtypes = result, arguments
    return opened


library = _open_library()


def check(failed: int) -> None:
    """Raises the library's error if a call returned other than 0."""
    if failed:
        kind = PixelCNNCancelled if failed == CANCELLED else PixelCNNError
        raise kind(library.pixelcnn_error().decode(errors="replace"))


def counted(n: int, noun: str) -> str:
    """A number with its noun: "1 class", "2 classes"."""
    return f"{n} {noun}" + ("" if n == 1 else "es" if noun.endswith("s") else "s")


def integer(what: str, value: object, lowest: int, highest: int) -> int:
    """The value as an integer in that range; ctypes would truncate it to a C int. what: "seed {}"."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{what.format(repr(value))}: expected an integer from {lowest} to {highest}") from None
    if not lowest <= number <= highest:
        raise PixelCNNValueError(f"{what.format(number)}: expected {lowest} to {highest}")
    return number


def real(name: str, value: object, lowest: float, highest: float) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} {value!r}: expected a number from {lowest} to {highest}") from None
    if not lowest <= number <= highest:
        raise PixelCNNValueError(f"{name} {number:g}: expected {lowest} to {highest}")
    return number


def c_text(name: str, text: bytes) -> bytes:
    if b"\0" in text:
        raise PixelCNNValueError(f"{name} {text!r}: contains a null byte")
    return text


def set_threads(n: int) -> None:
    """Divides the work of later calls, of all nets, among n threads; 0: OMP_NUM_THREADS, or all cores."""
    check(library.pixelcnn_threads(integer("{} threads", n, 0, 1024)))


def version() -> str:
    """The library's version."""
    return library.pixelcnn_version().decode()
