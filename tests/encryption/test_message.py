"""`kmcrypto/encryption/message.py`: `{"encData": "<JWE>"}`, and what may be inside."""

from __future__ import annotations

import json
import os
import traceback
from collections import OrderedDict, UserDict
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given, strategies as st

from kmcrypto import decrypt_message, encrypt_message, errors, jwe
from kmcrypto.encryption.message import read_payload
from tests.support import KEY_ID, OTHER_KEY_ID
from tests.support.documents import same
from tests.support.encodings import b64
from tests.support.hsm import Hsm, HsmDown
from tests.support.keys import stranger
from tests.support.leaks import assert_is_decryption_error, our_frames, our_locals
from tests.support.properties import examples

PAYLOAD = {"cardNo": "1234567890123456", "type": "ATM"}
MEBI = 1 << 20

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 10**64, 10**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)
PAYLOADS = st.dictionaries(TEXTS, VALUES, max_size=5)


def token(public: rsa.RSAPublicKey, plaintext: bytes, **members: object) -> str:
    """A genuine JWE built by hand, with further members in its header."""
    head = b64(json.dumps({"enc": "A256GCM", "alg": "RSA-OAEP-256", **members}).encode())
    cek, iv = os.urandom(32), os.urandom(12)
    sealed = AESGCM(cek).encrypt(iv, plaintext, head.encode())
    return ".".join(
        [head, *map(b64, (public.encrypt(cek, jwe.OAEP_256), iv, sealed[:-16], sealed[-16:]))]
    )


def body(text: str) -> bytes:
    """The wire body around a token, written by the standard library."""
    return json.dumps({"encData": text}).encode()


# --- Writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
@pytest.mark.parametrize("kid", [None, KEY_ID])
def test_the_body_is_exactly_one_member_around_a_token(
    key: rsa.RSAPrivateKey, enc: str, kid: str | None
) -> None:
    """S4.1 and S4.4: its text, to the byte."""
    sealed = encrypt_message(PAYLOAD, key.public_key(), enc=enc, kid=kid)
    assert isinstance(sealed, bytes)
    assert sealed.startswith(b'{"encData":"eyJlbmMiOi')
    text = sealed.removeprefix(b'{"encData":"').removesuffix(b'"}').decode("ascii")
    assert sealed == b'{"encData":"%b"}' % text.encode()
    assert json.loads(sealed) == {"encData": text}
    assert text.count(".") == 4
    members = {"enc": enc, "alg": "RSA-OAEP-256"} | ({"kid": kid} if kid else {})
    assert text.split(".")[0] == b64(json.dumps(members, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ({}, "{}"),
        (PAYLOAD, '{"cardNo":"1234567890123456","type":"ATM"}'),
        (
            {"\uc774\ub984": "\uae40\ube44\ubc00", "n": [1, 2.5, None, True]},
            '{"\uc774\ub984":"\uae40\ube44\ubc00","n":[1,2.5,null,true]}',
        ),
        ({"b": 1, "a": {"z": 1, "y": "\U0001f600"}}, '{"b":1,"a":{"z":1,"y":"\U0001f600"}}'),
        ({"encData": "nested"}, '{"encData":"nested"}'),
        (MappingProxyType({"a": 1}), '{"a":1}'),
        (OrderedDict(b=1, a=2), '{"b":1,"a":2}'),
        (UserDict({"a": 1}), '{"a":1}'),
    ],
    ids=[
        "empty",
        "a card",
        "Korean",
        "order kept",
        "a payload of the envelope's shape",
        "read-only mapping",
        "OrderedDict",
        "UserDict",
    ],
)
def test_the_plaintext_is_the_compact_utf8_text_of_the_payload(
    key: rsa.RSAPrivateKey, payload: Any, text: str
) -> None:
    """S4.1: no \\u escapes, no white space, the members in the caller's order."""
    sealed = json.loads(encrypt_message(payload, key.public_key()))
    assert jwe.decrypt(sealed["encData"], key) == text.encode()


