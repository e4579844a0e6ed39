"""Training: runs the command `pixelcnn train` and passes on what it logs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

from .library import PixelCNNError

__all__ = ["Step", "Training", "train"]

NOT_PASSED = {"log": "on_step gets its lines", "gpus": "run the command itself", "json": "train returns the files"}


@dataclass(frozen=True)
class Step:
    """A line of the log: an iteration, or a validation, which has no bits_per_dim and rate."""

    iteration: int
    images: int
    """Seen so far."""
    seconds: float
    """Of training, with those before a resume."""
    bits_per_dim: float | None
    rate: float | None
    validation: float | None
    """Bits/dim of the held-out images."""


@dataclass(frozen=True)
class Training:
    """What training has written."""

    cfg: Path
    final: Path
    """The weights at the end; missing if training was stopped."""
    best: Path
    """The weights of the best validation."""
    last: Path
    """The checkpoint, from which the same call resumes."""
    stopped: bool
    """on_step stopped it."""


def program() -> list[str]:
    """The command: $PIXELCNN_PROGRAM, `darknet` in the folders above (a build tree), `pixelcnn` in those (an installation) or on the
    path."""
    if "PIXELCNN_PROGRAM" in os.environ:
        found = os.environ["PIXELCNN_PROGRAM"]
        return [found] if Path(found).name == "pixelcnn" else [found, "pixelcnn"]
    for folder in Path(__file__).resolve().parents:
        if (folder / "build/cpu/darknet").is_file():
            return [str(folder / "build/cpu/darknet"), "pixelcnn"]
        if (folder / "bin/pixelcnn").is_file():
            return [str(folder / "bin/pixelcnn")]
    found = shutil.which("pixelcnn")
    if not found:
        raise PixelCNNError("no program pixelcnn on the path: install it (make install), or set PIXELCNN_PROGRAM to it")
    return [found]


def _options(options: dict[str, object]) -> Iterator[str]:
    """save_every=100 as -save_every 100; True: the option alone."""
    for name, value in options.items():
        if name in NOT_PASSED:
            raise TypeError(f"{name}: not here: {NOT_PASSED[name]}")
        if value is False or value is None:
            continue
        yield "-" + name
        if value is not True:
            yield os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def _step(line: str) -> Step | None:
    """None: the head."""
    cells = line.rstrip("\n").split(",")
    if len(cells) != 6 or not cells[0].isdigit():
        return None
    bits, rate, validation = (float(cell) if cell else None for cell in cells[3:])
    return Step(int(cells[0]), int(cells[1]), float(cells[2]), bits, rate, validation)


def _follow(process: subprocess.Popen[bytes], log: int, on_step: Callable[[Step], object] | None) -> bool:
    """Passes each line on while the program runs. Returns whether on_step stopped it."""
    stopped = False
    try:
        with os.fdopen(log) as lines:
            for step in filter(None, map(_step, lines)):
                if on_step is not None and not stopped and on_step(step):
                    stopped = True
                    process.send_signal(signal.SIGTERM)
        process.wait()
    except BaseException:  # also Ctrl-C: the program saves a checkpoint and ends
        process.send_signal(signal.SIGTERM)
        process.wait()
        raise
    return stopped


def _last_line(messages: "tempfile._TemporaryFileWrapper[bytes]") -> str:
    messages.seek(0)
    lines = messages.read().decode(errors="replace").replace("\r", "\n").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "")


def train(
    cfg: str | os.PathLike[str],
    data: str | os.PathLike[str],
    weights: str | os.PathLike[str] | None = None,
    *,
    backup: str | os.PathLike[str] = "backup",
    on_step: Callable[[Step], object] | None = None,
    verbose: bool = False,
    **options: object,
) -> Training:
    """Trains, in a process of its own, as `pixelcnn train CFG DATA [WEIGHTS]` does; save_dataset writes arrays as DATA.

    on_step gets a Step for each iteration and each validation, on the calling thread; if it returns something true, it
    saves a checkpoint and ends, as after Ctrl-C. The same call resumes it.
    verbose: shows the command's progress on stderr.
    options: those of the command, without the dash: seconds=60, seed=3, eval_every=100, clear=True.

    Raises PixelCNNError with the command's message if it fails."""
    arguments = [os.fspath(cfg), os.fspath(data)] + ([os.fspath(weights)] if weights is not None else [])
    lines, log = os.pipe()
    with tempfile.TemporaryFile() as messages:
        try:
            process = subprocess.Popen(
                [*program(), "train", *arguments, "-backup", os.fspath(backup), "-log", f"/dev/fd/{log}", *_options(options)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=None if verbose else messages, pass_fds=[log],
            )
        except BaseException:
            os.close(lines)
            raise
        finally:
            os.close(log)
        stopped = _follow(process, lines, on_step)
        if process.returncode and not (stopped and process.returncode == 128 + signal.SIGTERM):
            said = "see stderr" if verbose else _last_line(messages)
            raise PixelCNNError(said or f"pixelcnn train ended with status {process.returncode}")
    base = Path(backup) / Path(cfg).stem
    files = (base.with_name(f"{base.name}_{kind}.weights") for kind in ("final", "best", "last"))
    return Training(Path(cfg), *files, stopped=process.returncode != 0)
