"""ProjectKey and Project: the values that they take, and that nothing of a secret is shown."""

from __future__ import annotations

import copy
import gc
import hashlib
import hmac
import json
import pickle
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from kmcrypto import (
    KST,
    UTC,
    Instant,
    KeyRing,
    KeyState,
    Project,
    ProjectKey,
    Signer,
    TranToken,
    errors,
)
from kmcrypto._core.forms import is_access_key, is_asp_id, is_crypto_key_id
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, NOW_NS, SECRET
from tests.support.leaks import assert_nothing_left
from tests.support.parties import Parties, project_key
from tests.support.properties import examples

PROPERTY = examples(150)
LETTERS_AND_DIGITS = string.ascii_letters + string.digits


# --- Values ---------------------------------------------------------------------------------------


def test_a_key_has_its_ids_and_is_active_unless_told_otherwise() -> None:
    key = project_key()
    assert (key.asp_id, key.access_key, key.state) == (ASP_ID, ACCESS_KEY, KeyState.ACTIVE)


@pytest.mark.parametrize("state", KeyState)
def test_a_key_has_the_state_that_it_was_made_with(state: KeyState) -> None:
    """S5.1: three states."""
    assert project_key(state=state).state is state
    assert [one.value for one in KeyState] == ["active", "inactive", "discarded"]


@pytest.mark.parametrize("asp_id", ["0" * 15, "abcdefghijklmno", "ABCDEFGHIJKLMNO", "Zz9" * 5])
@pytest.mark.parametrize("access_key", ["0" * 40, "-" * 40, "aB3-" * 10, "f" * 7 + "-" + "0" * 32])
def test_ids_at_the_ends_of_their_alphabets_are_taken(asp_id: str, access_key: str) -> None:
    """S1.1, S1.3."""
    key = project_key(asp_id=asp_id, access_key=access_key)
    assert (key.asp_id, key.access_key) == (asp_id, access_key)


def spoiled(good: str) -> dict[str, str]:
    """What is not an identifier although it nearly is one."""
    start = good[:-1]
    return {
        "empty": "",
        "one character less": start,
        "one character more": good + "0",
        "twice": good + good,
        "space at the end": start + " ",
        "space at the start": " " + good[1:],
        "space added": good + " ",
        "line feed at the end": start + "\n",
        "line feed added": good + "\n",
        "CR LF and a header": good + "\r\nX-KM-Evil: 1",
        "NUL": start + "\0",
        "underscore": start + "_",
        "full stop": start + ".",
        "slash": start + "/",
        "colon, after nine": start + ":",
        "at sign, before A": start + "@",
        "bracket, after Z": start + "[",
        "backtick, before a": start + "`",
        "brace, after z": start + "{",
        "comma": start + ",",
        "percent sign": start + "%",
        "full-width digit": start + "\uff11",
        "Arabic-Indic digit": start + "\u0661",
        "superscript digit": start + "\u00b9",
        "Kelvin sign": start + "\u212a",
        "long s": start + "\u017f",
        "Cyrillic a": start + "\u0430",
        "accent": start + "\u00e9",
        "letter that truncates to LF": start + "\u010a",
        "half a surrogate pair": start + "\ud800",
        "non-breaking hyphen": start + "\u2011",
    }


@pytest.mark.parametrize(
    "asp_id", [*spoiled(ASP_ID).values(), ASP_ID[:-1] + "-"], ids=[*spoiled(ASP_ID), "hyphen"]
)
def test_an_asp_id_that_is_not_15_letters_and_digits_is_refused(asp_id: str) -> None:
    """S1.1; 16, as one page has it, is refused too."""
    with pytest.raises(errors.InvalidHeaderValue) as caught:
        project_key(asp_id=asp_id)
    assert_nothing_left(caught.value, asp_id, SECRET)


@pytest.mark.parametrize("access_key", spoiled(ACCESS_KEY).values(), ids=spoiled(ACCESS_KEY).keys())
def test_an_access_key_that_is_not_40_letters_digits_and_hyphens_is_refused(
    access_key: str,
) -> None:
    """S1.3."""
    with pytest.raises(errors.InvalidHeaderValue) as caught:
        project_key(access_key=access_key)
    assert_nothing_left(caught.value, access_key, SECRET)


