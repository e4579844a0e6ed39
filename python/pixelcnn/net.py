"""A net: what it draws and how likely images are."""

from __future__ import annotations

import contextlib
import ctypes
import difflib
import math
import os
import threading
from types import TracebackType
from typing import Callable, Iterator, Mapping, NoReturn, Sequence, Union

import numpy as np

from .asker import Asker
from .data import class_numbers, need_bytes
from .library import (DIMS, GREEDY, LARGEST, Bytes, Cancel, Draw, Packed, Packing, PixelCNNError, PixelCNNValueError, c_text, check,
                      counted, integer, library, real)
from .shipped import find_net

Label = Union[None, int, str, Sequence[int], Sequence[float], Sequence[str], np.ndarray]


def _drawing(seed: int, first: int, temperature: float, guidance: float) -> Draw:
    """Temperature 0 becomes the library's GREEDY, as its own 0 means the default."""
    temperature = real("temperature", temperature, 0, 100)
    return Draw(
        integer("seed {}", seed, 0, 2**64 - 1),
        integer("first {}", first, 0, LARGEST),
        temperature if temperature > 0 else GREEDY,
        real("guidance", guidance, -1, 100),
    )


def _address(array: np.ndarray | None) -> int | None:
    return None if array is None else array.ctypes.data


def _bytes(data: bytes) -> Bytes:
    """They stay where they are as long as the result is held."""
    held = np.frombuffer(data, np.uint8)
    where = Bytes(_address(held), len(held))
    where.held = held  # type: ignore[attr-defined]
    return where


