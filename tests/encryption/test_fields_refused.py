"""`kmcrypto/encryption/fields.py`: what FieldCipher refuses, with which error, after which work.

Fields are built by hand (tests/support/fields.py), so that each row bends exactly one thing and
all else of it is genuine.
"""

from __future__ import annotations

import datetime
import json
import os
from collections import UserDict
from collections.abc import Callable
from decimal import Context, Decimal, FloatOperation, Inexact, localcontext
from typing import Any

import pytest

from kmcrypto import CryptoKey, FieldCipher, KeyState, decrypt_message, errors, jwe
from kmcrypto.encryption.fields import FieldResult
from kmcrypto.keys.crypto_key import Side
from tests.support import KEY_ID, OTHER_KEY_ID
from tests.support.documents import nested, same
from tests.support.encodings import b64, unb64
from tests.support.fields import (
    CARD,
    DOCUMENT,
    KINDS,
    OAEP_256,
    PLAINTEXT,
    encrypted,
    field,
    head,
    platform,
    provider,
    refused,
    refuses,
    ring,
    silent,
    watched,
)
from tests.support.hsm import Hsm
from tests.support.parties import Parties

# --- Settings ------------------------------------------------------------------------------------

MAKERS = (FieldCipher.for_client, FieldCipher.for_gateway, FieldCipher.for_storage)


@pytest.fixture(params=MAKERS, ids=["client", "gateway", "storage"])
def make(request: pytest.FixtureRequest) -> Callable[..., FieldCipher]:
    """Each way to make a cipher."""
    maker: Callable[..., FieldCipher] = request.param
    return maker


@pytest.mark.parametrize(
    ("selector", "position"),
    [
        ("", 0),
        ("cardNo", 0),
        (" $", 0),
        ("$cardNo", 1),
        ("$.", 2),
        ("$.cardNo ", 9),
        ("$.a[", 4),
        ("$['a]", 5),
        ("$[1:2]", 3),
        ("$[?@.a]", 2),
        ("$['a','b']", 5),
        ("$..*", 3),
        ("$..[0]", 3),
        ("$.a.1", 4),
        ("$[01]", 3),
        ("$[-0]", 2),
        ("$['\ud800']", 3),
        ("$.이름[?(@)]", 5),
        ("$" + ".a" * 600, 1024),
    ],
)
def test_a_selector_outside_the_subset_is_refused_where_it_leaves_it(
    make: Callable[..., FieldCipher], parties: Parties, selector: str, position: int
) -> None:
    with pytest.raises(errors.InvalidSetting, match=rf"character {position}\b") as caught:
        make(provider(parties), ["$.cardNo", selector])
    assert (caught.value.code, caught.value.stage) == KINDS[errors.InvalidSetting]
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "options",
    [
        {"selectors": []},
        {"selectors": ()},
        pytest.param({"selectors": iter(())}, id="an iterator"),
        {"optional": ["$.b"]},
        {"plain": ["$.b"]},
        {"optional": ["$['a']"]},
        {"plain": ["$.a", "$.b"]},
        {"enc": "A192GCM"},
        {"enc": "a128gcm"},
        {"enc": ""},
    ],
    ids=repr,
)
def test_a_setting_outside_its_range_is_refused(
    make: Callable[..., FieldCipher], parties: Parties, options: dict[str, Any]
) -> None:
    """Another spelling in `optional` or `plain` would be leniency for nobody, or for everybody."""
    with pytest.raises(errors.InvalidSetting) as caught:
        make(provider(parties), **{"selectors": ["$.a"], **options})
    assert (caught.value.code, caught.value.stage) == KINDS[errors.InvalidSetting]


@pytest.mark.parametrize(
    "options",
    [
        {"selectors": "$.a"},
        {"selectors": "$"},
        {"optional": "$.a"},
        {"plain": "$.a"},
        {"optional": ""},
        {"selectors": [b"$.a"]},
        {"selectors": ["$.a", None]},
        {"selectors": None},
        {"selectors": 5},
        {"optional": None},
        {"plain": None},
        {"optional": [None]},
        {"optional": [["$.a"]]},
        {"plain": [b"$.a"]},
        {"plain": [1]},
        {"accept_inactive": 1},
        {"accept_inactive": None},
    ],
    ids=repr,
)
def test_a_setting_of_the_wrong_type_is_a_type_error(
    make: Callable[..., FieldCipher], parties: Parties, options: dict[str, Any]
) -> None:
    """D8: a bare text would be taken for a list of its characters."""
    [name] = options
    with pytest.raises(TypeError, match=rf"^{name}(\[\d\])? must be "):
        make(provider(parties), **{"selectors": ["$.a"], **options})


def test_selectors_may_come_from_any_iterable(
    make: Callable[..., FieldCipher], parties: Parties
) -> None:
    cipher = make(
        provider(parties), iter(["$.a"]), optional=(text for text in ["$.a"]), plain={"$.a": 1}
    )
    assert cipher.encrypt({}) == FieldResult({}, {"$.a": 0})
    assert cipher.decrypt({"a": 1}) == FieldResult({"a": 1}, {"$.a": 0})


