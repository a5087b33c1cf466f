"""`kmcrypto/encryption/fields.py`: what is written in a field's place, and who decrypts it.

What FieldCipher refuses is in test_fields_refused.py. Tokens are built and opened by hand too
(tests/support/fields.py),
and places are found by the `jsonpath-rfc9535` package.
"""

from __future__ import annotations

import copy
import json
import pickle
import re
import threading
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Any

import jsonpath_rfc9535 as other
import pytest
from hypothesis import assume, given, strategies as st

from kmcrypto import CryptoKey, FieldCipher, KeyState, errors, jwe
from kmcrypto.encryption.fields import FieldResult
from kmcrypto.keys.crypto_key import Side
from tests.support import KEY_ID, OTHER_KEY_ID
from tests.support.documents import DECIMALS, VALUES, Place, at, inside, put, same
from tests.support.encodings import unb64
from tests.support.fields import (
    CARD,
    CEK_BYTES,
    COMPACT,
    DOCUMENT,
    field,
    head,
    opened,
    platform,
    provider,
    ring,
)
from tests.support.parties import Pair, Parties
from tests.support.peers import ALG, ENCS, Jwcrypto, LenientJoserfc, Node, Peer
from tests.support.properties import examples

# --- Documents -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, True), (1, 1.0), (0.0, -0.0), (Decimal("1.10"), Decimal("1.1")), (Decimal(1), 1), ("1", 1),
     (None, False), ([], {}), ([1], [True]), ({"a": 1}, {"a": 1.0}),
     ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ([1], [1, 2]), ((), [])],
)  # fmt: skip
def test_what_these_tests_call_the_same_is_strict(left: Any, right: Any) -> None:
    assert same(left, left)
    assert not same(left, right)
    assert not same({"x": [left]}, {"x": [right]})


def places(selector: str, document: Any) -> dict[Place, str]:
    """Where a selector points, with normalized paths, according to another implementation."""
    return {node.location: node.path() for node in other.find(selector, document)}


@st.composite
def selected(draw: st.DrawFn) -> tuple[Any, dict[str, dict[Place, str]]]:
    """A document, and selectors of its places none of which is inside of another one."""
    document = draw(VALUES)
    every = list(inside(document))
    chosen: dict[str, dict[Place, str]] = {}
    for place in draw(st.lists(st.sampled_from(every), min_size=1, max_size=5)):
        text = "$"
        for depth, step in enumerate(place):
            kind = draw(st.sampled_from(["exact", "exact", "exact", "wild", "other"]))
            if kind == "wild":
                text += draw(st.sampled_from(["[*]", ".*"]))
            elif isinstance(step, int):
                text += f"[{step - len(at(document, place[:depth])) if kind == 'other' else step}]"
            elif kind == "other" and re.fullmatch("[A-Za-z]+", step):
                text += draw(st.sampled_from([".", ".."])) + step
            else:
                text += f"[{json.dumps(step, ensure_ascii=draw(st.booleans()))}]"
        found = places(text, document)
        together = {one for some in (*chosen.values(), found) for one in some}
        if not any(one[:depth] in together for one in together for depth in range(len(one))):
            chosen[text] = found
    assume(chosen)
    return document, chosen


# --- There and back -------------------------------------------------------------------------------


