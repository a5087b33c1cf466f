"""The search for secrets in errors (D7): in their texts, and in the locals of their traceback.

A logger that writes locals down, as Sentry does, would write down a key that a frame still holds.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

import pytest

from kmcrypto import errors
from tests.support import PASSWORD


def our_frames(error: BaseException) -> list[FrameType]:
    """The frames of the package in an error's traceback."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return [f for f in frames if str(f.f_globals.get("__name__")).startswith("kmcrypto")]


def our_locals(error: BaseException) -> list[object]:
    """The values of their locals, without functions: an entry point keeps the one that it wraps."""
    values = [value for frame in our_frames(error) for value in frame.f_locals.values()]
    return [value for value in values if not callable(value)]


def texts_of(error: BaseException, *, attributes: bool = True) -> str:
    """All texts that an error shows of itself."""
    shown = [str(error), repr(error), repr(error.args), repr(getattr(error, "__notes__", []))]
    if attributes:
        shown.append(repr(vars(error)))
    return "\n".join(shown)


def everything_in(error: BaseException, *, attributes: bool = True) -> str:
    """All that a logger could print of an error, its cause and context, and our frames' locals."""
    chain = [repr(error.__cause__), repr(error.__context__)]
    held = [re.sub(" at 0x[0-9a-f]+", "", repr(frame.f_locals)) for frame in our_frames(error)]
    return "\n".join([texts_of(error, attributes=attributes), *chain, *held])


def assert_nothing_left(error: BaseException, *inputs: str | bytes) -> None:
    """Our frames hold nothing, there is no cause or context, and the texts show no input.

    Inputs of less than six characters are not looked for: they may be part of a text by chance.
    """
    assert our_frames(error)  # or there was nothing to look at
    assert our_locals(error) == []
    assert error.__cause__ is None
    assert error.__context__ is None
    assert len(str(error)) < 200
    shown = texts_of(error)
    for text in inputs:
        assert len(text) < 6 or (text if isinstance(text, str) else repr(text)[2:-1]) not in shown


def assert_is_decryption_error(error: BaseException) -> None:
    """The one DecryptionError (D6): same text, no attributes, nothing left of the decryption."""
    same = errors.DecryptionError()
    assert type(error) is errors.DecryptionError
    assert (str(error), error.args, vars(error)) == (str(same), same.args, vars(same))
    assert getattr(error, "__notes__", []) == []
    assert_nothing_left(error)


def refused(
    call: Callable[[], object],
    *hidden: bytes | str,
    error: type[Exception] = errors.InvalidKey,
) -> str:
    """The text of the error that a call must end in; it shows no line of a secret or PASSWORD."""
    with pytest.raises(error) as caught:
        call()
    shown = everything_in(caught.value)
    for secret in (*hidden, PASSWORD):
        text = secret.decode("latin-1") if isinstance(secret, bytes) else secret
        lines = [line for line in text.splitlines() if len(line) > 8 and not line.startswith("-")]
        assert [line for line in lines if line in shown] == []
    if isinstance(caught.value, errors.KmCryptoError):
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)
        assert len(str(caught.value)) < 200
    return str(caught.value)


# --- A search that looks inside -------------------------------------------------------------------


def reachable(value: object, depth: int) -> Iterator[object]:
    """A value and all that it leads to: members, items, and the attributes of our own objects."""
    yield value
    if depth == 0 or isinstance(value, type) or callable(value):
        return
    inner: list[object] = []
    if isinstance(value, dict):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner = list(value)
    elif type(value).__module__.startswith("kmcrypto"):
        slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        inner = [
            *getattr(value, "__dict__", {}).values(),
            *(getattr(value, name, None) for name in slots),
        ]
    for part in inner:
        yield from reachable(part, depth - 1)


def repr_of(value: object) -> str:
    """The repr of a value; "" for an object that is not complete, whose parts are looked at."""
    try:
        return repr(value)
    except AttributeError:
        return ""


def places_of(error: BaseException, texts: Sequence[str], raws: Sequence[bytes]) -> list[str]:
    """The places in an error that lead to a mark in five steps, once for each value with it."""
    places: list[tuple[str, object]] = [
        ("str", str(error)),
        ("repr", repr(error)),
        ("args", error.args),
        ("attributes", vars(error)),
        ("notes", getattr(error, "__notes__", [])),
    ]
    for frame in our_frames(error):
        for name, value in frame.f_locals.items():
            places.append((f"local {name} of {frame.f_code.co_name}", value))
    found = []
    for place, value in places:
        for part in reachable(value, 5):
            shown = repr_of(part)
            raw = part if isinstance(part, bytes) else b""
            if any(mark in shown for mark in texts) or any(mark in raw for mark in raws):
                found.append(place)
    return found