@pytest.mark.parametrize("context", [5, b"order", ["order"], True, KEY_ID.encode()])
def test_a_context_is_text(parties: Parties, context: Any) -> None:
    cipher = FieldCipher.for_storage(provider(parties), ["$.cardNo"])
    for call in (cipher.encrypt, cipher.decrypt, cipher.rewrap):
        with pytest.raises(TypeError) as caught:
            call(cipher.encrypt(DOCUMENT).document, context)
        silent(caught.value)


def test_a_ring_is_a_key_ring(make: Callable[..., FieldCipher], parties: Parties) -> None:
    """D8."""
    rings: list[Any] = [
        None,
        "ring",
        parties.first.provider_half,
        [parties.first.provider_half],
        parties.provider,
    ]
    for wrong in rings:
        with pytest.raises(TypeError):
            make(wrong, ["$.a"])


@pytest.mark.parametrize("side", ["nobody", "", "CLIENT"])
def test_a_side_is_one_of_the_two(parties: Parties, side: Any) -> None:
    with pytest.raises(errors.InvalidSetting, match="side must be"):
        FieldCipher.for_storage(provider(parties), ["$.a"], side=side)


@pytest.mark.parametrize("side", [5, b"client", ["client"], {}, True])
def test_a_side_of_another_type_is_a_type_error(parties: Parties, side: Any) -> None:
    """D8."""
    with pytest.raises(TypeError, match=r"^side must be Side or str or None, not "):
        FieldCipher.for_storage(provider(parties), ["$.a"], side=side)
    for name in ("encrypts_to", "decrypts_with"):
        sides: dict[str, Any] = {"encrypts_to": Side.CLIENT, "decrypts_with": Side.CLIENT}
        with pytest.raises(TypeError, match=f"^{name} must be Side, not "):
            FieldCipher(provider(parties), ["$.a"], **{**sides, name: side})


@pytest.mark.parametrize("selectors", [["cardNo"], [], "$.cardNo"], ids=repr)
def test_a_refused_setting_takes_no_ring_along(
    make: Callable[..., FieldCipher], parties: Parties, selectors: Any
) -> None:
    """D7: the keys are not among the locals that a traceback carries."""
    with pytest.raises((errors.InvalidSetting, TypeError)) as caught:
        make(provider(parties), selectors, optional=[])
    silent(caught.value)


# --- What selectors select -----------------------------------------------------------------------

NOTHING = [
    "$.missing",
    "$.members[2].cvc",
    "$.members[-3]",
    "$.cardNo.x",
    "$.cardNo[0]",
    "$['0']",
    "$[0]",
    "$.empty.*",
    "$..missing",
    "$.none[*]",
    "$.cardno",
    "$.members.cvc",
]


@pytest.mark.parametrize("selector", NOTHING)
def test_a_selector_that_selects_nothing_is_refused(parties: Parties, selector: str) -> None:
    """D3, also where another one is optional, or it may find plain values: there are none."""
    document = {**DOCUMENT, "empty": []}
    for selectors in ([selector], ["$.cardNo", "$.x", selector, "$.none"]):
        options = {"optional": ["$.x"] if "$.x" in selectors else [], "plain": selectors}
        client = FieldCipher.for_client(provider(parties), selectors, **options)  # type: ignore[arg-type]
        refused(errors.InvalidPayload, client.encrypt, document, at_fault=selector)
        gateway, log = watched(parties, selectors, **options)
        refused(errors.MalformedPayload, gateway.decrypt, document, at_fault=selector)
        assert log == []


INSIDE = [
    (["$.members", "$.members[0].cvc"], "$.members[0].cvc"),
    (["$.members[0].cvc", "$.members"], "$.members[0].cvc"),
    (["$.members[*]", "$..cvc"], "$..cvc"),
    (["$", "$.cardNo"], "$.cardNo"),
    (["$.*", "$..name"], "$..name"),
    (["$..a"], "$..a"),
    (["$.tree", "$..a"], "$..a"),
]


@pytest.mark.parametrize(("selectors", "fault"), INSIDE)
def test_a_value_within_a_selected_one_is_refused(
    parties: Parties, selectors: list[str], fault: str
) -> None:
    """Which of the two is due? Neither `optional` nor `plain` says."""
    document = {**DOCUMENT, "tree": {"b": {"a": [{"a": 1}]}}}
    for options in ({}, {"optional": selectors, "plain": selectors}):
        client = FieldCipher.for_client(provider(parties), selectors, **options)  # type: ignore[arg-type]
        refused(errors.InvalidPayload, client.encrypt, document, at_fault=fault)
        gateway, log = watched(parties, selectors, **options)
        refused(errors.MalformedPayload, gateway.decrypt, document, at_fault=fault)
        assert log == []


# --- Documents that JSON can't say ---------------------------------------------------------------