@examples(150)
@given(
    drawn=selected(), enc=st.sampled_from(ENCS), context=st.none() | st.sampled_from(["", "주문 5"])
)
def test_what_is_encrypted_is_decrypted_in_value_type_digits_and_order(
    parties: Parties, drawn: tuple[Any, dict[str, dict[Place, str]]], enc: str, context: str | None
) -> None:
    document, chosen = drawn
    before, counts = copy.deepcopy(document), {text: len(found) for text, found in chosen.items()}
    sealed = FieldCipher.for_client(provider(parties), chosen, enc=enc).encrypt(document, context)
    assert same(document, before)
    assert sealed.report == counts
    # Each selected value is a field that says its place and holds it; all else is as it was.
    expected = copy.deepcopy(document)
    for place, path in {
        place: path for found in chosen.values() for place, path in found.items()
    }.items():
        token = at(sealed.document, place)
        assert COMPACT.fullmatch(token)
        header = json.loads(unb64(token.split(".")[0]))
        assert header == head(path, enc=enc, **({} if context is None else {"km-ctx": context}))
        expected = put(expected, place, token)
    assert same(sealed.document, expected)
    sealed_before = copy.deepcopy(sealed.document)
    back = FieldCipher.for_gateway(platform(parties), chosen).decrypt(sealed.document, context)
    assert same(sealed.document, sealed_before)
    assert same(back.document, document)
    assert back.report == counts


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, 1, -1, 10**64 - 1, 1 - 10**64, 0.0, -0.0, 1.0, 1e16, 5e-324,
     1.7976931348623157e308, "", "김비밀", "😀\n\"\\\x00\x7f\u2028", [], {}, [[]], {"": {}},
     [{}, []], ".....", "a.b.c.d.e", "null", '{"a":1}', Decimal("1.10"), Decimal("1.1"), Decimal(1),
     Decimal("1E+5"), Decimal("-0"), Decimal("0.00"), Decimal("0E-9"), Decimal("0E+9"),
     Decimal("5E-324"), Decimal("0E-324"), Decimal("9" * 64), Decimal("0." + "9" * 64),
     Decimal("1.7E+308"), Decimal("1e16"),
     [Decimal("1.0"), 1.0, 1, True], {"금액": Decimal("12.50")}],
    ids=repr,
)  # fmt: skip
def test_types_and_digits_of_a_value_come_back(parties: Parties, value: Any) -> None:
    """docs/design.md, Fields."""
    sealed = FieldCipher.for_client(provider(parties), ["$.v"]).encrypt({"v": value})
    assert same(
        FieldCipher.for_gateway(platform(parties), ["$.v"]).decrypt(sealed.document).document,
        {"v": value},
    )


def test_tuples_are_lists_as_everywhere_in_json(parties: Parties) -> None:
    sealed = FieldCipher.for_client(provider(parties), ["$.v[1]", "$.w"]).encrypt(
        {"v": (1, (2, 3)), "w": ({"a": ()},)}
    )
    back = FieldCipher.for_gateway(platform(parties), ["$.v[1]", "$.w"]).decrypt(sealed.document)
    assert same(back.document, {"v": [1, [2, 3]], "w": [{"a": []}]})


@pytest.mark.parametrize("value", [CARD, 1, None, [], {"cardNo": CARD}])
def test_the_whole_document_can_be_one_field(parties: Parties, value: Any) -> None:
    sealed = FieldCipher.for_client(provider(parties), ["$"]).encrypt(value)
    assert json.loads(unb64(sealed.document.split(".")[0]))["km-path"] == "$"
    back = FieldCipher.for_gateway(platform(parties), ["$"]).decrypt(sealed.document)
    assert same(back.document, value)
    assert sealed.report == back.report == {"$": 1}


def test_nothing_of_the_new_document_is_the_old_ones(parties: Parties) -> None:
    """Who changes the one does not change the other."""
    document = copy.deepcopy(DOCUMENT)
    sealed = FieldCipher.for_client(provider(parties), ["$.cardNo"]).encrypt(document)
    sealed.document["members"][0]["name"] = "changed"
    sealed.document["members"].append("new")
    assert same(document, DOCUMENT)
    document = FieldCipher.for_client(provider(parties), ["$.cardNo"]).encrypt(DOCUMENT).document
    before = copy.deepcopy(document)
    back = FieldCipher.for_gateway(platform(parties), ["$.cardNo"]).decrypt(document)
    back.document["members"][0]["name"] = "changed"
    assert same(document, before)


def test_the_report_counts_by_selector(parties: Parties) -> None:
    """A place that two selectors select is encrypted once and counts for both."""
    selectors = ["$..cvc", "$.members[0].cvc", "$.members[-1].cvc", "$.cardNo", "$.missing"]
    counts = {
        "$..cvc": 2,
        "$.members[0].cvc": 1,
        "$.members[-1].cvc": 1,
        "$.cardNo": 1,
        "$.missing": 0,
    }
    sealed = FieldCipher.for_client(provider(parties), selectors, optional=["$.missing"]).encrypt(
        DOCUMENT
    )
    assert sealed.report == counts
    assert list(sealed.report) == selectors
    inner = opened(sealed.document["members"][0]["cvc"], parties.first.platform)
    assert inner.plaintext == b'"123"'
    back = FieldCipher.for_gateway(platform(parties), selectors, optional=["$.missing"]).decrypt(
        sealed.document
    )
    assert back == FieldResult(DOCUMENT, counts)


