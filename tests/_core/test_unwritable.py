"""`kmcrypto/_core/unwritable.py`: the place and the kind of what JSON cannot carry (D9)."""

from __future__ import annotations

import pickle
from collections import UserDict
from collections.abc import ItemsView
from datetime import datetime, timezone
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from kmcrypto import errors
from kmcrypto._core.forms import NotStrict
from kmcrypto._core.strict_json import write_json
from kmcrypto._core.unwritable import describe_unwritable, find_unwritable, show_location
from kmcrypto.encryption.message import write_payload
from tests.support.json_texts import JSON_VALUES, UNWRITABLE
from tests.support.properties import examples
from tests.support.speed import cpu_seconds, least

CARD = "9410000000001234"

# --- Causes and texts ----------------------------------------------------------------------------

ANY = "pass str, int, float, bool, None, list or dict"
HALF = "half a surrogate pair, which UTF-8 cannot write: decode it again from its bytes"
# What orders[1].amount is, and the rest of the text.
CAUSES: list[tuple[Any, str]] = [
    (Decimal("1.10"), "is a Decimal, which JSON has no type for: pass str or int"),
    (float("nan"), "is NaN, which JSON has no number for: pass None or str"),
    (float("-inf"), "is infinite, which JSON has no number for: pass None or str"),
    (10**64, "is an int of over 64 digits: pass str"),
    (-(10**5000), "is an int of over 64 digits: pass str"),
    (f"{CARD}\ud800", f"has {HALF}"),
    ({f"{CARD}\ud800": 1}, f"has a name with {HALF}"),
    ({int(CARD): CARD}, "has a name that is an int: names must be str"),
    ({None: CARD}, "has a name that is None: names must be str"),
    ({CARD.encode(): CARD}, "has a name that is bytes: names must be str"),
    ({CARD}, "is a set, which JSON has no type for: pass a list"),
    ({CARD: 1}.keys(), "is a dict_keys, which JSON has no type for: pass a list"),
    (CARD.encode(), "is bytes, which JSON has no type for: pass str, such as base64"),
    (bytearray(1), "is a bytearray, which JSON has no type for: pass str, such as base64"),
    (
        datetime(2026, 11, 28, tzinfo=timezone.utc),
        "is a datetime, which JSON has no type for: pass str",
    ),
    (UUID(int=1), "is a UUID, which JSON has no type for: pass str"),
    (UserDict({CARD: 1}), f"is a UserDict, which JSON has no type for: {ANY}"),
    (object(), f"is an object, which JSON has no type for: {ANY}"),
]


@pytest.mark.parametrize(("value", "text"), CAUSES, ids=[text for _, text in CAUSES])
def test_the_error_names_the_place_and_the_type(value: Any, text: str) -> None:
    """The place is also `field`; no value is shown, nor a name that looks like one."""
    with pytest.raises(errors.InvalidPayload) as caught:
        write_payload({"id": 1, "orders": [{}, {"amount": value}]})
    error = caught.value
    assert str(error) == f"orders[1].amount {text} (S4.10)"
    assert error.field == "orders[1].amount"
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.field) == (str(error), error.field)


def test_a_fault_of_the_payload_itself_has_no_place() -> None:
    with pytest.raises(errors.InvalidPayload) as caught:
        write_payload({1: CARD})  # type: ignore[dict-item]
    assert caught.value.field == ""
    assert str(caught.value) == "the payload has a name that is an int: names must be str (S4.10)"


def test_too_many_levels_are_named_by_where_they_are() -> None:
    value: Any = 0
    for _ in range(10_000):
        value = [value]
    with pytest.raises(errors.InvalidPayload, match="too deeply, or holds itself") as caught:
        write_payload({"a": 1, "tree": value})
    assert caught.value.field.startswith("tree[0][0]")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1E+999", "is a Decimal outside a double's range, or of over 128 characters: pass str"),
        ("NaN", "is a Decimal outside a double's range, or of over 128 characters: pass str"),
    ],
)
def test_a_decimal_that_a_field_cannot_carry_is_named(text: str, problem: str) -> None:
    """S9.2."""
    value = {"a": [Decimal("1.10"), Decimal(text)]}
    found = find_unwritable(value, exact=True)
    assert found == (("a", 1), problem)