LOOP: list[Any] = []
LOOP.append(LOOP)
NO_JSON: dict[str, Any] = {
    "NaN": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "Decimal NaN": Decimal("NaN"),
    "Decimal sNaN": Decimal("sNaN"),
    "Decimal infinity": Decimal("-Infinity"),
    "a set": {CARD},
    "bytes": CARD.encode(),
    "bytearray": bytearray(b"hidden"),
    "an object": object(),
    "complex": 1j,
    "a date": datetime.date(2026, 11, 23),
    "65 digits": 10**64,
    "65 digits, negative": -(10**64),
    "a million digits": 1 << 3_000_000,
    "half a pair": "hidden\ud800",
    "half a pair in a name": {"\udc00": CARD},
    "a number for a name": {1: CARD},
    "None for a name": {None: CARD},
    "a mapping that is no dict": UserDict({"a": CARD}),
    "a thousand levels": nested(1000, CARD),
    "itself": LOOP,
    "a long Decimal": Decimal("1" * 129),
    "a long Decimal fraction": Decimal("0." + "1" * 127),
    "a range": range(3),
    "Ellipsis": ...,
}


@pytest.mark.parametrize("value", NO_JSON.values(), ids=NO_JSON.keys())
def test_a_selected_value_that_json_can_not_say_is_refused(parties: Parties, value: Any) -> None:
    """S9.2, alone, within a value and beside a Decimal. Some readers would refuse such a field."""
    client = FieldCipher.for_client(provider(parties), ["$.v"])
    for document in (
        {"v": value},
        {"v": [value, Decimal("1.10")]},
        {"v": {"a": Decimal("1.10"), "b": value}},
    ):
        refused(errors.InvalidPayload, client.encrypt, document)


def test_a_selected_value_has_64_levels_at_most(parties: Parties) -> None:
    """What strict JSON reads; levels around the value do not count, a Decimal changes nothing."""
    client = FieldCipher.for_client(provider(parties), ["$.a.v"])
    gateway, _ = watched(parties, ["$.a.v"])
    for document in ({"a": {"v": nested(64, CARD)}}, {"a": {"v": nested(64, Decimal("1.10"))}}):
        assert same(gateway.decrypt(client.encrypt(document).document).document, document)
    for value in (
        nested(65, CARD),
        nested(65, Decimal("1.10")),
        [Decimal("1.10"), nested(64, CARD)],
        nested(128, CARD),
    ):
        refused(errors.InvalidPayload, client.encrypt, {"a": {"v": value}})


@pytest.mark.parametrize(
    "text",
    ["1E+309", "-1.8E+308", "1E+400", "9E+999999", "1E-400", "1E-999999", "0E+309", "0E-325"],
)
def test_a_decimal_outside_a_doubles_range_is_refused_by_both_sides(
    parties: Parties, text: str
) -> None:
    """S9.2, at both ends: a number that a reader takes for infinity or for 0 is another one."""
    client = FieldCipher.for_client(provider(parties), ["$.cardNo"])
    document = {"cardNo": Decimal(text)}
    refused(errors.InvalidPayload, client.encrypt, document, at_fault="$.cardNo")
    token = field(parties.first.platform.public_key(), text.encode())
    refuses(parties, token, errors.MalformedPayload, rsa_calls=1)


@pytest.mark.parametrize("value", [Decimal("1E+5"), Decimal("1E-9"), Decimal("1.10")], ids=str)
def test_the_callers_decimal_context_changes_nothing(parties: Parties, value: Decimal) -> None:
    """It has a precision, traps, and whether an exponent is written with a capital E."""
    with localcontext(Context(prec=1, capitals=0, traps=[Inexact, FloatOperation])):
        sealed = encrypted(parties, document={"cardNo": value})
        assert same(watched(parties)[0].decrypt(sealed).document, {"cardNo": value})


@pytest.mark.parametrize("value", [float("nan"), b"hidden", {1: CARD}, "\ud800"], ids=repr)
def test_the_selector_of_a_value_that_json_can_not_say_is_named(
    parties: Parties, value: Any
) -> None:
    """As the docstring of `encrypt` has it: among twenty fields, which one?"""
    client = FieldCipher.for_client(provider(parties), ["$.cardNo", "$.v"])
    refused(errors.InvalidPayload, client.encrypt, {"cardNo": CARD, "v": value}, at_fault="$.v")


def test_the_place_of_what_json_can_not_say_is_named(parties: Parties) -> None:
    """D9: the selector selects many values, and a value has many members."""
    client = FieldCipher.for_client(provider(parties), ["$.cards[*]"])
    document = {"cards": [{"no": CARD}, {"no": CARD, CARD: {"since": {CARD}}}]}
    error = refused(errors.InvalidPayload, client.encrypt, document, at_fault="$.cards[*]")
    assert str(error) == (
        "cards[1].*.since is a set, which JSON has no type for: pass a list (S9.2)"
    )