def test_an_optional_selector_may_select_nothing(parties: Parties) -> None:
    client = FieldCipher.for_client(provider(parties), ["$.x", "$..y"], optional=["$.x", "$..y"])
    assert client.encrypt({"a": 1}) == FieldResult({"a": 1}, {"$.x": 0, "$..y": 0})
    assert client.decrypt({"a": 1}) == FieldResult({"a": 1}, {"$.x": 0, "$..y": 0})
    gateway = FieldCipher.for_gateway(platform(parties), ["$.x", "$..y"], optional=["$.x", "$..y"])
    sealed = client.encrypt({"x": 1, "b": [{"y": 2}]})
    assert gateway.decrypt(sealed.document) == FieldResult(
        {"x": 1, "b": [{"y": 2}]}, {"$.x": 1, "$..y": 1}
    )


def test_plain_values_are_let_through_where_the_selector_was_named(parties: Parties) -> None:
    """And counted as what they are: not decrypted."""
    selectors = ["$.cardNo", "$.members[*].cvc"]
    sealed = FieldCipher.for_client(provider(parties), selectors).encrypt(DOCUMENT).document
    gateway = FieldCipher.for_gateway(platform(parties), selectors, plain=["$.members[*].cvc"])
    values: list[Any] = [
        "456",
        456,
        None,
        [],
        {"a": "b"},
        "a.b.c.d",
        "a.b.c.d.e.f",
        Decimal("1.10"),
    ]
    for value in values:
        mixed = put(copy.deepcopy(sealed), ("members", 1, "cvc"), value)
        back = gateway.decrypt(mixed)
        assert same(back.document, put(copy.deepcopy(DOCUMENT), ("members", 1, "cvc"), value))
        assert back.report == {"$.cardNo": 1, "$.members[*].cvc": 1}


@pytest.mark.parametrize(
    "value", ["....", "a.b.c.d.e", "10.0.0.1.", "e30.e30.e30.e30.e30", "e30.", "."]
)
def test_text_with_dots_is_text(parties: Parties, value: str) -> None:
    """S9.6: it is encrypted like any other, and let through where it may be plain."""
    cipher = FieldCipher.for_storage(provider(parties), ["$.v"], plain=["$.v"])
    document = {"v": value}
    assert cipher.decrypt(document) == FieldResult(document, {"$.v": 0})
    for encrypted in (cipher.encrypt(document), cipher.rewrap(document)):
        assert encrypted.report == {"$.v": 1}
        assert cipher.decrypt(encrypted.document) == FieldResult(document, {"$.v": 1})


def test_the_jwe_of_a_message_is_text(parties: Parties) -> None:
    """It says nothing of a place (S9.4), so it can be the value of a field."""
    message = jwe.encrypt(b"{}", parties.first.platform.public_key(), kid=KEY_ID)
    sealed = FieldCipher.for_client(provider(parties), ["$.v"]).encrypt({"v": message}).document
    back = FieldCipher.for_gateway(platform(parties), ["$.v"]).decrypt(sealed).document
    assert back == {"v": message}


# --- What fields do not give (S9.5) ---------------------------------------------------------------


def test_an_older_value_of_the_same_place_and_record_opens(parties: Parties) -> None:
    cipher = FieldCipher.for_storage(provider(parties), ["$.limit"])
    old = cipher.encrypt({"limit": 100}, "record 1").document
    new = cipher.encrypt({"limit": 5}, "record 1").document
    assert cipher.decrypt({**new, "limit": old["limit"]}, "record 1").document == {"limit": 100}


