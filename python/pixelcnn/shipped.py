"""The nets that ship: their files by NAME, from any working folder, as the commands find them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Iterator

from .library import PixelCNNError

__all__ = ["nets"]


def _data_folders() -> Iterator[Path]:
    """Of a build tree, of an installation that this folder is in, and of the program on the path."""
    for folder in Path(__file__).resolve().parents:
        yield from (folder, folder / "share/pixelcnn")
    program = shutil.which("pixelcnn")
    if program:
        yield Path(program).resolve().parent.parent / "share/pixelcnn"


def _data() -> Path | None:
    return next((folder for folder in _data_folders() if (folder / "cfg/gated_pixelcnn.cfg").is_file()), None)


def _shipped(text: str, folder: str, suffix: str) -> str | None:
    """text: a NAME, a NAME with the suffix, or a path such as cfg/NAME.cfg."""
    name, data = text[len(folder) + 1 :] if text.startswith(folder + "/") else text, _data()
    if data is None or "/" in name or not name:
        return None
    file = data / folder / (name if name.endswith(suffix) else name + suffix)
    return str(file) if file.is_file() else None


def nets() -> list[str]:
    """The names of the nets that ship with weights: PixelCNN("fashion")."""
    data = _data()
    return sorted(file.stem for file in (data / "weights").glob("*.weights")) if data else []


def _found(path: str | os.PathLike[str], folder: str, suffix: str) -> bytes:
    """A file that is there, else one that ships under that name."""
    text = os.fspath(path)
    return os.fsencode(text if os.path.isfile(text) else _shipped(os.fsdecode(text), folder, suffix) or text)


def find_net(cfg: str | os.PathLike[str], weights: str | os.PathLike[str] | None) -> tuple[bytes, bytes]:
    """The two files of a net; without weights those that ship under the cfg's name."""
    if weights is None:
        weights = _shipped(Path(os.fsdecode(cfg)).stem, "weights", ".weights")
        if weights is None:
            known = os.path.isfile(cfg) or _shipped(os.fsdecode(cfg), "cfg", ".cfg")
            wrong = "weights are missing" if known else "no such cfg and no such net"
            raise PixelCNNError(f"{os.fsdecode(cfg)}: {wrong}; nets that ship with weights: {', '.join(nets()) or 'none found'}")
    return _found(cfg, "cfg", ".cfg"), _found(weights, "weights", ".weights")