def test_a_selected_document_has_its_own_name(parties: Parties) -> None:
    client = FieldCipher.for_client(provider(parties), ["$"])
    error = refused(errors.InvalidPayload, client.encrypt, b"hidden", at_fault="$")
    assert str(error).startswith("the document is bytes, which JSON has no type for")


@pytest.mark.parametrize("document", [{"x": {5: CARD}}, {"x": nested(65, CARD)}], ids=lambda _: "")
def test_what_a_document_must_have_is_said(parties: Parties, document: Any) -> None:
    client = FieldCipher.for_client(provider(parties), ["$.cardNo"])
    error = refused(errors.InvalidPayload, client.encrypt, document)
    assert "must have str for all names, and at most 64 levels (S9.2)" in str(error)


def test_what_is_not_selected_may_be_anything(parties: Parties) -> None:
    """It is neither read nor written."""
    trees = (
        "itself",
        "a thousand levels",
        "a number for a name",
        "None for a name",
        "half a pair in a name",
    )
    values = [value for name, value in NO_JSON.items() if name not in trees]
    document = {"cardNo": CARD, "others": values}
    sealed = encrypted(parties, document=document)
    back = FieldCipher.for_gateway(platform(parties), ["$.cardNo"]).decrypt(sealed).document
    assert back["cardNo"] == CARD
    for result in (sealed, back):
        assert all(new is old for new, old in zip(result["others"], values, strict=True))


@pytest.mark.parametrize(
    "other", [{1: "a"}, {"a": {None: 1}}, nested(64), nested(100_000), LOOP], ids=lambda _: ""
)
def test_a_document_that_is_no_json_tree_is_not_encrypted(parties: Parties, other: Any) -> None:
    """A copy of it would not be what was given."""
    client = FieldCipher.for_client(provider(parties), ["$.cardNo"])
    refused(errors.InvalidPayload, client.encrypt, {"cardNo": CARD, "other": other})
    while isinstance(other, (dict, list)) and len(other) == 1 and other is not LOOP:
        other = (
            other.popitem()[1] if isinstance(other, dict) else other.pop()
        )  # some Pythons free it by recursion


@pytest.mark.parametrize("value", [{None: 1}, [{"a": {1: 2}}], nested(65), LOOP], ids=lambda _: "")
def test_a_plain_value_that_is_no_json_tree_is_a_remote_error(parties: Parties, value: Any) -> None:
    """D8: its place is plain, so nothing decrypts it, but it is copied."""
    gateway, log = watched(parties, ["$.cardNo", "$.b"], plain=["$.b"])
    document = {**encrypted(parties), "b": value}
    refused(errors.MalformedPayload, gateway.decrypt, document)
    assert log == []
    cipher = FieldCipher.for_storage(provider(parties), ["$.b"], plain=["$.b"])
    refused(errors.InvalidPayload, cipher.rewrap, {"b": value}, at_fault="$.b")


def test_a_plain_value_has_levels_of_its_own(parties: Parties) -> None:
    """As it has them when it is encrypted."""
    gateway, _ = watched(parties, ["$.a.b"], plain=["$.a.b"])
    document = {"a": {"b": nested(64, CARD)}}
    back = gateway.decrypt(document).document
    assert same(back, document)
    assert back["a"]["b"] is not document["a"]["b"]


@pytest.mark.parametrize("other", [{1: "a"}, {"a": {None: 1}}, nested(64), LOOP], ids=lambda _: "")
def test_a_document_that_is_no_json_tree_and_came_in_is_a_remote_error(
    parties: Parties, other: Any
) -> None:
    """docs/design.md, The names callers see: what came in is wrong, not our side; a Gateway would
    answer 500.
    """
    gateway, log = watched(parties)
    refused(errors.MalformedPayload, gateway.decrypt, {**encrypted(parties), "other": other})
    deep, _ = watched(parties, ["$..cardNo"])
    refused(errors.MalformedPayload, deep.decrypt, {**encrypted(parties), "other": other})
    assert log == []


def test_the_longest_header_that_is_written_is_read(parties: Parties) -> None:
    """docs/threats.md: a header is at most 8 KiB; a longer one is refused by who writes it."""
    client = FieldCipher.for_client(provider(parties), ["$.cardNo"])
    used = len(unb64(client.encrypt(DOCUMENT, "").document["cardNo"].split(".")[0]))
    longest = "x" * (8192 - used)
    sealed = client.encrypt(DOCUMENT, longest).document
    assert len(unb64(sealed["cardNo"].split(".")[0])) == 8192
    assert same(
        FieldCipher.for_gateway(platform(parties), ["$.cardNo"]).decrypt(sealed, longest).document,
        DOCUMENT,
    )
    for context in (longest + "x", longest[:-2] + "가", "x" * 1_000_000, "\ud800"):
        refused(errors.InvalidPayload, client.encrypt, DOCUMENT, context)
    names = {"a" * 5000: {"b" * 5000: CARD}}
    refused(
        errors.InvalidPayload, FieldCipher.for_client(provider(parties), ["$.*.*"]).encrypt, names
    )