def test_elements_that_were_cut_off_at_the_end_are_not_missed(parties: Parties) -> None:
    cipher = FieldCipher.for_storage(provider(parties), ["$.cards[*]"])
    sealed = cipher.encrypt({"cards": ["1", "2", "3"]}).document
    shorter = {"cards": sealed["cards"][:1]}
    assert cipher.decrypt(shorter) == FieldResult({"cards": ["1"]}, {"$.cards[*]": 1})
    with pytest.raises(errors.DecryptionError):
        cipher.decrypt({"cards": sealed["cards"][1:]})


def test_names_and_contexts_are_not_normalized(parties: Parties) -> None:
    composed, decomposed = "\uac00", "\u1100\u1161"
    cipher = FieldCipher.for_storage(provider(parties), ["$.*"])
    sealed = cipher.encrypt({composed: 1}, composed).document
    with pytest.raises(errors.DecryptionError):
        cipher.decrypt({decomposed: sealed[composed]}, composed)
    with pytest.raises(errors.DecryptionError):
        cipher.decrypt(sealed, decomposed)


# --- On the wire ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enc", "context", "text"),
    [
        (None, None, '{"enc":"A128GCM","alg":"RSA-OAEP-256",'
                     '"kid":"00000000000000000000000000000aaa",'
                     '"km-path":"$[\'members\'][1][\'cvc\']"}'),
        ("A256GCM", None, '{"enc":"A256GCM","alg":"RSA-OAEP-256",'
                          '"kid":"00000000000000000000000000000aaa",'
                          '"km-path":"$[\'members\'][1][\'cvc\']"}'),
        ("A128GCM", "order 5", '{"enc":"A128GCM","alg":"RSA-OAEP-256",'
                               '"kid":"00000000000000000000000000000aaa",'
                               '"km-path":"$[\'members\'][1][\'cvc\']","km-ctx":"order 5"}'),
        ("A256GCM", "", '{"enc":"A256GCM","alg":"RSA-OAEP-256",'
                        '"kid":"00000000000000000000000000000aaa",'
                        '"km-path":"$[\'members\'][1][\'cvc\']","km-ctx":""}'),
    ],
)  # fmt: skip
def test_the_header_is_written_exactly_so(
    parties: Parties, enc: str | None, context: str | None, text: str
) -> None:
    """S9.1: these members in this order, and nothing else."""
    given: dict[str, Any] = {"enc": enc} if enc else {}
    client = FieldCipher.for_client(provider(parties), ["$.members[-1].cvc"], **given)
    token = client.encrypt(DOCUMENT, context).document["members"][1]["cvc"]
    assert opened(token, parties.first.platform).header == text


@pytest.mark.parametrize(
    ("name", "path"),
    [("a", "$['a']"), ("이름", "$['이름']"), ("", "$['']"), ("'", r"$['\'']"), ('"', "$['\"']"),
     ("\\", r"$['\\']"), ("\b\t\n\f\r", r"$['\b\t\n\f\r']"),
     ("\x00\x0b\x1f", r"$['\u0000\u000b\u001f']"), ("\x7f\x80", "$['\x7f\x80']"), ("/", "$['/']"),
     ("😀", "$['😀']"), ("0", "$['0']"), ("']['", r"$['\'][\'']")],
)  # fmt: skip
def test_the_place_is_the_normalized_path(parties: Parties, name: str, path: str) -> None:
    """RFC 9535, 2.7, whatever the selector's own spelling."""
    for selector in (f"$[{json.dumps(name)}]", "$[*]", "$.*"):
        token = (
            FieldCipher.for_client(provider(parties), [selector]).encrypt({name: 1}).document[name]
        )
        assert json.loads(opened(token, parties.first.platform).header)["km-path"] == path


@pytest.mark.parametrize(
    ("value", "text"),
    [(CARD, f'"{CARD}"'), ("김비밀", '"김비밀"'),
     ({"b": [1, 2.5, None, True], "이름": "/"}, '{"b":[1,2.5,null,true],"이름":"/"}'),
     (10**64 - 1, "9" * 64), ("\n\"\\\x01", '"\\n\\"\\\\\\u0001"'), ([], "[]"), ({}, "{}"),
     (-0.0, "-0.0")],
)  # fmt: skip
def test_the_plaintext_is_the_compact_utf8_text_of_the_value(
    parties: Parties, value: Any, text: str
) -> None:
    """S9.2."""
    token = FieldCipher.for_client(provider(parties), ["$.v"]).encrypt({"v": value}).document["v"]
    assert opened(token, parties.first.platform).plaintext == text.encode()


