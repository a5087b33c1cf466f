"""How far a long command is, on a terminal and nowhere else."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SHAPE = "{percentage:3.0f}% |{bar}| {postfix}, {remaining} left"
_ENDLESS = "{n_fmt} read, {postfix}"


@contextmanager
def shown_progress(total: int | None) -> Iterator[Callable[[int, int], None]]:
    """A function to be told how many more bytes were read and records done; `total` is the input's bytes, if known."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda size, records: None
        return
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:  # no reason not to do the work
        print(
            'kmcrypto: to show progress needs the package tqdm: pip install "kmcrypto[cli]"',
            file=sys.stderr,
        )
        yield lambda size, records: None
        return
    start, done = time.monotonic(), 0
    with tqdm(
        total=total,
        unit="B",
        unit_scale=True,
        bar_format=_SHAPE if total else _ENDLESS,
        file=sys.stderr,
    ) as bar:

        def advance(size: int, records: int) -> None:
            nonlocal done
            done += records
            rate = done / max(time.monotonic() - start, 1e-3)
            bar.set_postfix_str(f"{done:,} records, {rate:,.0f}/s", refresh=False)
            bar.update(size)

        yield advance