# --- Plain where a field is due ------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        CARD,
        "",
        None,
        5,
        True,
        [],
        {},
        ["a.b.c.d.e"],
        1.5,
        Decimal("1.10"),
        "a.b.c.d",
        ".....",
        b"a.b.c.d.e",
    ],
    ids=repr,
)
def test_a_plain_value_is_refused(parties: Parties, value: Any) -> None:
    """S9.4, S4.8; leniency for one selector is none for another, nor is `optional`."""
    refuses(parties, value, errors.WrongProtection, rsa_calls=0)
    sealed = {**encrypted(parties, "$.cardNo", "$.members[0].cvc"), "cardNo": value}
    for options in ({"plain": ["$.members[0].cvc"]}, {"optional": ["$.cardNo"]}):
        gateway, log = watched(parties, ["$.cardNo", "$.members[0].cvc"], **options)
        refused(errors.WrongProtection, gateway.decrypt, sealed)
        assert log == []


@pytest.mark.parametrize(
    "token", ["....", "a.b.c.d.e", "1.2.3.4.5", "eyJhbGciOiJub25lIn0....", "…....", "\ud800...."]
)
def test_a_broken_jwe_is_refused_where_a_field_must_be(parties: Parties, token: str) -> None:
    refuses(parties, token, rsa_calls=0)


# Texts that begin with a JWE header, which is strict JSON in canonical base64url (S9.6). Whatever
# comes behind its dot, they are no plain values.
BEGIN_WITH_A_HEADER: list[str] = [
    b64(header) + rest
    for header in (
        b'{"alg":"dir","enc":"A128GCM"}',
        b' {"enc":"x", "alg":"y", "zip":"DEF"}\n',
        b'{"alg":"","enc":""}',
        b'{"alg":"RSA-OAEP-256","enc":"A128GCM","x":"' + b"x" * 8000 + b'"}',
    )
    for rest in (".", "....", ".a.b.c.d", ".a.b.c.d.e", ". and more")
]
# Texts that do not, with four dots or without.
BEGIN_WITH_NO_HEADER: list[str] = [
    b64(header) + "...."
    for header in (
        b"",
        b"{}",
        b'{"alg":"none"}',
        b'{"enc":"A128GCM"}',
        b'{"alg":1,"enc":"A128GCM"}',
        b'{"alg":"dir","enc":null}',
        b'["alg","enc"]',
        b'{"alg":"dir","enc":"A128GCM","enc":"A128GCM"}',
        b'\xef\xbb\xbf{"alg":"dir","enc":"A128GCM"}',
        b'{"alg":"dir","enc":"A128GCM"',
        b'{"alg":"dir","enc":"A128GCM","x":"' + b"x" * 8192 + b'"}',
    )
] + [b64(b'{"alg":"dir","enc":"A128GCM"}') + rest for rest in ("", "=....", " ....", "\n....")]


@pytest.mark.parametrize("value", BEGIN_WITH_A_HEADER)
def test_what_begins_with_a_jwe_header_is_not_taken_for_plain(parties: Parties, value: str) -> None:
    """D3: a field that was cut off, or that another program wrote, does not pass."""
    gateway, log = watched(parties, plain=["$.cardNo"])
    kind = errors.DecryptionError if value.count(".") == 4 else errors.WrongProtection
    refused(kind, gateway.decrypt, {"cardNo": value})
    assert log == []


@pytest.mark.parametrize("value", BEGIN_WITH_NO_HEADER)
def test_what_begins_with_no_jwe_header_is_plain(parties: Parties, value: str) -> None:
    gateway, log = watched(parties, plain=["$.cardNo"])
    assert gateway.decrypt({"cardNo": value}) == FieldResult({"cardNo": value}, {"$.cardNo": 0})
    assert log == []


def test_a_field_is_not_encrypted_again(parties: Parties) -> None:
    """S9.6, whatever record it is of, under whatever key, whole or cut off."""
    cipher = FieldCipher.for_storage(provider(parties), ["$.이름", "$.cardNo"])
    once = cipher.encrypt(DOCUMENT, "order 5").document
    error = refused(errors.InvalidPayload, cipher.encrypt, once, "order 5", at_fault="$.cardNo")
    assert "decrypt" in str(error)
    assert "rewrap()" in str(error)
    token = once["cardNo"]
    stranger = field(parties.second.client.public_key(), PLAINTEXT, head(kid="f" * 32))
    for value in (token, token[:-1], token.rsplit(".", 2)[0], stranger):
        document = {**DOCUMENT, "cardNo": value}
        for context in ("order 5", "order 6", None):
            refused(errors.InvalidPayload, cipher.encrypt, document, context, at_fault="$.cardNo")
    assert same(
        cipher.decrypt(cipher.rewrap(once, "order 5").document, "order 5").document, DOCUMENT
    )