@examples(100)
@given(value=DECIMALS)
def test_a_decimal_is_a_json_number_to_every_reader(parties: Parties, value: Decimal) -> None:
    token = FieldCipher.for_client(provider(parties), ["$.v"]).encrypt({"v": value}).document["v"]
    text = opened(token, parties.first.platform).plaintext.decode()
    assert re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", text)
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal).compare_total(value) == 0


@pytest.mark.parametrize("enc", ENCS)
def test_a_call_has_one_encrypted_key_and_as_many_ivs_as_fields(parties: Parties, enc: str) -> None:
    """S9.3; and nothing of it comes again with the next call."""
    document = {"values": [CARD] * 20}
    client = FieldCipher.for_client(provider(parties), ["$.values[*]"], enc=enc)
    calls = [client.encrypt(document).document["values"] for _ in range(3)]
    fields = [[opened(token, parties.first.platform) for token in tokens] for tokens in calls]
    for one in fields:
        assert len({field.ek for field in one}) == len({field.cek for field in one}) == 1
        assert len(one[0].cek) == CEK_BYTES[enc]
        assert {field.plaintext for field in one} == {f'"{CARD}"'.encode()}
    assert len({field.ek for one in fields for field in one}) == 3
    assert len({field.cek for one in fields for field in one}) == 3
    assert len({field.iv for one in fields for field in one}) == 60


# --- Other people's JOSE -------------------------------------------------------------------------


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(LenientJoserfc, id="joserfc"),
        pytest.param(Jwcrypto, id="jwcrypto"),
        pytest.param(Node, id="node", marks=pytest.mark.programs),
    ],
)
def peer(request: pytest.FixtureRequest, parties: Parties) -> Peer:
    """Each of the three in turn, with the platform's pair."""
    made: Peer = request.param(parties.first.platform)
    return made


@pytest.mark.parametrize("enc", ENCS)
def test_they_open_each_of_our_fields(peer: Peer, parties: Parties, enc: str) -> None:
    selectors = {
        "$.cardNo": ("cardNo",),
        "$.이름": ("이름",),
        "$.members[1]": ("members", 1),
        "$.none": ("none",),
    }
    sealed = (
        FieldCipher.for_client(provider(parties), selectors, enc=enc)
        .encrypt(DOCUMENT, "주문 5")
        .document
    )
    for place in selectors.values():
        assert same(json.loads(peer.open(at(sealed, place))), at(DOCUMENT, place))


@pytest.mark.parametrize("enc", ENCS)
def test_we_open_their_fields(peer: Peer, parties: Parties, enc: str) -> None:
    """Their headers differ from ours in order, and say more."""
    values = {("cardNo",): CARD, ("이름",): "김비밀", ("members", 1): {"이름": [1, 2.5, None]}}
    document = copy.deepcopy(DOCUMENT)
    for place, path in zip(values, ("$['cardNo']", "$['이름']", "$['members'][1]"), strict=True):
        header = {
            "km-ctx": "주문 5",
            "km-path": path,
            "alg": ALG,
            "typ": "JWE",
            "enc": enc,
            "kid": KEY_ID,
        }
        document = put(
            document, place, peer.seal(json.dumps(values[place], indent=1).encode(), header)
        )
    back = FieldCipher.for_gateway(
        platform(parties), ["$.cardNo", "$.이름", "$.members[-1]"]
    ).decrypt(document, "주문 5")
    expected = copy.deepcopy(DOCUMENT)
    for place, value in values.items():
        expected = put(expected, place, value)
    assert same(back.document, expected)