@pytest.mark.parametrize(
    "payload",
    [
        {"a": b"bytes"},
        {"a": {1}},
        {"a": Decimal(1)},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": "\ud800"},
        {"\udc00": 1},
        {1: 1},
        {None: 1},
        {"a": {1: 1}},
        {"a": 10**64},
        {"a": object()},
        {"a": json.loads("[" * 64 + "]" * 64)},
    ],
    ids=[
        "bytes",
        "set",
        "Decimal",
        "NaN",
        "infinity",
        "half a pair",
        "half a pair in a name",
        "int name",
        "None name",
        "int name inside",
        "65 digits",
        "object",
        "65 levels",
    ],
)
def test_a_payload_that_json_can_not_say_is_refused(key: rsa.RSAPrivateKey, payload: Any) -> None:
    with pytest.raises(errors.InvalidPayload) as caught:
        encrypt_message(payload, key.public_key())
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("payload", [b"{}", "{}", [], [("a", 1)], None, 5, {"a"}, object()])
def test_a_payload_is_a_mapping(key: rsa.RSAPrivateKey, payload: Any) -> None:
    """D8. Text that was serialised before is refused too: it would become a JSON string."""
    with pytest.raises(TypeError):
        encrypt_message(payload, key.public_key())


def test_what_jwe_refuses_to_write_is_refused(key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(errors.InvalidSetting):
        encrypt_message(PAYLOAD, key.public_key(), enc="A192GCM")
    with pytest.raises(errors.InvalidHeaderValue):
        encrypt_message(PAYLOAD, key.public_key(), kid="short")
    with pytest.raises(TypeError):
        encrypt_message(PAYLOAD, key)  # type: ignore[arg-type]


def test_the_payload_is_not_changed(key: rsa.RSAPrivateKey) -> None:
    payload = {"a": [{"b": 1}]}
    encrypt_message(payload, key.public_key())
    assert payload == {"a": [{"b": 1}]}


# --- There and back ------------------------------------------------------------------------------


@examples(80)
@given(payload=PAYLOADS, enc=st.sampled_from(["A128GCM", "A256GCM"]), named=st.booleans())
def test_what_is_encrypted_is_decrypted_in_value_type_and_order(
    key: rsa.RSAPrivateKey, payload: dict[str, Any], enc: str, named: bool
) -> None:
    kid = KEY_ID if named else None
    sealed = encrypt_message(payload, key.public_key(), enc=enc, kid=kid)
    assert same(decrypt_message(sealed, key, kid=kid), payload)


def test_a_body_with_white_space_and_escapes_is_read(key: rsa.RSAPrivateKey) -> None:
    """The shape is one of JSON, not of text."""
    text = token(key.public_key(), b' {"a" : 1}\n')
    for spelt in (b'\r\n { "encData"\t: "%b" } ', b'{"\\u0065ncData":"%b"}', b'{"encData":"%b"}'):
        assert decrypt_message(spelt % text.encode(), key) == {"a": 1}
    escaped = text.replace("e", "\\u0065").replace(".", "\\u002E").encode()
    assert decrypt_message(b'{"encData":"%b"}' % escaped, key) == {"a": 1}


# No letters of NaN, Infinity, exponents and half surrogates, which the standard library reads.
@given(
    st.text(
        st.characters(max_codepoint=0x180, exclude_characters="NIeEu")
        | st.sampled_from('",:{}\\AZaz09-_.'),
        max_size=12,
    )
)
@examples(500)
@example("")
@example('","encData":"')
@example("\\u0041")
@example("\n")
@example("\x7f")
@example('","":{}')
def test_the_usual_spelling_of_a_body_means_what_its_json_means(inside: str) -> None:
    """A body in the form of encrypt_message is not parsed. `inside` is in the token's place."""
    for text in (
        f'{{"encData":"{inside}"}}',
        f'{{"encData":"{inside}}}',
        f'{{"encData":"{inside}"',
        inside,
    ):
        try:
            pairs = json.loads(text, object_pairs_hook=list)
        except ValueError:
            pairs = None
        if isinstance(pairs, list) and text.startswith("{") and len(dict(pairs)) == len(pairs):
            assert read_payload(text.encode()) == json.loads(text)
        else:
            with pytest.raises(errors.MalformedPayload):
                read_payload(text.encode())


def test_a_message_around_a_message_is_opened_once(key: rsa.RSAPrivateKey) -> None:
    inner = json.loads(encrypt_message(PAYLOAD, key.public_key()))
    assert decrypt_message(encrypt_message(inner, key.public_key()), key) == inner


def test_a_kid_must_match_where_it_comes(key: rsa.RSAPrivateKey) -> None:
    """S4.4."""
    named = encrypt_message(PAYLOAD, key.public_key(), kid=KEY_ID)
    bare = encrypt_message(PAYLOAD, key.public_key())
    assert decrypt_message(named, key) == decrypt_message(named, key, kid=KEY_ID) == PAYLOAD
    assert decrypt_message(bare, key, kid=KEY_ID) == PAYLOAD
    for kid in (OTHER_KEY_ID, KEY_ID.upper()):
        with pytest.raises(errors.DecryptionError):
            decrypt_message(named, key, kid=kid)
    with pytest.raises(errors.DecryptionError):
        decrypt_message(body(token(key.public_key(), b"{}", kid="")), key, kid=KEY_ID)


# --- Bodies of another shape ---------------------------------------------------------------------

PLAIN: dict[str, bytes] = {
    "no members": b"{}",
    "a plain payload": b'{"cardNo":"1234567890123456"}',
    "another name": b'{"data":"%b"}',
    "lower case": b'{"encdata":"%b"}',
    "upper case": b'{"ENCDATA":"%b"}',
    "snake case": b'{"enc_data":"%b"}',
    "white space in the name": b'{"encData ":"%b"}',
    "NUL in the name": b'{"encData\\u0000":"%b"}',
    "Cyrillic look-alike": '{"enc\u0414ata":"%b"}'.encode(),
    "a member beside it": b'{"encData":"%b","x":1}',
    "a member before it": b'{"x":null,"encData":"%b"}',
    "a signature beside it": b'{"encData":"%b","sign":"%b"}',
    "nested": b'{"body":{"encData":"%b"}}',
    "an empty name": b'{"":"%b"}',
}


@pytest.mark.parametrize("template", PLAIN.values(), ids=PLAIN.keys())
def test_a_plain_body_is_refused(key: rsa.RSAPrivateKey, template: bytes) -> None:
    """S4.1: "exactly one"; S4.8: plain where encrypted is due."""
    text = template.replace(b"%b", token(key.public_key(), b"{}").encode())
    with pytest.raises(errors.WrongProtection):
        decrypt_message(text, key)


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "a bare token": b"%b",
    "a token in quotes": b'"%b"',
    "a list": b'[{"encData":"%b"}]',
    "a number": b"1",
    "null": b"null",
    "encData twice": b'{"encData":"%b","encData":"%b"}',
    "encData twice, one spelt with \\u": b'{"encData":"%b","enc\\u0044ata":"%b"}',
    "trailing comma": b'{"encData":"%b",}',
    "text behind": b'{"encData":"%b"}x',
    "two bodies": b'{"encData":"%b"}{"encData":"%b"}',
    "single quotes": b"{'encData':'%b'}",
    "byte order mark": b'\xef\xbb\xbf{"encData":"%b"}',
    "raw line feed in the token": b'{"encData":"%b\n"}',
    "half a pair in the token": b'{"encData":"%b\\ud800"}',
    "latin-1": b'{"encData":"%b\xff"}',
    "form encoding": b"encData=%b",
    "depth bomb": b'{"encData":' + b"[" * 100_000,
    **{
        f"encData is {text.decode()}": b'{"encData":%b}' % text
        for text in (
            b"null",
            b"true",
            b"false",
            b"0",
            b"1.5",
            b"[]",
            b"{}",
            b'["a.b.c.d.e"]',
            b'{"encData":"a"}',
        )
    },
}