def test_a_field_of_another_place_is_not_encrypted_either(parties: Parties) -> None:
    """An element that was put in before fields moves them: encrypted again, they would be lost."""
    cipher = FieldCipher.for_storage(provider(parties), ["$[*]"], plain=["$[*]"])
    encrypted = cipher.encrypt(["1", "2"]).document
    refused(errors.InvalidPayload, cipher.encrypt, ["0", *encrypted], at_fault="$[*]")
    refused(errors.DecryptionError, cipher.rewrap, ["0", *encrypted])


def test_a_field_in_a_field_is_not_rewrapped(parties: Parties) -> None:
    """An older version wrote such fields; decrypting takes off one layer after the other."""
    cipher = FieldCipher.for_storage(provider(parties), ["$.cardNo"])
    public = parties.first.client.public_key()
    inner = field(public, PLAINTEXT)
    outer = field(public, json.dumps(inner).encode())
    refused(errors.InvalidPayload, cipher.rewrap, {"cardNo": outer}, at_fault="$.cardNo")
    assert cipher.decrypt({"cardNo": outer}).document == {"cardNo": inner}


@pytest.mark.parametrize("selectors", [["$.cardNo", "$.*"], ["$.*", "$.cardNo"]])
def test_a_lenient_selector_takes_nothing_from_a_strict_one(
    parties: Parties, selectors: list[str]
) -> None:
    """D3: where both select a value, the one that is not in `plain` still demands a field."""
    gateway, log = watched(parties, selectors, plain=["$.*"])
    refused(errors.WrongProtection, gateway.decrypt, {"cardNo": CARD})
    assert log == []


# --- Another place, another record ---------------------------------------------------------------


def test_a_field_that_was_moved_is_refused(parties: Parties) -> None:
    """S9.4: swapped, copied, or in the other place of a list; and nothing was spent on it."""
    selectors = ["$.cardNo", "$.이름", "$.members[*].cvc"]
    gateway, log = watched(parties, selectors)
    sealed = encrypted(parties, *selectors)
    swapped = {**sealed, "cardNo": sealed["이름"], "이름": sealed["cardNo"]}
    copied = {**sealed, "이름": sealed["cardNo"]}
    turned = {**sealed, "members": sealed["members"][::-1]}
    shifted = {**sealed, "members": [{"cvc": "x"}, *sealed["members"]]}
    for document in (swapped, copied, turned):
        refused(errors.DecryptionError, gateway.decrypt, document)
    refused(errors.WrongProtection, gateway.decrypt, shifted)
    deeper, _ = watched(parties, ["$.wrapped.cardNo"])
    refused(errors.DecryptionError, deeper.decrypt, {"wrapped": sealed})
    assert log == []
    assert same(gateway.decrypt(sealed).document, DOCUMENT)


CONTEXTS = [
    (None, "a"),
    (None, ""),
    ("a", None),
    ("", None),
    ("a", "b"),
    ("a", "A"),
    ("a", ""),
    ("", "a"),
    ("a", "a "),
    ("\uac00", "\u1100\u1161"),
    ("1", "01"),
]


@pytest.mark.parametrize(("written", "read"), CONTEXTS)
def test_a_field_of_another_record_is_refused(
    parties: Parties, written: str | None, read: str | None
) -> None:
    """S9.4, compared exactly."""
    gateway, log = watched(parties)
    sealed = encrypted(parties, context=written)
    refused(errors.DecryptionError, gateway.decrypt, sealed, read)
    assert log == []
    assert same(gateway.decrypt(sealed, written).document, DOCUMENT)


def test_a_moved_field_is_not_a_plain_value(parties: Parties) -> None:
    """Leniency is for what was never encrypted."""
    gateway, log = watched(parties, ["$.cardNo", "$.이름"], plain=["$.cardNo", "$.이름"])
    sealed = encrypted(parties, "$.cardNo", "$.이름")
    assert gateway.decrypt({**sealed, "cardNo": CARD}).report == {"$.cardNo": 0, "$.이름": 1}
    log.clear()
    refused(errors.DecryptionError, gateway.decrypt, {**sealed, "cardNo": sealed["이름"]})
    refused(errors.DecryptionError, gateway.decrypt, sealed, "order 5")
    assert log == []


def test_a_refused_rewrap_is_as_silent(parties: Parties) -> None:
    cipher = FieldCipher.for_storage(provider(parties), ["$.cardNo", "$.이름"])
    sealed = cipher.encrypt(DOCUMENT, "order 5").document
    refused(errors.DecryptionError, cipher.rewrap, sealed, "order 6")
    refused(
        errors.DecryptionError,
        cipher.rewrap,
        {**sealed, "cardNo": sealed["cardNo"][:-4] + "AAAA"},
        "order 5",
    )
    refused(errors.WrongProtection, cipher.rewrap, {**sealed, "이름": "hidden"}, "order 5")
    refused(
        errors.MalformedPayload,
        cipher.rewrap,
        {"cardNo": sealed["cardNo"]},
        "order 5",
        at_fault="$.이름",
    )
    gateway, log = watched(parties, ["$.cardNo", "$.이름"])
    refused(errors.InvalidSetting, gateway.rewrap, encrypted(parties, "$.cardNo", "$.이름"))
    assert log == []


