"""A moment on the command line."""

from argparse import ArgumentTypeError
from datetime import datetime, timezone


def parse_moment(text: str) -> datetime:
    """Return a moment with its offset: ISO 8601 as RFC 3339 writes it, or the present for `now`."""
    if text == "now":
        return datetime.now(timezone.utc)
    try:
        moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise ArgumentTypeError(
            "must be now, or a date and time with an offset, for example 2026-11-23T00:15:09Z"
        )
    return moment