@pytest.mark.parametrize("template", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_body_that_is_no_strict_object_or_whose_encdata_is_no_text_is_refused(
    key: rsa.RSAPrivateKey, template: bytes
) -> None:
    """S4.1."""
    text = token(key.public_key(), b"{}").encode()
    with pytest.raises(errors.MalformedPayload) as caught:
        decrypt_message(template.replace(b"%b", text), key)
    assert text.decode() not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_body_in_another_encoding_is_refused(key: rsa.RSAPrivateKey, codec: str) -> None:
    sealed = encrypt_message(PAYLOAD, key.public_key())
    with pytest.raises(errors.MalformedPayload):
        decrypt_message(sealed.decode().encode(codec), key)


@pytest.mark.parametrize(
    "wrong", ["{}", bytearray(b"{}"), memoryview(b"{}"), {"encData": ""}, None, 5]
)
def test_a_body_is_bytes(key: rsa.RSAPrivateKey, wrong: Any) -> None:
    """D8."""
    with pytest.raises(TypeError):
        decrypt_message(wrong, key)


def test_the_body_is_measured_first(key: rsa.RSAPrivateKey) -> None:
    sealed = encrypt_message(PAYLOAD, key.public_key())
    assert decrypt_message(sealed, key, max_body=len(sealed)) == PAYLOAD
    for limit in (len(sealed) - 1, 0):
        with pytest.raises(errors.BodyTooLarge) as caught:
            decrypt_message(sealed, key, max_body=limit)
        assert caught.value.http_status == 413
    padded = sealed.ljust(MEBI)
    assert decrypt_message(padded, key) == PAYLOAD
    with pytest.raises(errors.BodyTooLarge):
        decrypt_message(padded + b" ", key)
    with pytest.raises(errors.BodyTooLarge):
        decrypt_message(b"[" * (MEBI + 1), key)


def test_a_caller_can_allow_longer_bodies(key: rsa.RSAPrivateKey) -> None:
    """`max_body` is the one limit: the token's own of 1 MiB must not undo it."""
    payload = {"text": "x" * MEBI}
    sealed = encrypt_message(payload, key.public_key())
    with pytest.raises(errors.BodyTooLarge):
        decrypt_message(sealed, key)
    assert decrypt_message(sealed, key, max_body=2 * MEBI) == payload


# --- Tokens that are no message ------------------------------------------------------------------


def refused_token(text: str, key: rsa.RSAPrivateKey, **options: Any) -> None:
    """One DecryptionError, with the text and the silence of the others."""
    with pytest.raises(errors.DecryptionError) as caught:
        decrypt_message(body(text), key, **options)
    assert_is_decryption_error(caught.value)


@pytest.mark.parametrize("place", ["$['cardNo']", "$", "", None, False, 0, [], {}])
def test_an_encrypted_field_in_a_messages_place_is_refused(
    key: rsa.RSAPrivateKey, place: Any
) -> None:
    """S9.4: whatever `km-path` is. The token itself is sound and opens as a JWE."""
    field = token(key.public_key(), b'{"cardNo":"1"}', **{"kid": KEY_ID, "km-path": place})
    assert jwe.decrypt(field, key, kid=KEY_ID) == b'{"cardNo":"1"}'
    refused_token(field, key)
    refused_token(field, key, kid=KEY_ID)


def test_a_context_alone_does_not_make_a_field(key: rsa.RSAPrivateKey) -> None:
    """S9.4 names km-path; another unknown parameter is ignored (RFC 7516, 4)."""
    assert (
        decrypt_message(
            body(token(key.public_key(), b"{}", **{"km-ctx": "order 5", "KM-PATH": "$"})), key
        )
        == {}
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "....",
        "a.b.c.d.e",
        "not a token",
        "eyJ.eyJ.eyJ",
        " ",
        "\u0000",
        "\u00e9" * 50,
        "." * 100_000,
    ],
)
def test_an_encdata_that_is_no_token_is_a_decryption_error(
    key: rsa.RSAPrivateKey, text: str
) -> None:
    refused_token(text, key)