def test_fields_swapped_between_two_records_are_refused(parties: Parties) -> None:
    gateway, _ = watched(parties)
    one, two = (encrypted(parties, context=record) for record in ("record 1", "record 2"))
    for record, token in (("record 1", two["cardNo"]), ("record 2", one["cardNo"])):
        refused(errors.DecryptionError, gateway.decrypt, {**one, "cardNo": token}, record)


PATHS: list[Any] = [
    ...,
    None,
    5,
    True,
    [],
    {},
    ["$['cardNo']"],
    {"$['cardNo']": 1},
    "",
    "$",
    "$.cardNo",
    '$["cardNo"]',
    "$['cardno']",
    "$['cardNo'] ",
    " $['cardNo']",
    "$ ['cardNo']",
    "$[ 'cardNo' ]",
    "$['\\u0063ardNo']",
    "cardNo",
    "$['cardNo']\0",
    "$['cardNo']['x']",
    "$..cardNo",
    "$.*",
    "$['cardNo']" * 2,
]


@pytest.mark.parametrize("path", PATHS, ids=repr)
def test_a_field_that_does_not_say_its_place_in_the_one_spelling_is_refused(
    parties: Parties, path: Any
) -> None:
    """S9.1, S9.4: it needs km-path, and that is text; before any RSA."""
    refuses(parties, field(parties.first.platform.public_key(), PLAINTEXT, head(path)), rsa_calls=0)


@pytest.mark.parametrize(
    "path", ["$['m'][-1]", "$['m'][01]", "$['m'][1.0]", "$['m']['1']", "$['m'][0]", "$['m'][*]"]
)
def test_an_index_has_one_spelling_too(parties: Parties, path: str) -> None:
    gateway, log = watched(parties, ["$.m[1]"])
    public = parties.first.platform.public_key()
    refused(
        errors.DecryptionError, gateway.decrypt, {"m": [0, field(public, PLAINTEXT, head(path))]}
    )
    assert log == []
    assert gateway.decrypt({"m": [0, field(public, PLAINTEXT, head("$['m'][1]"))]}).document == {
        "m": [0, CARD]
    }


@pytest.mark.parametrize("written", [5, True, [], ["5"], {}, 5.0, None])
def test_a_context_that_is_no_text_matches_none(parties: Parties, written: Any) -> None:
    gateway, log = watched(parties)
    token = field(parties.first.platform.public_key(), PLAINTEXT, head(**{"km-ctx": written}))
    for read in ("5", "True", "[]", "", "None", "null"):
        refused(errors.DecryptionError, gateway.decrypt, {"cardNo": token}, read)
    assert log == []


# --- A field is no message, and a message no field -----------------------------------------------


def test_a_message_in_a_fields_place_is_refused(parties: Parties) -> None:
    public = parties.first.platform.public_key()
    refuses(parties, jwe.encrypt(PLAINTEXT, public, kid=KEY_ID), rsa_calls=0)
    refuses(parties, jwe.encrypt(PLAINTEXT, public), rsa_calls=0)


def test_a_field_in_a_messages_place_is_refused(parties: Parties) -> None:
    """S9.4. It opens as a JWE, and its plaintext would be a message."""
    document = encrypted(parties, "$.wrapped", document={"wrapped": {"cardNo": CARD}})
    spy = Hsm(parties.first.platform)
    assert json.loads(jwe.decrypt(document["wrapped"], spy, kid=KEY_ID)) == {"cardNo": CARD}
    spy.log.clear()
    for kid in (None, KEY_ID):
        body = json.dumps({"encData": document["wrapped"]}).encode()
        refused(
            errors.DecryptionError, lambda body=body, kid=kid: decrypt_message(body, spy, kid=kid)
        )
    assert spy.log == []


# --- Headers -------------------------------------------------------------------------------------

