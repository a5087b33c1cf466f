"""The progress of a long command, shown on a terminal and nowhere else."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_BAR_FORMAT = "{percentage:3.0f}% |{bar}| {postfix}, {remaining} left"
_FORMAT_WITHOUT_TOTAL = "{n_fmt} read, {postfix}"
_MIN_ELAPSED_S = 1e-3  # no rate is computed over less


@contextmanager
def show_progress(total: int | None) -> Iterator[Callable[[int, int], None]]:
    """Give the block a function that takes the bytes read and the records done since its last call.

    `total` is the size of the input in bytes, None where it is unknown.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield _show_nothing
        return
    try:
        # Imported here because the extra `cli` brings it, and the work can be done without it.
        from tqdm import tqdm
    except ModuleNotFoundError:
        print(
            'kmcrypto: the package tqdm shows progress here: pip install "kmcrypto[cli]"',
            file=sys.stderr,
        )
        yield _show_nothing
        return
    bar_format = _BAR_FORMAT if total else _FORMAT_WITHOUT_TOTAL
    start = time.monotonic()
    done = 0
    with tqdm(
        total=total, unit="B", unit_scale=True, bar_format=bar_format, file=sys.stderr
    ) as bar:

        def advance(size: int, records: int) -> None:
            """Move the bar by `size` bytes."""
            nonlocal done
            done += records
            rate = done / max(time.monotonic() - start, _MIN_ELAPSED_S)
            bar.set_postfix_str(f"{done:,} records, {rate:,.0f}/s", refresh=False)
            bar.update(size)

        yield advance


def _show_nothing(size: int, records: int) -> None:
    pass
