"""The search for secrets in errors (D7): in their texts, and in everything that they lead to.

A logger that writes locals down, as Sentry does, would write down a key that a frame still holds.
So the search goes through every frame of a traceback that is not a test's own, whichever module it
belongs to; through cause, context and the members of groups with their own tracebacks; and into
values, five levels deep.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import (
    BuiltinMethodType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
    TracebackType,
)
from typing import Any

import pytest

from kmcrypto import errors
from tests.support import PASSWORD

DEPTH = 5


def chain_of(error: BaseException) -> list[BaseException]:
    """An error, and the exceptions that it leads to: causes, contexts, members of groups."""
    chain: list[BaseException] = []
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is None or any(each is known for known in chain):
            continue
        chain.append(each)
        pending += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
    return chain


def our_frames(error: BaseException) -> list[FrameType]:
    """The frames that an error and its chain left, from the public call inwards.

    A frame of a test's module is not one of them: it is the caller's.
    """
    frames = [
        frame for each in chain_of(error) for frame, _ in traceback.walk_tb(each.__traceback__)
    ]
    return [frame for frame in frames if not is_of_a_test(frame)]


def is_of_a_test(frame: FrameType) -> bool:
    return f"{frame.f_globals.get('__name__')}.".startswith("tests.")


def our_locals(error: BaseException) -> list[object]:
    """The values of their locals, without functions: an entry point keeps the one that it wraps."""
    values = [value for frame in our_frames(error) for value in frame.f_locals.values()]
    return [value for value in values if not isinstance(value, (FunctionType, type))]


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


def reachable(value: object, depth: int = DEPTH) -> Iterator[object]:
    """A value and all that it leads to in so many steps, each object once."""
    seen: set[int] = set()
    kept: list[object] = []  # alive, so that no id is given twice
    level = [value]
    for _ in range(depth + 1):
        following: list[object] = []
        for each in level:
            if id(each) in seen:
                continue
            seen.add(id(each))
            kept.append(each)
            yield each
            following += parts_of(each)
        level = following


def parts_of(value: Any) -> list[object]:
    """The objects that a value leads to in one step."""
    if isinstance(value, (str, bytes, int, float, type, ModuleType)):
        return []
    if isinstance(value, FunctionType):
        return [cell.cell_contents for cell in value.__closure__ or () if has_contents(cell)]
    if isinstance(value, (MethodType, BuiltinMethodType)):
        return [value.__self__]
    if isinstance(value, partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, FrameType):
        return [] if is_of_a_test(value) else list(value.f_locals.values())
    if isinstance(value, TracebackType):
        return [frame for frame, _ in traceback.walk_tb(value)]
    if isinstance(value, GeneratorType):
        return [value.gi_frame]
    if isinstance(value, (bytearray, memoryview)):
        return [bytes(value)]
    if isinstance(value, Mapping):
        return [*members_of(value), *value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [*members_of(value), *value]
    return members_of(value)


def has_contents(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


# What an exception holds beside its attributes: standard errors name the object at fault.
OF_AN_EXCEPTION = ("args", "__cause__", "__context__", "__traceback__", "exceptions")
OF_STANDARD_ERRORS = ("object", "obj", "value", "filename", "filename2", "text")


def members_of(value: Any) -> list[object]:
    """The attributes and slots of an object, and what an exception holds beside them."""
    names = [name for kind in type(value).__mro__ for name in slots_of(kind)]
    if isinstance(value, BaseException):
        names += [*OF_AN_EXCEPTION, *OF_STANDARD_ERRORS]
    attributes = list(getattr(value, "__dict__", {}).values())
    return attributes + [getattr(value, name) for name in names if hasattr(value, name)]


def slots_of(kind: type) -> Iterable[str]:
    slots = kind.__dict__.get("__slots__", ())
    return [slots] if isinstance(slots, str) else list(slots)


def repr_of(value: object) -> str:
    """The repr of a value; "" for an object that is not complete, whose parts are looked at."""
    try:
        return repr(value)
    except AttributeError:
        return ""


def places_of(error: BaseException, texts: Sequence[str], raws: Sequence[bytes]) -> list[str]:
    """The places in an error that lead to a mark in five steps, once for each value with it."""
    found = []
    for place, value in sinks_of(error):
        for part in reachable(value):
            shown = repr_of(part)
            raw = part if isinstance(part, bytes) else b""
            if any(mark in shown for mark in texts) or any(mark in raw for mark in raws):
                found.append(place)
    return found


def sinks_of(error: BaseException) -> list[tuple[str, object]]:
    """All places of an error that could hold a secret, each with what is there."""
    sinks: list[tuple[str, object]] = []
    for each in chain_of(error):
        sinks += [("str", str(each)), ("repr", repr(each))]
        sinks += [(f"{name} of {type(each).__name__}", value) for name, value in held_by(each)]
    for frame in our_frames(error):
        # The frame itself stands for its locals where there are none, so that it is counted.
        sinks.append((f"frame of {frame.f_code.co_name}", ()))
        for name, value in frame.f_locals.items():
            sinks.append((f"local {name} of {frame.f_code.co_name}", value))
    return sinks


def held_by(error: BaseException) -> list[tuple[str, object]]:
    """The values of one exception, beside its text and its frames."""
    names = ("args", "__notes__", *OF_STANDARD_ERRORS)
    own = [(name, getattr(error, name)) for name in names if hasattr(error, name)]
    return [*own, *vars(error).items()]