def test_a_changed_token_is_a_decryption_error(key: rsa.RSAPrivateKey) -> None:
    good = token(key.public_key(), b"{}")
    for bad in (
        good + "=",
        good[:-1],
        " " + good,
        good + "\n",
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        token(stranger().public_key(), b"{}"),
        token(key.public_key(), b"{}", zip="DEF"),
        token(key.public_key(), b"{}", kid=None),
    ):
        refused_token(bad, key)


NO_PAYLOADS: dict[str, bytes] = {
    "nothing": b"",
    "a list": b"[]",
    "a list of one object": b'[{"a":1}]',
    "a text": b'"secret"',
    "a number": b"123456",
    "null": b"null",
    "no JSON": b"secret",
    "duplicate members": b'{"cardNo":"1","cardNo":"2"}',
    "duplicate members inside": b'{"a":{"b":1,"\\u0062":2}}',
    "NaN": b'{"secret":NaN}',
    "1e999": b'{"secret":1e999}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "EUC-KR": '{"\uc774\ub984":"\ube44\ubc00"}'.encode("euc-kr"),
    "half a pair": b'{"a":"\\ud800"}',
    "two objects": b"{}{}",
    "trailing NUL": b"{}\0",
    "block padding left over": b'{"a":1}' + b"\x08" * 8,
    "65 levels": b'{"a":' * 65 + b"1" + b"}" * 65,
    "depth bomb": b'{"a":' * 50_000,
    "65 digits": b'{"a":' + b"1" * 65 + b"}",
    "another token": b"eyJhbGciOiJub25lIn0..",
}