def test_fields_by_hand_open(parties: Parties) -> None:
    """With members in any order, with white space, with others that are not critical."""
    public, gateway = (
        parties.first.platform.public_key(),
        FieldCipher.for_gateway(platform(parties), ["$.cardNo"]),
    )
    for header in (
        head(),
        head(enc="A256GCM"),
        dict(reversed(head().items())),
        head(typ="JWE", cty="application/json", x=[1]),
        json.dumps(head(), indent=2).encode(),
        json.dumps(head()).replace("cardNo", "\\u0063ardNo").encode(),
    ):
        size = (
            32
            if b"A256GCM" in (header if isinstance(header, bytes) else json.dumps(header).encode())
            else 16
        )
        token = field(public, f' "{CARD}"\r\n'.encode(), header, size=size)
        assert gateway.decrypt({"cardNo": token}) == FieldResult({"cardNo": CARD}, {"$.cardNo": 1})


# --- Roles ---------------------------------------------------------------------------------------


def roles(pair: Pair) -> dict[str, FieldCipher]:
    """Every way to hold a crypto key and to make a cipher of it."""
    selectors = ["$.cardNo"]
    both = CryptoKey.load(id=KEY_ID, platform_private=pair.platform, client_private=pair.client)
    return {
        "client": FieldCipher.for_client(ring(pair.provider_half), selectors),
        "gateway": FieldCipher.for_gateway(ring(pair.platform_half), selectors),
        "client's storage": FieldCipher.for_storage(ring(pair.provider_half), selectors),
        "platform's storage": FieldCipher.for_storage(ring(pair.platform_half), selectors),
        "storage of both, client": FieldCipher.for_storage(ring(both), selectors, side=Side.CLIENT),
        "storage of both, platform": FieldCipher.for_storage(
            ring(both), selectors, side=Side.PLATFORM
        ),
    }


SEALS = {  # whose pair each of them encrypts to and opens with
    "client": ("platform", "client"),
    "gateway": ("client", "platform"),
    "client's storage": ("client", "client"),
    "platform's storage": ("platform", "platform"),
    "storage of both, client": ("client", "client"),
    "storage of both, platform": ("platform", "platform"),
}


@pytest.mark.parametrize(("writer", "reader"), [*product(SEALS, SEALS)])
def test_who_opens_what_another_one_encrypts(parties: Parties, writer: str, reader: str) -> None:
    sealed = roles(parties.first)[writer].encrypt(DOCUMENT).document
    cipher = roles(parties.first)[reader]
    pair = {"platform": parties.first.platform, "client": parties.first.client}
    assert opened(sealed["cardNo"], pair[SEALS[writer][0]]).plaintext == f'"{CARD}"'.encode()
    if SEALS[writer][0] == SEALS[reader][1]:
        assert same(cipher.decrypt(sealed).document, DOCUMENT)
    else:
        with pytest.raises(errors.DecryptionError):
            cipher.decrypt(sealed)


def test_nobody_else_opens_it(parties: Parties) -> None:
    """The same id in another project, with other pairs (S5.2)."""
    pair = parties.second
    half = CryptoKey.load(id=KEY_ID, platform_private=pair.platform, client_private=pair.client)
    for name, cipher in roles(parties.first).items():
        sealed = cipher.encrypt(DOCUMENT).document
        for side in Side:
            with pytest.raises(errors.DecryptionError):
                FieldCipher.for_storage(ring(half), ["$.cardNo"], side=side).decrypt(sealed)
        assert sealed["cardNo"] != CARD, name


def test_storage_needs_one_private_half_or_a_word(parties: Parties) -> None:
    """With none there is nothing of one's own, with both nothing says which."""
    pair = parties.first
    none = CryptoKey.load(
        id=KEY_ID,
        platform_public=pair.platform.public_key(),
        client_public=pair.client.public_key(),
    )
    both = CryptoKey.load(id=KEY_ID, platform_private=pair.platform, client_private=pair.client)
    for key in (none, both):
        with pytest.raises(errors.InvalidSetting) as caught:
            FieldCipher.for_storage(ring(key), ["$.cardNo"])
        assert (caught.value.code, caught.value.stage) == ("invalid-setting", "headers")
    writer = FieldCipher.for_storage(ring(none), ["$.cardNo"], side=Side.CLIENT)
    sealed = writer.encrypt(DOCUMENT).document
    with pytest.raises(errors.KeyUnavailable):
        writer.decrypt(sealed)
    assert same(roles(pair)["client's storage"].decrypt(sealed).document, DOCUMENT)