# --- Places --------------------------------------------------------------------------------------

PLACES: list[tuple[tuple[str | int, ...], str]] = [
    ((), ""),
    (("a",), "a"),
    ((0, "a"), "[0].a"),
    (("orders", 1, "amount"), "orders[1].amount"),
    (("card-no", "카드"), "card-no.카드"),
    (("two words", "a.b", ""), '["two words"]["a.b"][""]'),
    (("line\nfeed", "\x1b[31m", "\u202e"), '["line?feed"]["?[31m"]["?"]'),
    (("\ud800",), '["?"]'),
    ((CARD, "id12345", "id123456"), "*.id12345.id*"),
    (("\u0661" * 16,), "*"),
    (("4111 1111-1111_1111", "due2026-11-28"), "*.due2026-11-28"),
    (("no 123456 7890 1234",), '["no *"]'),
    (("x" * 33,), f'["{"x" * 29}..."]'),
    (("x" * 32,), "x" * 32),
]


@pytest.mark.parametrize(("location", "place"), PLACES, ids=[repr(place) for _, place in PLACES])
def test_a_place_shows_names_but_no_values(location: tuple[str | int, ...], place: str) -> None:
    assert show_location(location) == place


@examples(100)
@given(location=st.lists(st.text(max_size=50) | st.integers(0, 10**9), max_size=64))
def test_a_place_is_one_short_line(location: list[str | int]) -> None:
    place = show_location(tuple(location))
    assert len(place) <= 80
    assert place.isprintable()


# --- The walk ------------------------------------------------------------------------------------


@examples(150)
@given(
    value=JSON_VALUES,
    fault=st.sampled_from(list(UNWRITABLE)),
    exact=st.booleans(),
    around=st.lists(st.sampled_from(["list", "dict"]), max_size=5),
)
def test_what_the_writer_refuses_is_found_where_it_is(
    value: Any, fault: str, exact: bool, around: list[str]
) -> None:
    """Where the writer writes, nothing is found."""
    assert find_unwritable(value, exact) is None
    document = UNWRITABLE[fault]
    location: list[str | int] = []
    for container in around:
        document = [value, document] if container == "list" else {"a": value, "b": document}
        location.insert(0, 1 if container == "list" else "b")
    found = find_unwritable(document, exact)
    if fault == "Decimal" and exact:
        assert found is None
        write_json(document, exact=True)
        return
    with pytest.raises(NotStrict):
        write_json(document, exact)
    assert found is not None
    assert found.location[: len(location)] == tuple(location)


class Changing(dict[str, Any]):
    """An object that holds another value each time, as one does that a thread changes."""

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        members = dict(self)
        self["a"] = 1
        return members.items()


def test_a_value_that_changed_since_is_an_error_without_a_place() -> None:
    with pytest.raises(errors.InvalidPayload, match="must hold JSON values only") as caught:
        write_payload({"x": Changing(a=1j)})
    assert caught.value.field == ""


@pytest.mark.parametrize(
    "sound",
    [[0] * 50_000, [{}] * 50_000, [{"name": "text"}] * 20_000, ["\uac00" * 1000] * 300],
    ids=["numbers", "objects", "members", "texts"],
)
def test_the_place_costs_a_few_times_what_writing_costs(sound: list[Any]) -> None:
    """D11; the walk ends at the first fault, so this one is the last of all."""
    write = partial(write_json, sound)
    describe = partial(describe_unwritable, [*sound, 1j], "the payload")

    def multiple() -> float:
        return cpu_seconds(describe, calls=3) / cpu_seconds(write, calls=3)

    assert least(multiple, aim=20) <= 20


def test_the_walk_ends_at_the_first_fault() -> None:
    seen: list[str] = []

    class Watched(dict[str, Any]):
        def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
            seen.append("items")
            return super().items()

    assert find_unwritable([1j, Watched(), Watched()]) == find_unwritable([1j])
    assert seen == []