@PROPERTY
@given(
    text=st.one_of(
        st.text(max_size=45), st.text(LETTERS_AND_DIGITS + "-_", min_size=14, max_size=41)
    )
)
@example(text="0" * 15 + "\n")
@example(text="0" * 32 + "\n")
@example(text="0" * 40 + "\n")
def test_the_three_forms_are_what_the_rules_say(text: str) -> None:
    """S1.1, S1.3, S1.4, by sets of characters: the independent way."""
    plain = set(text) <= set(LETTERS_AND_DIGITS)
    assert bool(is_asp_id(text)) == (len(text) == 15 and plain)
    assert bool(is_crypto_key_id(text)) == (len(text) == 32 and plain)
    assert bool(is_access_key(text)) == (
        len(text) == 40 and set(text) <= set(LETTERS_AND_DIGITS + "-")
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"asp_id": ASP_ID.encode()},
        {"asp_id": None},
        {"asp_id": 123456789012345},
        {"access_key": ACCESS_KEY.encode()},
        {"access_key": None},
        {"access_key": list(ACCESS_KEY)},
        {"secret_key": None},
        {"secret_key": bytearray(b"abc")},
        {"secret_key": memoryview(b"abc")},
        {"secret_key": 5},
        {"state": "active"},
        {"state": None},
        {"state": True},
        {"kind": 5},
        {"kind": KeyState.ACTIVE},
    ],
    ids=lambda changes: "".join(
        f"{name} {type(value).__name__}" for name, value in changes.items()
    ),
)
def test_a_key_of_wrong_types_is_a_type_error(changes: dict[str, Any]) -> None:
    """D8."""
    with pytest.raises(TypeError) as caught:
        project_key(**changes)
    assert SECRET not in str(caught.value)


def test_values_are_given_by_name_only() -> None:
    """Three texts in a row are too easily put in the wrong order."""
    with pytest.raises(TypeError):
        ProjectKey(ASP_ID, ACCESS_KEY, SECRET)  # type: ignore[call-arg]


@pytest.mark.parametrize("secret", ["", " x", "x\n", "a\tb", "\ufeffx", "\ud800", '"x"'], ids=ascii)
def test_a_secret_that_breaks_the_rule_is_an_invalid_key(secret: str) -> None:
    """S5.4; the whole table is in test_tran_token.py."""
    with pytest.raises(errors.InvalidKey) as caught:
        project_key(secret_key=secret)
    assert_nothing_left(caught.value, secret)