def test_a_half_that_is_not_here_is_said(parties: Parties) -> None:
    pair = parties.first
    public = CryptoKey.load(id=KEY_ID, platform_public=pair.platform.public_key())
    private = CryptoKey.load(id=KEY_ID, client_private=pair.client)
    sealed = roles(pair)["gateway"].encrypt(DOCUMENT).document
    assert FieldCipher.for_client(ring(public), ["$.cardNo"]).encrypt(DOCUMENT).report == {
        "$.cardNo": 1
    }
    assert same(
        FieldCipher.for_client(ring(private), ["$.cardNo"]).decrypt(sealed).document, DOCUMENT
    )
    for call, document in (
        (FieldCipher.for_client(ring(public), ["$.cardNo"]).decrypt, sealed),
        (FieldCipher.for_client(ring(private), ["$.cardNo"]).encrypt, DOCUMENT),
        (FieldCipher.for_gateway(ring(public), ["$.cardNo"]).encrypt, DOCUMENT),
        (FieldCipher.for_gateway(ring(private), ["$.cardNo"]).decrypt, sealed),
    ):
        with pytest.raises(errors.KeyUnavailable) as caught:
            call(document)
        assert (caught.value.code, caught.value.stage) == ("key-unavailable", "key")


# --- Rotation ------------------------------------------------------------------------------------


def kids(document: dict[str, Any], *names: str) -> list[str]:
    """The crypto key that each field names."""
    return [json.loads(unb64(document[name].split(".")[0]))["kid"] for name in names]


def test_documents_from_before_a_rotation_open_after_it_and_are_moved(parties: Parties) -> None:
    old, new = parties.first.provider_half, parties.second.provider_half
    document = {**DOCUMENT, "amount": Decimal("10.50")}
    selectors = ["$.cardNo", "$.amount"]
    before = FieldCipher.for_storage(ring(old), selectors)
    after = FieldCipher.for_storage(ring(old, new), selectors)
    sealed = before.encrypt(document, "order 5").document
    assert kids(sealed, "cardNo", "amount") == [KEY_ID] * 2
    assert same(after.decrypt(sealed, "order 5").document, document)
    copied = copy.deepcopy(sealed)
    moved = after.rewrap(sealed, "order 5")
    assert same(sealed, copied)
    assert moved.report == {"$.cardNo": 1, "$.amount": 1}
    assert kids(moved.document, "cardNo", "amount") == [OTHER_KEY_ID] * 2
    for name in ("cardNo", "amount"):
        was, now = (
            opened(sealed[name], parties.first.client),
            opened(moved.document[name], parties.second.client),
        )
        assert was.plaintext == now.plaintext
        assert was.cek != now.cek
        assert was.iv != now.iv
    # Without the old key: what was moved opens, what was not does not.
    gone = FieldCipher.for_storage(ring(new), selectors)
    assert same(gone.decrypt(moved.document, "order 5").document, document)
    with pytest.raises(errors.UnknownCryptoKey):
        gone.decrypt(sealed, "order 5")
    with pytest.raises(errors.DecryptionError):
        after.rewrap(sealed, "order 6")


def test_a_document_under_both_keys_opens(parties: Parties) -> None:
    old, new = parties.first.provider_half, parties.second.provider_half
    halves = {"cardNo": ring(old), "이름": ring(old, new)}
    mixed = dict(DOCUMENT)
    for name, keys in halves.items():
        mixed[name] = FieldCipher.for_storage(keys, [f"$.{name}"]).encrypt(DOCUMENT).document[name]
    after = FieldCipher.for_storage(ring(old, new), ["$.cardNo", "$.이름"])
    assert kids(mixed, "cardNo", "이름") == [KEY_ID, OTHER_KEY_ID]
    assert same(after.decrypt(mixed).document, DOCUMENT)
    assert kids(after.rewrap(mixed).document, "cardNo", "이름") == [OTHER_KEY_ID] * 2


