"""A moment on the command line."""

from argparse import ArgumentTypeError
from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


def parse_moment(text: str) -> int:
    """Return the epoch nanoseconds of a date and time with an offset, as RFC 3339 writes it."""
    try:
        moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise ArgumentTypeError(
            "must be a date and time with an offset, for example 2026-11-23T00:15:09Z"
        )
    return (moment - _EPOCH) // _MICROSECOND * 1000