class PixelCNN:
    """A net from a cfg and the weights that were trained with it, or one that ships: PixelCNN("fashion").

    batch: images that nll() passes through the net at once (0: 16); affects memory and speed, not results.

    It holds the library's memory, and so cannot be copied or pickled. In a process that was forked after the library had
    been used, it cannot be used either: load it there, in a process that multiprocessing started by "spawn".
    """

    def __init__(self, cfg: str | os.PathLike[str], weights: str | os.PathLike[str] | None = None, batch: int = 0) -> None:
        batch = integer("batch {}", batch, 0, 65536)
        files = map(c_text, ("cfg", "weights"), find_net(cfg, weights))
        self._start(library.pixelcnn_load(*files, batch))

    @classmethod
    def from_bytes(cls, cfg: str, weights: bytes, batch: int = 0, names: Sequence[str] = ()) -> PixelCNN:
        """From the text of a cfg and the content of a weights file. names: of the classes."""
        batch = integer("batch {}", batch, 0, 65536)
        net = cls.__new__(cls)
        text, content = c_text("cfg", cfg.encode()), bytes(weights)
        net._start(library.pixelcnn_load_memory(text, content, len(content), batch))
        if names:
            net.names = names
        return net

    def _start(self, net: int | None) -> None:
        self._lock = threading.Lock()  # makes close() wait for calls of other threads
        self._process = os.getpid()
        self._net = net
        check(net is None)
        self._asker = Asker()
        self._c_asker = Cancel(self._asker)  # the library keeps its address
        check(library.pixelcnn_on_cancel(net, self._c_asker, None))
        self.channels: int = library.pixelcnn_channels(net)
        self.height: int = library.pixelcnn_height(net)
        self.width: int = library.pixelcnn_width(net)
        self.levels: int = library.pixelcnn_levels(net)
        self.classes: int = library.pixelcnn_classes(net)
        """Numbers per label; 0: the net takes no labels."""
        self.attributes: bool = library.pixelcnn_attributes(net) == 1
        """True if a label is a vector of any numbers instead of a class."""

    @property
    def names(self) -> list[str]:
        """The names of the classes, from the file beside the weights; [] if there are none. save() writes them."""
        with self._held():
            if self._net is None or not self.classes or self.attributes:
                return []
            named = [library.pixelcnn_class_name(self._net, k) for k in range(self.classes)]
        return [] if None in named else [name.decode(errors="surrogateescape") for name in named]

    @names.setter
    def names(self, names: Sequence[str]) -> None:
        names = list(names)
        if names and len(names) != self.classes:
            raise PixelCNNValueError(f"{counted(len(names), 'name')}: this net has {counted(self.classes, 'class')}")
        encoded = [c_text("name", name.encode(errors="surrogateescape")) for name in names]
        self._call("name_classes", (ctypes.c_char_p * len(encoded))(*encoded) if encoded else None)

    @property
    def cancel(self) -> Callable[[], object] | None:
        """A function that calls of this net ask about every 50 ms, or after each batch of images that they score, on the
        calling thread; true ends the call with PixelCNNCancelled. It must not use the library. Ctrl-C does the same without it, with KeyboardInterrupt."""
        return self._asker.cancel

    @cancel.setter
    def cancel(self, function: Callable[[], object] | None) -> None:
        self._asker.cancel = function

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
            library.pixelcnn_free(self._net)
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
        return f"<PixelCNN {c} x {h} x {w}, {self.levels} levels, {counted(self.classes, 'class')}>"

    def _held(self) -> contextlib.AbstractContextManager[object]:
        """The lock, but not in a forked process: all calls fail there, and it may be held forever."""
        return contextlib.nullcontext() if self._process != os.getpid() else self._lock

    def _call(self, function: str, *arguments: object) -> None:
        with self._held():
            if self._net is None:
                raise PixelCNNError("the net is closed")
            with self._asker.listening():
                failed = getattr(library, "pixelcnn_" + function)(self._net, *arguments)
            if self._asker.raised is not None:
                raise self._asker.raised
            check(failed)

    def labels(self, label: Label, n: int) -> np.ndarray | None:
        """The labels of n images as float32 (n,K); None stays None."""
        n = integer("{} images", n, 1, LARGEST)
        if label is None:
            return None
        if not self.classes:
            raise PixelCNNError("this net has no [label_embed]: omit label")
        if not isinstance(label, (int, str, np.integer)):
            label = class_numbers(label, self.names)
        if isinstance(label, (int, np.integer)):
            label = str(int(label))
        if isinstance(label, str):
            labels = np.empty((n, self.classes), np.float32)
            self._call("labels", c_text("label", label.encode()), n, _address(labels))
            return labels
        array = np.asarray(label)
        if array.ndim == 1 and np.issubdtype(array.dtype, np.integer) and not self.attributes:
            return self._one_hot(array, n)
        if array.shape not in ((self.classes,), (n, self.classes)):
            expected = f"({self.classes},), ({n}, {self.classes})" + ("" if self.attributes else f", or {counted(n, 'class')}")
            raise PixelCNNValueError(f"labels of shape {array.shape}: expected {expected}")
        return np.ascontiguousarray(np.broadcast_to(array, (n, self.classes)), np.float32)

    def _one_hot(self, classes: np.ndarray, n: int) -> np.ndarray:
        """Integers are classes, even if there are as many of them as numbers in a label."""
        if len(classes) != n:
            hint = "; write weights as floats" if len(classes) == self.classes else ""
            raise PixelCNNValueError(f"{counted(len(classes), 'class')} for {counted(n, 'image')}: expected one each{hint}")
        if not (0 <= classes.min() and classes.max() < self.classes):
            raise PixelCNNValueError(f"classes {classes.min()} to {classes.max()}: expected 0 to {self.classes - 1}")
        return np.eye(self.classes, dtype=np.float32)[classes]

    def _images(self, images: np.ndarray) -> np.ndarray:
        images = np.asarray(images)
        need_bytes("images", images)
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
        n = integer("{} images", n, 1, LARGEST)
        draw = _drawing(seed, first, temperature, guidance)
        labels = self.labels(label, n)
        images = np.empty((n, *self.shape), np.uint8)
        self._call("sample", n, _address(labels), draw, _address(images))
        return images

    def stream(
        self,
        n: int,
        label: Label = None,
        *,
        batch: int = 64,
        seed: int = 0,
        first: int = 0,
        temperature: float = 1.0,
        guidance: float = 0.0,
    ) -> Iterator[np.ndarray]:
        """Yields the images that sample() returns, `batch` at a time, drawn as they are asked for: any number of images in the
        memory of a batch."""
        n, batch = integer("{} images", n, 1, LARGEST), integer("batch {}", batch, 1, LARGEST)
        labels = self.labels(label, n)
        for at in range(0, n, batch):
            some = min(batch, n - at)
            mine = None if labels is None else labels[at : at + some]
            yield self.sample(
                some, mine, seed=seed, first=first + at, temperature=temperature, guidance=guidance
            )

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

    def nll_values(self, images: np.ndarray, label: Label = None) -> np.ndarray:
        """The same of each value given those before it (rows, then columns, then channels): float64 (n,C,H,W). Its sum over an
        image is nll(); .sum(1) has the nats of each pixel."""
        images = self._images(images)
        labels = self.labels(label, len(images))
        nats = np.empty(images.shape)
        self._call("nll_values", len(images), _address(images), _address(labels), _address(nats))
        return nats

    def logits(self, images: np.ndarray, label: Label = None) -> np.ndarray:
        """The logits of each value given those before it, float32 (n,C,L,H,W): softmax over axis 2 is the distribution of its
        level. Without label: only of a net without labels."""
        images = self._images(images)
        labels = self.labels(label, len(images))
        n, c, h, w = images.shape
        logits = np.empty((n, c, self.levels, h, w), np.float32)
        self._call("logits", n, _address(images), _address(labels), _address(logits))
        return logits

    def bits_per_dim(self, images: np.ndarray, label: Label = None) -> np.ndarray:
        """The same in bits per value."""
        return self.nll(images, label) / (math.prod(self.shape) * math.log(2))

    # ---- compression ----

    def compress(self, images: np.ndarray, label: Label = None, *, block: int = 0, quantise: bool = False) -> bytes:
        """The images without loss as the content of a .gpc file, which decompress() and the command read, with the same net and
        weights. Without label: under the class that takes the fewest bytes, found by evaluating each image under all. block:
        images that are decompressed together (0: about 128 KiB). quantise: accept values that are not among the net's levels."""
        images = self._images(images)
        labels = self.labels(label, len(images))
        how = Packing(integer("block {}", block, 0, 4096), bool(quantise))
        with self._held():
            if self._net is None:
                raise PixelCNNError("the net is closed")
            size = library.pixelcnn_compress_bound(self._net, len(images), how)
        check(not size)
        compressed = np.empty(size, np.uint8)
        to = Bytes(_address(compressed), size)
        self._call("compress", len(images), _address(images), _address(labels), how, to)
        return compressed[: to.size].tobytes()

    def compressed(self, data: bytes) -> Packed:
        """What compress() made: .images, their number, .block and .quantised."""
        what = Packed()
        self._call("compressed", _bytes(data), what)
        return what

    def decompress(self, data: bytes, first: int = 0, n: int | None = None) -> np.ndarray:
        """Images first .. first+n-1 of what compress() made, or all from there on: uint8 (n,C,H,W)."""
        return self._decompress(data, first, n, labelled=False)[0]

    def decompress_labelled(self, data: bytes, first: int = 0, n: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The same, and their labels, float32 (n,K)."""
        return self._decompress(data, first, n, labelled=True)

    def _decompress(self, data: bytes, first: int, n: int | None, labelled: bool) -> tuple[np.ndarray, np.ndarray]:
        first = integer("first {}", first, 0, LARGEST)
        n = max(1, self.compressed(data).images - first) if n is None else n
        n = integer("{} images", n, 1, LARGEST)
        images, labels = np.empty((n, *self.shape), np.uint8), np.empty((n, self.classes), np.float32)
        to = _address(labels) if labelled and self.classes else None
        self._call("decompress", _bytes(data), first, n, _address(images), to)
        return images, labels

    # ---- weights ----

    def _arrays(self) -> dict[str, tuple[int, tuple[int, ...]]]:
        """Number and shape of each array by name."""
        arrays, name, shape = {}, ctypes.create_string_buffer(64), (ctypes.c_int * DIMS)()
        with self._held():
            if self._net is None:
                raise PixelCNNError("the net is closed")
            for i in range(library.pixelcnn_arrays(self._net)):
                check(not library.pixelcnn_array(self._net, i, name, len(name), shape))
                arrays[name.value.decode()] = i, tuple(filter(None, shape))
        return arrays

    def weights(self) -> dict[str, np.ndarray]:
        """Copies of the weights, float32, by layer and name ("layers.4.W_l"), in the order of a weights file: the state_dict of
        pixelcnn_torch.GatedPixelCNN. docs/dev/formats.md explains them."""
        values = {}
        for name, (i, shape) in self._arrays().items():
            values[name] = np.empty(shape, np.float32)
            self._call("get_array", i, _address(values[name]))
        return values

    def set_weights(self, values: Mapping[str, np.ndarray]) -> None:
        """Replaces the weights that are given. All must be finite, and 0 where the order of colours masks them; if one is not,
        none is replaced."""
        arrays, given = self._arrays(), {}
        for name, value in values.items():
            if name not in arrays:
                meant = difflib.get_close_matches(name, arrays, 1)
                hint = f"did you mean {meant[0]}?" if meant else "weights() has their names"
                raise PixelCNNValueError(f"{name}: this net has no such array; {hint}")
            given[name] = np.ascontiguousarray(value, np.float32)
            if given[name].shape != arrays[name][1]:
                raise PixelCNNValueError(f"{name} of shape {given[name].shape}: expected {arrays[name][1]}")
        before = {name: value for name, value in self.weights().items() if name in given}
        try:
            for name, value in given.items():
                self._call("set_array", arrays[name][0], _address(value))
        except PixelCNNError:
            for name, value in before.items():
                self._call("set_array", arrays[name][0], _address(value))
            raise

    def save(self, file: str | os.PathLike[str]) -> None:
        """Writes the weights, for PixelCNN(cfg, file) and the commands: the whole file or none."""
        self._call("save", c_text("file", os.fsencode(file)))
