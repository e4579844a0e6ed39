"""Data sets from arrays, and the names of classes."""

from __future__ import annotations

import os
import struct
import tempfile
from pathlib import Path
from typing import Callable, Sequence

import numpy as np

from .library import PixelCNNValueError, counted

__all__ = ["save_dataset"]

TEST_EVERY = 10  # as of a folder of pictures: files 10, 20, ...


def need_bytes(name: str, images: np.ndarray) -> None:
    if images.dtype == np.uint8:
        return
    hint = "; of numbers from 0 to 1 pass (255 * a).round().astype(numpy.uint8)" if images.dtype.kind == "f" else ""
    raise TypeError(f"{name} of type {images.dtype}: expected uint8, values from 0 to 255{hint}")


def _images(name: str, images: object) -> np.ndarray:
    """As (n,C,H,W)."""
    array = np.asarray(images)
    need_bytes(name, array)
    if array.ndim == 3 and array.size:
        return array[:, None]
    planes = array.ndim == 4 and array.shape[1] in (1, 3)
    last = array.ndim == 4 and array.shape[3] in (1, 3)
    if planes == last or not array.size:
        both = ", not both of them" if planes and last else ""
        raise PixelCNNValueError(
            f"{name} of shape {array.shape}: expected (n,H,W), (n,C,H,W) or (n,H,W,C) with C = 1 or 3{both}"
        )
    return array if planes else array.transpose(0, 3, 1, 2)


def _labels(name: str, labels: object, n: int) -> np.ndarray:
    """Integers (n), or vectors (n,K) as floats."""
    array = np.asarray(labels)
    if array.ndim == 2 and array.shape[1] == 1 and np.issubdtype(array.dtype, np.integer):
        array = array[:, 0]
    integers = array.ndim == 1 and np.issubdtype(array.dtype, np.integer)
    if array.ndim not in (1, 2) or len(array) != n or not (integers or array.ndim == 2):
        raise PixelCNNValueError(f"{name} of type {array.dtype} and shape {array.shape}: expected {n} integers, or floats ({n},K)")
    if integers and array.min() < 0:
        raise PixelCNNValueError(f"{name}: label {array.min()}: expected 0 or more")
    if not integers and not np.isfinite(array.astype(np.float32)).all():
        raise PixelCNNValueError(f"{name}: NaN or infinity")
    return array if integers else array.astype(np.float32)