OUTSIDE: dict[str, dict[str, Any] | bytes] = {
    "RSA-OAEP": head(alg="RSA-OAEP"),
    "RSA1_5": head(alg="RSA1_5"),
    "dir": head(alg="dir"),
    "no alg": head(alg=...),
    "alg null": head(alg=None),
    "alg a list": head(alg=["RSA-OAEP-256"]),
    "A192GCM": head(enc="A192GCM"),
    "A128CBC-HS256": head(enc="A128CBC-HS256"),
    "no enc": head(enc=...),
    "enc a list": head(enc=["A128GCM"]),
    "crit": head(crit=["km-path"]),
    "crit empty": head(crit=[]),
    "crit null": head(crit=None),
    "zip": head(zip="DEF"),
    "zip null": head(zip=None),
    "b64": head(b64=False),
    "jwk": head(jwk={"kty": "oct", "k": "AA"}),
    "jku": head(jku="https://example.invalid/"),
    "x5u": head(x5u="https://example.invalid/"),
    "x5c": head(x5c=["AA"]),
    "epk": head(epk={}),
    "p2c": head(p2c=2**31 - 1),
    "kid null": head(kid=None),
    "kid a number": head(kid=5),
    "kid a list": head(kid=[KEY_ID]),
    "kid half a pair": head(kid="\ud800"),
    "more than 8 KiB": head(x="x" * 9000),
    "a list": json.dumps([head()]).encode(),
    "nothing": b"",
    "no JSON": b"hidden",
    "null": b"null",
    "BOM": b"\xef\xbb\xbf" + json.dumps(head()).encode(),
    "UTF-16": json.dumps(head()).encode("utf-16"),
    "NaN": json.dumps(head(x=float("nan"))).encode(),
    "deep": json.dumps(head()).encode()[:-1] + b',"x":' + b"[" * 3000 + b"]" * 3000 + b"}",
    "text behind": json.dumps(head()).encode() + b"x",
    **{
        f"two {name}": f'{json.dumps(head())[:-1]},"{name}":{json.dumps(value)}}}'.encode()
        for name, value in head().items()
    },
    "two km-path, one escaped": json.dumps(head()).encode()[:-1]
    + b',"km\\u002dpath":"$[\'cardNo\']"}',
}


@pytest.mark.parametrize("header", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_a_header_outside_the_profile_is_refused_before_any_rsa(
    parties: Parties, header: dict[str, Any] | bytes
) -> None:
    """S4.2 to S4.4; also when it comes last, after fields that would open."""
    token = field(parties.first.platform.public_key(), PLAINTEXT, header)
    refuses(parties, token, rsa_calls=0)
    gateway, log = watched(parties, ["$.이름", "$.cardNo"])
    refused(
        errors.DecryptionError, gateway.decrypt, {**encrypted(parties, "$.이름"), "cardNo": token}
    )
    assert log == []


# --- Keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kid", [..., "", "f" * 32, KEY_ID.upper(), KEY_ID + " ", KEY_ID[:-1], "../etc", "x" * 5000]
)
def test_a_field_that_names_no_key_of_the_ring_is_refused(parties: Parties, kid: Any) -> None:
    """S5.2: compared exactly, and never another key tried."""
    token = field(parties.first.platform.public_key(), PLAINTEXT, head(kid=kid))
    refuses(parties, token, errors.UnknownCryptoKey, rsa_calls=0)


def test_a_field_that_names_another_key_of_the_ring_does_not_open(parties: Parties) -> None:
    """By id, never by trying (D4): one operation, with the key that is named."""
    public = parties.first.platform.public_key()
    refuses(parties, field(public, PLAINTEXT, head(kid=OTHER_KEY_ID)), rsa_calls=1)
    # Two fields under one encrypted key name two crypto keys: no CEK must open the other's field.
    gateway, log = watched(parties, ["$.a", "$.b"])
    cek = os.urandom(16)
    ek = public.encrypt(cek, OAEP_256)
    both = {
        name: field(public, b"1", head(f"$['{name}']", kid), cek=cek, ek=ek)
        for name, kid in (("a", KEY_ID), ("b", OTHER_KEY_ID))
    }
    refused(errors.DecryptionError, gateway.decrypt, both)
    assert len(log) == 2


def test_keys_of_another_project_are_unknown(parties: Parties) -> None:
    """S5.2."""
    sealed = (
        FieldCipher.for_client(ring(parties.second.provider_half), ["$.cardNo"])
        .encrypt(DOCUMENT)
        .document
    )
    cipher = FieldCipher.for_gateway(platform(parties), ["$.cardNo"])
    refused(errors.UnknownCryptoKey, cipher.decrypt, sealed)


def test_a_key_that_may_not_or_can_not_open_is_said(parties: Parties) -> None:
    """Which of them may is in test_fields.py; here, the refusal is silent and before any RSA."""
    sealed, log = encrypted(parties), list[str]()
    spy = Hsm(parties.first.platform, log=log)
    old = CryptoKey.load(id=KEY_ID, platform_private=spy)
    keys = ring(old, parties.second.platform_half)
    log.clear()
    for state, accept, kind in (
        (KeyState.INACTIVE, False, errors.InactiveKey),
        (KeyState.DISCARDED, False, errors.UnknownCryptoKey),
        (KeyState.DISCARDED, True, errors.UnknownCryptoKey),
    ):
        cipher = FieldCipher.for_gateway(
            keys.with_state(KEY_ID, state), ["$.cardNo"], accept_inactive=accept
        )
        refused(kind, cipher.decrypt, sealed)
    refused(errors.KeyUnavailable, FieldCipher.for_client(ring(old), ["$.cardNo"]).decrypt, sealed)
    refused(
        errors.KeyUnavailable, FieldCipher.for_gateway(ring(old), ["$.cardNo"]).encrypt, DOCUMENT
    )
    assert log == []
