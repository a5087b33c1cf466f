"""`kmcrypto keys check`: what is wrong with a sealed project file, or missing in it, a line each.

Some faults can't be in a file that opens, since they are refused where a file is made: halves that don't belong
together, RSA keys outside S4.2, a primary that is not active, an access key or crypto key id that stands twice. A file
that was made elsewhere may have them. It then opens as far as its seal goes, and the library's error is the one line
about what is in it.

Discarded keys are not looked at: they do nothing.
"""

import re
from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from itertools import combinations
from time import time_ns

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ...errors import KeyUnavailable, KmCryptoError, UnsealingFailed
from ...keys.crypto_key import CryptoKey, Side
from ...keys.sealed import Contents
from ...keys.state import KeyState
from ..common import sealed_file
from ..common.failure import Failure
from ..common.secrets_in import opener

TOLERANCE_S = 300  # what a Gateway takes unless it is told otherwise
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def check(args: Namespace, *, clock: Callable[[], int] = time_ns) -> int:
    """Print a line for everything that is wrong, and give the exit status. `clock` gives epoch nanoseconds."""
    now = _EPOCH + timedelta(
        microseconds=clock() // 1000
    )  # before anybody is asked: the Date header gets old
    date = None if args.date is None else _read_date(args.date)
    found = sealed_file.look(args.file)
    held = opener(args)
    lines = list(of_file(found))
    if date is not None:
        print(f"The clock here is {_offset(now, date)}.")
        lines += of_clock(now, date)
    try:
        lines += of_contents(held.open(found.blob), now, timedelta(days=args.within))
    except (UnsealingFailed, KeyUnavailable):
        raise  # nothing is known about what is in the file
    except KmCryptoError as error:
        lines.append(f"The project can't be used: {error}.")
    for line in lines:
        print(line)
    if not lines:
        print("Nothing is wrong.")
    return 1 if lines else 0


def of_file(found: sealed_file.Found) -> Iterator[str]:
    """What is wrong with the file around the blob."""
    for fault in found.faults:
        yield f"{fault}."  # as it is: it may begin with the file's name
    if found.mode & 0o044:
        yield f"The file can be read by others (mode {found.mode:04o}): make it 0600."


def of_clock(now: datetime, date: datetime) -> Iterator[str]:
    """Whether requests of this clock would be refused."""
    if abs(_seconds(now, date)) > TOLERANCE_S:
        yield f"The clock here is {_offset(now, date)}: requests more than {TOLERANCE_S} s off are refused (S1.10)."


def of_contents(contents: Contents, now: datetime, within: timedelta) -> Iterator[str]:
    """What is wrong with the keys of a project, or missing."""
    if not contents.project_keys:
        yield "There is no project key: nothing can be signed (S5.1)."
    elif all(key.state is not KeyState.ACTIVE for key in contents.project_keys):
        yield "No project key is active: nothing can be signed (S5.1)."
    if contents.ring is None:
        yield "There is no crypto key, and so no primary: nothing can be encrypted (S5.2)."
        return
    ids = [key["id"] for key in contents.ring.info()]
    keys = [
        key
        for key in map(contents.ring.get, ids)
        if key is not None and key.state is not KeyState.DISCARDED
    ]
    for key in keys:
        yield from _of_halves(key)
        for side in key.validity:
            yield from _of_certificate(key, side, now, within)
    yield from _of_equal_pairs(keys)


def _of_halves(key: CryptoKey) -> Iterator[str]:
    """A provider needs the platform's public half and its own private one; the platform the other two (S4.5)."""
    if key.platform_private is None and key.client_private is None:
        if key.platform_public is None:
            yield f"Crypto key {key.id} has no private half at all: nothing can be opened with it (S4.5)."
        else:
            yield f"Crypto key {key.id} has no client private half: answers can't be opened with it (S4.5)."
    if key.platform_public is None:
        yield f"Crypto key {key.id} has no platform public half: requests can't be encrypted with it (S4.5)."
    if key.platform_private is not None and key.client_public is None:
        yield f"Crypto key {key.id} has no client public half: answers can't be encrypted with it (S4.5)."


def _of_certificate(key: CryptoKey, side: Side, now: datetime, within: timedelta) -> Iterator[str]:
    start, end = key.validity[side]
    what = f"The {side.value} certificate of crypto key {key.id}"
    if now < start:
        yield f"{what} is not valid before {start:%Y-%m-%d}."
    elif now > end:
        yield f"{what} expired on {end:%Y-%m-%d}."
    elif end - now <= within:
        yield f"{what} expires on {end:%Y-%m-%d}, within {within.days} days."


def _of_equal_pairs(keys: list[CryptoKey]) -> Iterator[str]:
    """One pair in two places: whoever has it for the one can open what is meant for the other (S5.2)."""
    held: list[tuple[str, RSAPublicKey]] = []
    for key in keys:
        for side, public in (
            (Side.PLATFORM, key.platform_public),
            (Side.CLIENT, key.client_public),
        ):
            if public is not None:
                held.append((f"the {side.value} key of {key.id}", public))
    for (one, first), (other, second) in combinations(held, 2):
        if first.public_numbers().n == second.public_numbers().n:
            yield f"One RSA key is both {one} and {other} (S5.2)."


def _read_date(text: str) -> datetime:
    """The moment of an HTTP Date header (RFC 9110, 5.6.7), with or without its name."""
    try:
        date = parsedate_to_datetime(re.sub(r"(?i)\A\s*date:", "", text))
    except (ValueError, TypeError, OverflowError, IndexError):
        raise Failure(
            "--date is not the text of a Date header, as in: Mon, 23 Nov 2026 00:15:09 GMT"
        ) from None
    return date if date.tzinfo is not None else date.replace(tzinfo=timezone.utc)


def _seconds(now: datetime, date: datetime) -> int:
    """How far `now` is ahead; a Date header has whole seconds, and so has this."""
    return round((now - date).total_seconds())


def _offset(now: datetime, date: datetime) -> str:
    seconds = _seconds(now, date)
    return f"{abs(seconds)} s {'behind' if seconds < 0 else 'ahead of'} that date"
