"""How a call of the library is ended before it is done: by Ctrl-C, or by a function of the caller's."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Callable, Iterator


class Asker:
    """What the library asks during a call, about every 50 ms, and what it was answered."""

    def __init__(self) -> None:
        self.cancel: Callable[[], object] | None = None
        self.interrupted = False
        self.raised: BaseException | None = None

    def __call__(self, context: object) -> int:
        try:
            return bool(self.interrupted or (self.cancel is not None and self.cancel()))
        except BaseException as error:  # must not go through C
            self.raised = error
            return True

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Ctrl-C ends the call and is raised behind it: an exception that Python's own handler raises during the call would be
        lost in C."""
        self.interrupted, self.raised = False, None
        here = threading.current_thread() is threading.main_thread()
        if not here or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, lambda number, frame: setattr(self, "interrupted", True))
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.interrupted:
            raise KeyboardInterrupt
