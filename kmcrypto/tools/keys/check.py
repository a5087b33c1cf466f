"""`kmcrypto keys check`: the problems of a sealed project file, one per line.

Some problems cannot be in a file that kmcrypto made, because they are refused there: public and
private keys that do not belong together, one key pair on both sides, RSA keys outside S4.2, a
primary that is not active, an access key or a crypto key id that occurs twice. A file that another
program made may have them. Its seal then opens, and the library's error is the only line about its
contents.

Discarded keys are not checked, because nothing uses them.
"""

import os
import re
import stat
from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from itertools import combinations
from pathlib import Path
from time import time_ns

from ..._core.strict_json import write_json
from ...errors import KeyUnavailable, KmCryptoError, UnsealingFailed
from ...exchange.receiver import DEFAULT_TOLERANCE_S
from ...keys.crypto_key import CryptoKey, Side, are_one_pair
from ...keys.ring import KeyRing
from ...keys.sealed import Contents, Cost, passphrase_cost
from ...keys.state import KeyState
from ..common import sealed_file
from ..common.failure import Failure
from ..common.seal_credential import is_cheap, read_credential

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_READABLE_BY_OTHERS = 0o044
_OPEN_TO_OTHERS = 0o066


def check(args: Namespace, *, clock: Callable[[], int] = time_ns) -> int:
    """Print every problem and return the exit status. `clock` gives epoch nanoseconds."""
    # The clock is read before anybody types a passphrase, because the Date header gets older.
    now = _EPOCH + timedelta(microseconds=clock() // 1000)
    date = None if args.date is None else _parse_date(args.date)
    file = sealed_file.inspect(args.file)
    credential = read_credential(args)
    problems = list(check_file(file))
    for secret_file in (args.passphrase_file, args.key_file):
        if secret_file is not None:
            problems += check_secret_file(secret_file)
    if date is not None:
        if not args.json:
            print(_describe_clock(now, date) + ".")
        problems += check_clock(now, date)
    try:
        contents = credential.unseal(file.blob)
        problems += check_cost(passphrase_cost(file.blob))
        problems += check_contents(contents, now, timedelta(days=args.within))
    except (UnsealingFailed, KeyUnavailable):
        raise  # nothing is known about the contents
    except KmCryptoError as error:
        problems.append(f"The project cannot be used: {error}.")
    _print(args, problems)
    return 1 if problems else 0


def _print(args: Namespace, problems: list[str]) -> None:
    if args.json:
        print(write_json({"ok": not problems, "problems": problems}).decode())
        return
    for problem in problems:
        print(problem)
    if not problems:
        print("Nothing is wrong.")


def check_file(file: sealed_file.SealedFile) -> Iterator[str]:
    """Give the problems of the file around the blob."""
    for problem in file.problems:
        yield f"{problem}."  # without a capital letter, as it may begin with the name of the file
    if file.mode & _READABLE_BY_OTHERS:
        yield f"The file can be read by others (mode {file.mode:04o}): make it 0600."


def check_secret_file(path: Path) -> Iterator[str]:
    """Give the problems of a file that holds the passphrase or the sealing key."""
    status = os.stat(path)
    # A pipe is its two ends' alone, and systems other than POSIX have no such permission bits.
    if os.name != "posix" or not stat.S_ISREG(status.st_mode):
        return
    mode = stat.S_IMODE(status.st_mode)
    if mode & _OPEN_TO_OTHERS:
        yield f"{path} can be read or written by others (mode {mode:04o}): make it 0600."
    if status.st_uid not in (0, os.geteuid()):
        yield f"{path} belongs to another user, who can read and change it."


def check_cost(cost: Cost | None) -> Iterator[str]:
    """Give a problem if a guess of the passphrase is cheap; a sealing key has no cost."""
    if cost is not None and is_cheap(cost):
        yield (
            f"A guess of the passphrase costs {_describe_cost(cost)} of Argon2id, less than the "
            f"default of {_describe_cost(Cost())}: seal the file anew with change-passphrase (D11)."
        )


def check_clock(now: datetime, date: datetime) -> Iterator[str]:
    """Give a problem if requests with this clock would be refused."""
    if abs(_seconds_between(now, date)) > DEFAULT_TOLERANCE_S:
        yield (
            f"{_describe_clock(now, date)}:"
            f" requests more than {DEFAULT_TOLERANCE_S} s off are refused (S1.10)."
        )


def check_contents(contents: Contents, now: datetime, within: timedelta) -> Iterator[str]:
    """Give the problems of the keys, and the keys that are missing."""
    if not contents.project_keys:
        yield "There is no project key: nothing can be signed (S5.1)."
    elif all(key.state is not KeyState.ACTIVE for key in contents.project_keys):
        yield "No project key is active: nothing can be signed (S5.1)."
    if contents.ring is None:
        yield "There is no crypto key: nothing can be encrypted (S5.2)."
        return
    keys = _list_usable_keys(contents.ring)
    for key in keys:
        yield from _check_missing_keys(key)
        for side in key.validity:
            yield from _check_certificate(key, side, now, within)
    yield from _check_equal_keys(keys)


def _list_usable_keys(ring: KeyRing) -> list[CryptoKey]:
    """Return the crypto keys that are not discarded, in the order in which they were issued."""
    keys = [ring.get(entry["id"]) for entry in ring.info()]
    return [key for key in keys if key is not None and key.state is not KeyState.DISCARDED]


def _check_missing_keys(key: CryptoKey) -> Iterator[str]:
    """Give what the key cannot do (S4.5).

    A provider needs the platform's public key and its own private key, the platform the other two.
    """
    if key.platform_private is None and key.client_private is None:
        if key.platform_public is None:
            yield f"Crypto key {key.id} has no private key: it decrypts nothing (S4.5)."
        else:
            yield f"Crypto key {key.id} has no client private key: it decrypts no answers (S4.5)."
    if key.platform_public is None:
        yield f"Crypto key {key.id} has no platform public key: it encrypts no requests (S4.5)."
    if key.platform_private is not None and key.client_public is None:
        yield f"Crypto key {key.id} has no client public key: it encrypts no answers (S4.5)."


def _check_certificate(
    key: CryptoKey, side: Side, now: datetime, within: timedelta
) -> Iterator[str]:
    start, end = key.validity[side]
    certificate = f"The {side.value} certificate of crypto key {key.id}"
    if now < start:
        yield f"{certificate} is not valid before {start:%Y-%m-%d}."
    elif now > end:
        yield f"{certificate} expired on {end:%Y-%m-%d}."
    elif end - now <= within:
        yield f"{certificate} expires on {end:%Y-%m-%d}, within {within.days} days."


def _check_equal_keys(keys: list[CryptoKey]) -> Iterator[str]:
    """Give the key pairs under two ids. They are taken (S5.2), but then a rotation changes no key.

    The two sides of a ring have no pair in common.
    """
    for key, other in combinations(keys, 2):
        if are_one_pair(key.platform_public, other.platform_public):
            yield _describe_equal_keys(Side.PLATFORM, key, other)
        if are_one_pair(key.client_public, other.client_public):
            yield _describe_equal_keys(Side.CLIENT, key, other)


def _describe_equal_keys(side: Side, key: CryptoKey, other: CryptoKey) -> str:
    return (
        f"One RSA key is both the {side.value} key of {key.id} "
        f"and the {side.value} key of {other.id} (S5.2)."
    )


def _describe_cost(cost: Cost) -> str:
    return f"{cost.operations} passes over {cost.memory_kib >> 10} MiB"


def _parse_date(text: str) -> datetime:
    """Return the moment of an HTTP Date header, with or without its name (RFC 9110, 5.6.7)."""
    try:
        date = parsedate_to_datetime(re.sub(r"(?i)\A\s*date:", "", text))
    except (ValueError, TypeError, OverflowError, IndexError):
        raise Failure(
            "--date must be the text of a Date header, for example: Mon, 23 Nov 2026 00:15:09 GMT"
        ) from None
    return date if date.tzinfo is not None else date.replace(tzinfo=timezone.utc)


def _seconds_between(now: datetime, date: datetime) -> int:
    """Return how far `now` is ahead, in whole seconds like a Date header."""
    return round((now - date).total_seconds())


def _describe_clock(now: datetime, date: datetime) -> str:
    seconds = _seconds_between(now, date)
    direction = "behind" if seconds < 0 else "ahead of"
    return f"This clock is {abs(seconds)} s {direction} the Date header"