def _whole(path: Path, write: Callable[[object], object]) -> None:
    """A file that appears whole or not at all."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _idx(path: Path, array: np.ndarray) -> None:
    kind, stored = (0x0D, array.astype(">f4")) if array.dtype == np.float32 else (0x08, array.astype(np.uint8))
    header = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    _whole(path, lambda file: (file.write(header), file.write(np.ascontiguousarray(stored).tobytes())))  # type: ignore


def _save_idx(folder: Path, splits: Sequence[tuple[str, str, np.ndarray, np.ndarray | None]]) -> None:
    """All arrays are checked before the first file is written."""
    for _, _, _, labels in splits:
        if labels is not None and labels.dtype != np.float32 and labels.max() > 255:
            raise PixelCNNValueError(f"label {labels.max()}: IDX files have bytes, 0 to 255; save an .npz")
    folder.mkdir(parents=True, exist_ok=True)
    for _, name, images, labels in splits:
        grey = images.shape[1] == 1
        _idx(folder / f"{name}-images-idx{3 if grey else 4}-ubyte", images[:, 0] if grey else images)
        if labels is not None:
            _idx(folder / f"{name}-labels-idx{labels.ndim}-{'float' if labels.ndim == 2 else 'ubyte'}", labels)


def _save_npz(path: Path, splits: Sequence[tuple[str, str, np.ndarray, np.ndarray | None]]) -> None:
    arrays = {}
    for name, _, images, labels in splits:
        arrays[f"{name}_images"] = np.ascontiguousarray(images[:, 0] if images.shape[1] == 1 else images.transpose(0, 2, 3, 1))
        if labels is not None:
            arrays[f"{name}_labels"] = labels
    path.parent.mkdir(parents=True, exist_ok=True)
    _whole(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]


def save_dataset(
    path: str | os.PathLike[str],
    images: np.ndarray,
    labels: object = None,
    test_images: np.ndarray | None = None,
    test_labels: object = None,
    names: Sequence[str] | None = None,
) -> Path:
    """Writes arrays as a data set that the commands and train() read: an archive if path ends with .npz, else a folder of IDX files
    under MNIST's names.

    images: uint8 (n,H,W), (n,C,H,W) or (n,H,W,C), C = 1 or 3. labels: integers (n), or vectors (n,K) for a net with attributes=1;
    None: for a net without labels. Without test images, images 10, 20, ... become the test set, as in a folder of pictures. names: of
    the classes, in a file beside the images; training on them writes it beside the weights."""
    path, pictures = Path(path), _images("images", images)
    marks = None if labels is None else _labels("labels", labels, len(pictures))
    text = None if names is None else _names_text(names, marks)
    if test_images is None:
        if test_labels is not None:
            raise PixelCNNValueError("test_labels without test_images")
        if len(pictures) < TEST_EVERY:
            raise PixelCNNValueError(f"{counted(len(pictures), 'image')}: expected at least {TEST_EVERY}, or test_images")
        is_test = np.arange(len(pictures)) % TEST_EVERY == TEST_EVERY - 1
        pictures, tests = pictures[~is_test], pictures[is_test]
        test_marks = None if marks is None else marks[is_test]
        marks = None if marks is None else marks[~is_test]
    else:
        tests = _images("test_images", test_images)
        test_marks = None if test_labels is None else _labels("test_labels", test_labels, len(tests))
        if (marks is None) != (test_marks is None):
            raise PixelCNNValueError("labels and test_labels: expected both or neither")
        if tests.shape[1:] != pictures.shape[1:]:
            raise PixelCNNValueError(f"test_images of shape {tests.shape[1:]} each, images of {pictures.shape[1:]}")
    splits = (("train", "train", pictures, marks), ("test", "t10k", tests, test_marks))
    archive = path.suffix == ".npz"
    (_save_npz if archive else _save_idx)(path, splits)
    if text is not None:
        _whole(path.with_suffix(".names") if archive else path / "classes.names", lambda file: file.write(text))  # type: ignore
    return path


# ---- names of classes ----


def class_numbers(label: object, names: Sequence[str]) -> object:
    """Of a list of names, the list of their numbers; any other label as it is."""
    if isinstance(label, (list, tuple, np.ndarray)) and len(label) and all(isinstance(item, str) for item in label):
        return [_class_number(item, names) for item in label]
    return label


def _class_number(name: str, names: Sequence[str]) -> int:
    """Upper and lower case matter only where names differ in nothing else, as on the command line."""
    alike = [k for k, other in enumerate(names) if other.lower() == name.lower()]
    if name in names:
        return list(names).index(name)
    if len(alike) != 1:
        expected = f"expected one of {', '.join(names)}" if names else "the classes of this net have no names"
        raise PixelCNNValueError(f"label {name!r}: {expected}")
    return alike[0]


def _names_text(names: Sequence[str], labels: np.ndarray | None) -> bytes:
    """Of a file of names: one per line, a backslash as \\\\ and control characters as \\xNN."""
    if labels is None or labels.ndim != 1:
        raise PixelCNNValueError("names: only for labels that are integers")
    if any(not isinstance(name, str) or not name or "\0" in name for name in names) or len(set(names)) < len(names):
        raise PixelCNNValueError(f"names {list(names)}: expected different texts, none of them empty")
    if labels.max() >= len(names):
        raise PixelCNNValueError(f"{counted(len(names), 'name')}, and label {labels.max()}")
    escaped = ("".join(f"\\x{ord(c):02x}" if c < " " or c == "\x7f" else c for c in name.replace("\\", "\\\\")) for name in names)
    return "".join(name + "\n" for name in escaped).encode(errors="surrogateescape")