def test_rewrap_encrypts_plain_values_where_they_may_be_plain(parties: Parties) -> None:
    """And the document is copied once: a value that holds another place stays one value."""
    selectors = ["$.a", "$.b", "$..c"]
    options: dict[str, Any] = {"plain": ["$.b"], "optional": ["$..c"]}
    ring_of_one = provider(parties)
    sealed = FieldCipher.for_storage(ring_of_one, ["$.a"]).encrypt({"a": {"c": 1}}).document
    cipher = FieldCipher.for_storage(ring_of_one, selectors, **options)
    moved = cipher.rewrap({**sealed, "b": "2"})
    assert moved.report == {"$.a": 1, "$.b": 1, "$..c": 0}
    assert cipher.decrypt(moved.document).document == {"a": {"c": 1}, "b": "2"}
    assert cipher.rewrap(moved.document).report == moved.report


def test_only_ones_own_records_are_rewrapped(parties: Parties) -> None:
    for cipher in (roles(parties.first)["client"], roles(parties.first)["gateway"]):
        with pytest.raises(errors.InvalidSetting, match="for_storage"):
            cipher.rewrap(cipher.encrypt(DOCUMENT).document)


@pytest.mark.parametrize("accept_inactive", [False, True])
@pytest.mark.parametrize("state", KeyState)
@pytest.mark.parametrize("call", ["decrypt", "rewrap"])
def test_the_state_of_a_key_decides_whether_its_fields_open(
    parties: Parties, state: KeyState, accept_inactive: bool, call: str
) -> None:
    """S5.1: active does everything, inactive where it is allowed, discarded nothing."""
    old, new = parties.first.provider_half, parties.second.provider_half
    sealed = FieldCipher.for_storage(ring(old), ["$.cardNo"]).encrypt(DOCUMENT).document
    keys = ring(old, new).with_state(KEY_ID, state)
    cipher = FieldCipher.for_storage(keys, ["$.cardNo"], accept_inactive=accept_inactive)
    refusal = {
        (KeyState.INACTIVE, False): (errors.InactiveKey, "inactive-key", 403),
        (KeyState.DISCARDED, False): (errors.UnknownCryptoKey, "unknown-crypto-key", 400),
        (KeyState.DISCARDED, True): (errors.UnknownCryptoKey, "unknown-crypto-key", 400),
    }.get((state, accept_inactive))
    if refusal is None:
        result = getattr(cipher, call)(sealed)
        assert result.report == {"$.cardNo": 1}
        assert same(
            (cipher.decrypt(result.document) if call == "rewrap" else result).document, DOCUMENT
        )
    else:
        with pytest.raises(refusal[0]) as caught:
            getattr(cipher, call)(sealed)
        assert (caught.value.code, caught.value.http_status) == refusal[1:]
    # Whatever the old key's state, new fields are under the primary.
    assert kids(cipher.encrypt(DOCUMENT).document, "cardNo") == [OTHER_KEY_ID]


# --- One cipher for all --------------------------------------------------------------------------


def test_threads_share_a_cipher(parties: Parties) -> None:
    client = FieldCipher.for_client(provider(parties), ["$.cardNo", "$.members[*].cvc"])
    gateway = FieldCipher.for_gateway(platform(parties), ["$.cardNo", "$.members[*].cvc"])
    start, wrong, done = threading.Barrier(8), [], []

    def work(number: int) -> None:
        start.wait()
        for turn in range(12):
            document = {"cardNo": f"{number}-{turn}", "members": [{"cvc": number}] * (1 + turn % 3)}
            sealed = client.encrypt(document, f"record {number}")
            back = gateway.decrypt(sealed.document, f"record {number}")
            if not same(back.document, document) or back.report != {
                "$.cardNo": 1,
                "$.members[*].cvc": 1 + turn % 3,
            }:
                wrong.append((number, turn))
            done.append(sealed.document["cardNo"])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len({token.split(".")[1] for token in done}) == 8 * 12


def test_a_cipher_shows_nothing_and_is_neither_pickled_nor_copied(parties: Parties) -> None:
    for cipher in roles(parties.first).values():
        assert repr(cipher) == str(cipher) == "<FieldCipher>"
        calls: list[Callable[[FieldCipher], object]] = [copy.copy, copy.deepcopy, pickle.dumps]
        for call in calls + [partial(pickle.dumps, protocol=protocol) for protocol in range(6)]:
            with pytest.raises(TypeError, match="pickled or copied"):
                call(cipher)
