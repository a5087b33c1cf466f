"""A command that is asked to stop cleans up once, whichever signal asks and however often."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

# Windows has no SIGHUP.
_STOP_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


@contextmanager
def interrupt_on_stop_signals() -> Iterator[Callable[[], None]]:
    """Turn the first stop signal within the block into KeyboardInterrupt, and ignore the others.

    The others are ignored so that they cannot interrupt the clean-up. The function that the block
    receives makes the process ignore the first one, too: call it when the files on disk must be
    finished. A signal that the process ignored before stays ignored. Only the main thread can set
    signal handlers, so in another thread nothing happens.
    """
    if threading.current_thread() is not threading.main_thread():
        yield _do_nothing
        return
    replaced = _handlers_to_replace()

    def ignore_signals() -> None:
        """Ignore every stop signal from now on."""
        for number in replaced:
            signal.signal(number, signal.SIG_IGN)

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        """Handle the first stop signal."""
        ignore_signals()
        raise KeyboardInterrupt

    try:
        for number in replaced:
            signal.signal(number, interrupt)
        yield ignore_signals
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)


def _do_nothing() -> None:
    pass


def _handlers_to_replace() -> dict[int, Any]:
    """Return the present handlers by signal, without those that ignore it or are not Python's."""
    handlers = {number: signal.getsignal(number) for number in _STOP_SIGNALS}
    return {
        number: handler
        for number, handler in handlers.items()
        if handler not in (signal.SIG_IGN, None)
    }