@pytest.mark.parametrize("plaintext", NO_PAYLOADS.values(), ids=NO_PAYLOADS.keys())
def test_a_plaintext_that_is_no_strict_object_is_refused(
    key: rsa.RSAPrivateKey, plaintext: bytes
) -> None:
    """S4.1: the tag was right, so it may be another error; but it has nothing of the plaintext."""
    with pytest.raises(errors.MalformedPayload) as caught:
        decrypt_message(body(token(key.public_key(), plaintext)), key)
    error = caught.value
    assert (error.__cause__, error.__context__, error.field) == (None, None, "")
    assert "secret" not in "".join(traceback.format_exception(error))
    assert our_frames(error)
    assert our_locals(error) == []


def test_what_the_callers_key_object_raises_passes_through(key: rsa.RSAPrivateKey) -> None:
    """D6 holds for messages as for tokens."""
    raised = HsmDown("slot 3")
    with pytest.raises(HsmDown) as caught:
        decrypt_message(encrypt_message(PAYLOAD, key.public_key()), Hsm(key, error=raised))
    assert caught.value is raised


def test_a_kid_that_is_no_text_is_a_type_error(key: rsa.RSAPrivateKey) -> None:
    """D8: a check that silently does nothing would be worse."""
    for kid in (5, KEY_ID.encode()):
        with pytest.raises(TypeError):
            decrypt_message(encrypt_message(PAYLOAD, key.public_key()), key, kid=kid)  # type: ignore[arg-type]


# --- Anything at all -----------------------------------------------------------------------------


@examples(150)
@given(
    data=st.binary(max_size=60)
    | st.text(max_size=40).map(lambda text: json.dumps({"encData": text}).encode())
)
def test_no_body_raises_a_foreign_error(key: rsa.RSAPrivateKey, data: bytes) -> None:
    with pytest.raises((errors.MalformedPayload, errors.WrongProtection, errors.DecryptionError)):
        decrypt_message(data, key)


@examples(80)
@given(plaintext=st.binary(max_size=40) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_no_plaintext_raises_a_foreign_error(key: rsa.RSAPrivateKey, plaintext: bytes) -> None:
    try:
        payload = decrypt_message(body(token(key.public_key(), plaintext)), key)
    except errors.MalformedPayload:
        return
    assert same(payload, json.loads(plaintext))