def test_there_is_no_minimum_length_of_a_secret() -> None:
    """S5.4: its real length is written nowhere."""
    at = Instant(NOW_NS // 1_000_000, UTC)
    assert TranToken.sign(project_key(secret_key="k"), b"{}", at=at).mac == hmac.digest(
        b"k", b"{}", hashlib.sha256
    )


# --- Nothing secret in sight --------------------------------------------------------------------


def holders() -> list[object]:
    key = project_key()
    return [key, Project(key, zone=KST), Signer(key)]


@pytest.mark.parametrize("holder", holders(), ids=lambda holder: type(holder).__name__)
def test_what_holds_a_secret_shows_neither_it_nor_the_whole_access_key(holder: object) -> None:
    """S8: the access key's first four characters are kept."""
    mac_of_nothing = hmac.digest(SECRET.encode(), b"", hashlib.sha256)
    for shown in (
        repr(holder),
        str(holder),
        f"{holder}",
        f"{holder!r:>200}",
        f"{[holder]}",
        ascii(holder),
    ):
        assert type(holder).__name__ in shown
        assert SECRET not in shown
        assert ACCESS_KEY[4:] not in shown
        assert ACCESS_KEY[4:8] not in shown
        assert mac_of_nothing.hex() not in shown
    with pytest.raises(TypeError):
        json.dumps(holder)


def test_a_shown_key_tells_its_first_four_characters_and_its_state() -> None:
    assert (
        repr(project_key(state=KeyState.INACTIVE)) == f"<ProjectKey {ACCESS_KEY[:4]}*** inactive>"
    )


@pytest.mark.parametrize(
    "secret", ["made up, kept by nobody 1", b"made up, kept by nobody 2"], ids=["str", "bytes"]
)
def test_the_text_of_the_secret_is_not_kept(secret: str | bytes) -> None:
    """Whatever can be reached from the key, five steps deep, modules and classes left aside."""
    key = project_key(secret_key=secret)
    text = secret if isinstance(secret, str) else secret.decode()
    reached: list[object] = [key]
    seen: set[int] = set()
    for _ in range(5):
        reached = [
            one
            for one in gc.get_referents(*reached)
            if id(one) not in seen and not isinstance(one, type)
        ]
        seen.update(map(id, reached))
        for one in reached:
            assert not isinstance(one, (str, bytes)) or one not in (text, text.encode())
    assert seen  # the walk did see something


COPIERS: dict[str, Callable[[Any], object]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy in a list": lambda holder: copy.deepcopy([holder]),
    **{
        f"pickle {protocol}": lambda holder, protocol=protocol: pickle.dumps(holder, protocol)  # type: ignore[misc]
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "pickle in a dict": lambda holder: pickle.dumps({"key": holder}),
    "reduce": lambda holder: holder.__reduce_ex__(2),
}


@pytest.mark.parametrize("copier", COPIERS.values(), ids=COPIERS.keys())
@pytest.mark.parametrize("holder", holders(), ids=lambda holder: type(holder).__name__)
def test_what_holds_a_secret_is_neither_copied_nor_pickled(
    holder: object, copier: Callable[[Any], object]
) -> None:
    """D7."""
    with pytest.raises(TypeError, match="cannot be pickled or copied") as caught:
        copier(holder)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("holder", holders()[:2], ids=lambda holder: type(holder).__name__)
def test_what_holds_a_secret_does_not_change(holder: Any) -> None:
    for name in ("asp_id", "access_key", "state", "_hmac", "key", "ring", "zone", "new"):
        before = getattr(holder, name, None)
        with pytest.raises(AttributeError):
            setattr(holder, name, "x")
        with pytest.raises(AttributeError):
            delattr(holder, name)
        assert getattr(holder, name, None) is before


def test_keys_are_compared_by_identity() -> None:
    """Equality by value would compare secrets, and not in constant time."""
    key = project_key()
    assert key == key
    assert key != project_key()


# --- Project ------------------------------------------------------------------------------------


def test_a_project_is_a_key_and_perhaps_a_ring_and_a_zone(parties: Parties) -> None:
    ring = KeyRing([parties.first.provider_half], primary=KEY_ID)
    assert (parties.provider.key, parties.provider.zone) == (parties.key, KST)
    project = Project(parties.key, ring, UTC)
    assert (project.key, project.ring, project.zone) == (parties.key, ring, UTC)
    plain = Project(parties.key)
    assert (plain.ring, plain.zone) == (None, KST)


@pytest.mark.parametrize(
    "key",
    [None, SECRET, ACCESS_KEY, {"asp_id": ASP_ID}, ProjectKey],
    ids=lambda key: type(key).__name__,
)
def test_a_project_without_a_project_key_is_a_type_error(key: Any) -> None:
    with pytest.raises(TypeError) as caught:
        Project(key)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("ring", [[], {}, KEY_ID, KeyRing, 0, False], ids=repr)
def test_a_project_with_what_is_no_ring_is_a_type_error(ring: Any) -> None:
    """A bare list of keys names no primary."""
    with pytest.raises(TypeError):
        Project(project_key(), ring)


@pytest.mark.parametrize("zone", [None, "KST", 9, False, 0, ""], ids=repr)
def test_a_project_with_what_is_no_zone_is_a_type_error(zone: Any) -> None:
    """D8."""
    with pytest.raises(TypeError):
        Project(project_key(), None, zone)


def test_a_project_shows_its_key_masked(parties: Parties) -> None:
    shown = repr(parties.provider)
    assert shown == "<Project>"
    assert repr(parties.key) == f"<ProjectKey {ACCESS_KEY[:4]}*** active>"
