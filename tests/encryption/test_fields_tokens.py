"""`kmcrypto/encryption/fields.py`: fields that were changed on the way, their cost and content.

The helpers are those of tests/support/fields.py: each refusal is one exact error, silent, after a
known amount of work.
"""

from __future__ import annotations

import json
import os
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from hypothesis import given, strategies as st

from kmcrypto import CryptoKey, FieldCipher, errors
from kmcrypto.encryption.fields import FieldResult
from tests.support import KEY_ID, OTHER_KEY_ID
from tests.support.documents import VALUES, same
from tests.support.encodings import b64, unb64
from tests.support.fields import (
    CARD,
    OAEP_256,
    PLAINTEXT,
    encrypted,
    field,
    head,
    platform,
    refused,
    refuses,
    ring,
    watched,
)
from tests.support.hsm import Hsm, HsmDown
from tests.support.leaks import our_locals
from tests.support.parties import Parties
from tests.support.properties import examples
from tests.support.speed import MEBI, costs_at_most

# --- Changed on the way --------------------------------------------------------------------------


@pytest.mark.parametrize("segment", range(1, 5), ids=["encrypted key", "IV", "ciphertext", "tag"])
def test_a_segment_that_was_changed_is_refused(parties: Parties, segment: int) -> None:
    """Each flipped bit, each length, each other spelling: one error after one operation (D6)."""
    segments = encrypted(parties)["cardNo"].split(".")
    text, raw = segments[segment], unb64(segments[segment])
    bits = range(0, len(raw) * 8, 41 if segment == 1 else 3)
    changed = [
        b64(bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(raw)))
        for bit in bits
    ]
    changed += [
        b64(one)
        for one in (b"", raw[:-1], raw[1:], raw + b"\0", b"\0" + raw, raw * 2, bytes(len(raw)))
    ]
    changed += [
        text + "=",
        text + "A",
        text[:-1],
        text[1:],
        " " + text,
        text + "\n",
        text + "!",
        "!" * len(text),
        "가",
    ]
    gateway, log = watched(parties)
    for other in changed:
        log.clear()
        token = ".".join([*segments[:segment], other, *segments[segment + 1 :]])
        refused(errors.DecryptionError, gateway.decrypt, {"cardNo": token})
        assert len(log) == 1, other
    assert gateway.decrypt({"cardNo": ".".join(segments)}).document == {"cardNo": CARD}


def test_a_header_that_was_changed_is_refused(parties: Parties) -> None:
    segments = encrypted(parties)["cardNo"].split(".")
    raw = unb64(segments[0])
    gateway, _ = watched(parties)
    for bit in range(len(raw) * 8):
        flipped = b64(
            bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(raw))
        )
        with pytest.raises((errors.DecryptionError, errors.UnknownCryptoKey)):
            gateway.decrypt({"cardNo": ".".join([flipped, *segments[1:]])})
    for header in (
        raw[:-1],
        b"",
        raw + b" ",
        b" " + raw,
        raw.replace(b",", b", "),
        raw.replace(b"c", b"\\u0063"),
    ):
        refused(
            errors.DecryptionError,
            gateway.decrypt,
            {"cardNo": ".".join([b64(header), *segments[1:]])},
        )


def test_a_field_that_was_cut_or_lengthened_is_refused(parties: Parties) -> None:
    token = encrypted(parties)["cardNo"]
    gateway, _ = watched(parties)
    for length in range(0, len(token), 7):
        error = errors.DecryptionError if token[:length].count(".") == 4 else errors.WrongProtection
        refused(error, gateway.decrypt, {"cardNo": token[:length]})
    for other in (
        token + ".",
        "." + token,
        token + "." + token,
        token.replace(".", "", 1),
        token.replace(".", ","),
    ):
        refused(errors.WrongProtection, gateway.decrypt, {"cardNo": other})
    for other in (token + "A", token + " ", " " + token, token + "\0", token[::-1]):
        refused(errors.DecryptionError, gateway.decrypt, {"cardNo": other})


def test_genuine_content_of_other_lengths_is_refused(parties: Parties) -> None:
    """RFC 7518, 5.3: the tag is right for that IV, cut off, or moved into the ciphertext."""
    public = parties.first.platform.public_key()
    for length in (8, 11, 13, 16, 32):
        refuses(parties, field(public, PLAINTEXT, iv=os.urandom(length)), rsa_calls=1)
    *before, ciphertext, tag = field(public, PLAINTEXT).split(".")
    content, whole = unb64(ciphertext), unb64(tag)
    for length in range(16):
        refuses(parties, ".".join([*before, ciphertext, b64(whole[:length])]), rsa_calls=1)
    for length in range(1, 17):
        refuses(
            parties,
            ".".join([*before, b64(content + whole[:length]), b64(whole[length:])]),
            rsa_calls=1,
        )
        refuses(
            parties,
            ".".join([*before, b64(content[:-length]), b64(content[-length:] + whole)]),
            rsa_calls=1,
        )


@pytest.mark.parametrize(
    ("enc", "size"), [("A128GCM", 32), ("A128GCM", 24), ("A256GCM", 16), ("A256GCM", 24)]
)
def test_a_cek_of_another_length_is_refused(parties: Parties, enc: str, size: int) -> None:
    """The content is genuinely encrypted with it."""
    refuses(
        parties,
        field(parties.first.platform.public_key(), PLAINTEXT, head(enc=enc), size=size),
        rsa_calls=1,
    )


def test_another_encrypted_key_is_refused(parties: Parties) -> None:
    """Of another call, for another receiver, with another padding, or none at all."""
    private, public = parties.first.platform, parties.first.platform.public_key()
    segments, cek = encrypted(parties)["cardNo"].split("."), os.urandom(16)
    genuine = private.decrypt(unb64(segments[1]), OAEP_256)
    for ek in (
        encrypted(parties)["cardNo"].split(".")[1],
        b64(public.encrypt(cek, OAEP_256)),
        b64(public.encrypt(genuine, PKCS1v15())),
        b64(parties.second.platform.public_key().encrypt(genuine, OAEP_256)),
        b64(parties.first.client.public_key().encrypt(genuine, OAEP_256)),
        b64(public.encrypt(genuine + b"\0", OAEP_256)),
        b64(b"\xff" * 256),
        "",
    ):
        refuses(parties, ".".join([segments[0], ek, *segments[2:]]), rsa_calls=1)
    assert watched(parties)[0].decrypt({"cardNo": ".".join(segments)}).document == {"cardNo": CARD}


def test_an_encrypted_key_is_not_taken_for_another_enc(parties: Parties) -> None:
    """One encrypted key under two headers is two: the CEK fits one of them at most."""
    public, cek = parties.first.platform.public_key(), os.urandom(16)
    ek = public.encrypt(cek, OAEP_256)
    gateway, log = watched(parties, ["$.a", "$.b"])
    fields = {
        name: field(public, b"1", head(f"$['{name}']", enc=enc), cek=cek, ek=ek)
        for name, enc in (("a", "A128GCM"), ("b", "A256GCM"))
    }
    refused(errors.DecryptionError, gateway.decrypt, fields)
    assert len(log) == 2


# --- What a call costs ---------------------------------------------------------------------------


def many(parties: Parties, keys: int, fields: int) -> dict[str, list[str]]:
    """So many fields in a list, whose encrypted keys come in turn."""
    public = parties.first.platform.public_key()
    ceks = [os.urandom(16) for _ in range(keys)]
    eks = [public.encrypt(cek, OAEP_256) for cek in ceks]
    return {
        "m": [
            field(
                public,
                b"%d" % number,
                head(f"$['m'][{number}]"),
                cek=ceks[number % keys],
                ek=eks[number % keys],
            )
            for number in range(fields)
        ]
    }


@pytest.mark.parametrize(
    ("keys", "fields"), [(1, 1), (1, 40), (2, 40), (15, 15), (16, 16), (16, 50)]
)
def test_a_call_costs_one_rsa_operation_for_each_encrypted_key(
    parties: Parties, keys: int, fields: int
) -> None:
    """S9.3."""
    gateway, log = watched(parties, ["$.m[*]"])
    assert gateway.decrypt(many(parties, keys, fields)) == FieldResult(
        {"m": [*range(fields)]},
        {"$.m[*]": fields},
    )
    assert len(log) == keys


@pytest.mark.parametrize(("keys", "fields"), [(17, 17), (17, 40), (60, 60)])
def test_more_than_16_encrypted_keys_are_refused(parties: Parties, keys: int, fields: int) -> None:
    """S9.3: before any of them costs an operation."""
    gateway, log = watched(parties, ["$.m[*]"])
    refused(errors.MalformedPayload, gateway.decrypt, many(parties, keys, fields))
    assert log == []


def test_every_key_id_is_looked_up_before_any_rsa(parties: Parties) -> None:
    """D5: the key id, then RSA. Fifteen sound fields before an unknown one cost nothing."""
    gateway, log = watched(parties, ["$.m[*]"])
    document = many(parties, 15, 15)
    document["m"].append(
        field(parties.first.platform.public_key(), b"1", head("$['m'][15]", "f" * 32))
    )
    refused(errors.UnknownCryptoKey, gateway.decrypt, document)
    assert log == []


def test_encrypting_costs_no_private_operation_and_plain_values_none(parties: Parties) -> None:
    gateway, log = watched(parties, ["$.m[*]"], plain=["$.m[*]"])
    gateway.encrypt({"m": [1, 2]})
    document = many(parties, 1, 2)
    assert gateway.decrypt({"m": [1, 2]}).report == {"$.m[*]": 0}
    assert log == []
    assert gateway.decrypt({"m": [*document["m"], CARD]}) == FieldResult(
        {"m": [0, 1, CARD]}, {"$.m[*]": 2}
    )
    assert len(log) == 1


# --- Key objects of the caller's -----------------------------------------------------------------


def held(parties: Parties, error: BaseException) -> FieldCipher:
    """A cipher whose private key object raises."""
    raising = Hsm(parties.first.platform, error=error)
    return FieldCipher.for_gateway(
        ring(CryptoKey.load(id=KEY_ID, platform_private=raising)), ["$.cardNo"]
    )


@pytest.mark.parametrize(
    "kind",
    [
        HsmDown,
        RuntimeError,
        OSError,
        TypeError,
        KeyError,
        AssertionError,
        StopIteration,
        RecursionError,
        UnicodeError,
        KeyboardInterrupt,
        errors.KeyUnavailable,
    ],
)
def test_what_the_callers_key_object_raises_passes_through(
    parties: Parties, kind: type[BaseException]
) -> None:
    """D6: the same object, and none of our locals with it."""
    raised = kind("slot 3")
    with pytest.raises(kind) as caught:
        held(parties, raised).decrypt(encrypted(parties))
    assert caught.value is raised
    assert raised.args == ("slot 3",)
    assert our_locals(raised) == []


def test_a_value_error_of_the_key_object_is_a_decryption_error(parties: Parties) -> None:
    """D6: that alone means that OAEP failed."""
    error = ValueError("hidden")
    refused(errors.DecryptionError, held(parties, error).decrypt, encrypted(parties))


# --- Plaintexts ----------------------------------------------------------------------------------

NO_STRICT_JSON: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \n",
    "no JSON": b"hidden",
    "one quote": b'"hidden',
    "single quotes": b"'hidden'",
    "two members": b'{"hidden":1,"hidden":2}',
    "two members, one escaped": b'{"a":1,"\\u0061":2}',
    "two members inside": b'[{"x":{"a":1,"a":1}}]',
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "1e999": b"[1e999]",
    "BOM": b'\xef\xbb\xbf"hidden"',
    "UTF-16": '"hidden"'.encode("utf-16-le"),
    "EUC-KR": '"비밀"'.encode("euc-kr"),
    "text behind": b'"hidden"x',
    "two values": b"1 2",
    "trailing comma": b"[1,]",
    "trailing NUL": b"1\0",
    "half a pair": b'"\\ud800"',
    "raw surrogate": b'"\xed\xa0\x80"',
    "raw line feed": b'"hidden\n"',
    "comment": b"1//x",
    "65 levels": b"[" * 65 + b"]" * 65,
    "depth bomb": b"[" * 100_000,
    "65 digits": b"1" * 65,
    "leading zero": b"01",
    "a million digits": b"1" * 1_000_000,
    "plus": b"+1",
    "a bare point": b"1.",
    "hex": b"0x1",
    "Python": b"None",
    "other digits": "\u0661".encode(),
    "a fraction without end": b"0." + b"1" * 1_000_000,
}


@pytest.mark.parametrize("plaintext", NO_STRICT_JSON.values(), ids=NO_STRICT_JSON.keys())
def test_a_plaintext_that_is_no_strict_json_is_refused(parties: Parties, plaintext: bytes) -> None:
    """S9.2; nothing of it leaves with the error."""
    token = field(parties.first.platform.public_key(), plaintext)
    with costs_at_most(MEBI):
        refuses(parties, token, errors.MalformedPayload, rsa_calls=1)


@pytest.mark.parametrize(
    ("plaintext", "value"),
    [
        (b" 1 ", 1),
        (b"1.0", 1.0),
        (b"1.10", Decimal("1.10")),
        (b"1e2", Decimal("1e2")),
        (b"1E2", Decimal("1E2")),
        (b"1e+16", 1e16),
        (b"0.1000000000000000055", Decimal("0.1000000000000000055")),
        (b"-0", 0),
        (b"-0.0", -0.0),
        (b'"\\ud83d\\ude00\\u0000\\/"', "😀\0/"),
        (b"[[],{}]\r\n", [[], {}]),
        (b"9" * 64, 10**64 - 1),
    ],
)
def test_other_spellings_of_json_are_read(parties: Parties, plaintext: bytes, value: Any) -> None:
    token = field(parties.first.platform.public_key(), plaintext)
    assert same(watched(parties)[0].decrypt({"cardNo": token}).document, {"cardNo": value})


@pytest.mark.parametrize(
    "text", ["1e-99999999999999999999", "[0e99999999999999999999]", "0.0E-9999999999999999999"]
)
def test_an_exponent_beyond_what_decimal_can_hold_is_no_foreign_error(
    parties: Parties, text: str
) -> None:
    """D8: whatever bytes come in."""
    refuses(
        parties,
        field(parties.first.platform.public_key(), text.encode()),
        errors.MalformedPayload,
        rsa_calls=1,
    )


def test_the_selector_of_a_field_that_holds_no_strict_json_is_named(parties: Parties) -> None:
    """As the docstring of `decrypt` has it."""
    gateway, _ = watched(parties, ["$.이름", "$.cardNo"])
    sealed = encrypted(parties, "$.이름")
    token = field(parties.first.platform.public_key(), b"hidden")
    error = refused(
        errors.MalformedPayload, gateway.decrypt, {**sealed, "cardNo": token}, at_fault="$.cardNo"
    )
    assert isinstance(error, errors.MalformedPayload)
    assert error.reason == "syntax"


# --- Much of everything --------------------------------------------------------------------------


@pytest.mark.slow
def test_large_documents_do_not_hang(parties: Parties) -> None:
    document = {
        "rows": [{"id": number, "cvc": "1" * 3, "more": [{}] * 5} for number in range(3000)],
        "v": ["x" * 100] * 30_000,
    }
    gateway, log = watched(parties, ["$..cvc", "$.v"])
    with costs_at_most(4 * MEBI):
        sealed = encrypted(parties, "$..cvc", "$.v", document=document)
        back = gateway.decrypt(sealed)
    assert back == FieldResult(document, {"$..cvc": 3000, "$.v": 1})
    assert len(log) == 1


HUGE = {
    "dots": ("." * (5 << 20), errors.WrongProtection),
    "letters": ("A" * (5 << 20), errors.WrongProtection),
    "a header": ("A" * (5 << 20) + "....", errors.DecryptionError),
    "no header": ("....", errors.DecryptionError),
    "a header of lists": (b64(b"[" * 8000) + "....", errors.DecryptionError),
    "a header of quotes": (b64(b'"' * 8192) + "....", errors.DecryptionError),
    "a header of digits": (b64(b'{"alg":' + b"1" * 8000 + b"}") + "....", errors.DecryptionError),
    "accents": ("é" * (1 << 20) + "....", errors.DecryptionError),
}


@pytest.mark.parametrize(("token", "kind"), HUGE.values(), ids=HUGE.keys())
def test_huge_texts_are_refused_at_once(
    parties: Parties, token: str, kind: type[errors.KmCryptoError]
) -> None:
    with costs_at_most(MEBI):
        refuses(parties, token, kind, rsa_calls=0)


@pytest.mark.slow
def test_huge_segments_are_refused_and_a_huge_value_is_read(parties: Parties) -> None:
    """A document has no limit of its own: who parsed it had one."""
    token = encrypted(parties, document={"cardNo": "x" * (3 << 20)})
    assert watched(parties)[0].decrypt(token).document == {"cardNo": "x" * (3 << 20)}
    segments = encrypted(parties)["cardNo"].split(".")
    for place in range(1, 5):
        changed = ".".join([*segments[:place], "A" * (4 << 20), *segments[place + 1 :]])
        with costs_at_most(4 * MEBI):
            refuses(parties, changed, rsa_calls=1)


# --- Anything at all -----------------------------------------------------------------------------


@examples(100)
@given(
    value=VALUES
    | st.text("eyJ9.=-_A \n", max_size=60)
    | st.lists(st.text("eyJ9"), min_size=5, max_size=5).map(".".join)
)
def test_no_value_in_a_fields_place_raises_a_foreign_error(parties: Parties, value: Any) -> None:
    with pytest.raises((errors.WrongProtection, errors.DecryptionError)):
        FieldCipher.for_gateway(platform(parties), ["$.v"]).decrypt({"v": value})


@examples(100)
@given(
    changes=st.dictionaries(
        st.sampled_from(["alg", "enc", "kid", "km-path", "km-ctx", "zip", "crit", "x", ""]),
        st.sampled_from(
            [..., None, 1, "", [], {}, KEY_ID, OTHER_KEY_ID, "$['cardNo']", "A256GCM", "order 5"]
        ),
        max_size=3,
    )
)
def test_a_genuine_field_under_any_header_opens_or_is_refused(
    parties: Parties, changes: dict[str, Any]
) -> None:
    header = {name: value for name, value in {**head(), **changes}.items() if value is not ...}
    gateway, _ = watched(parties)
    token = field(
        parties.first.platform.public_key(),
        PLAINTEXT,
        header,
        size=32 if header.get("enc") == "A256GCM" else 16,
    )
    try:
        document = gateway.decrypt(
            {"cardNo": token}, "order 5" if "km-ctx" in changes else None
        ).document
    except (errors.DecryptionError, errors.UnknownCryptoKey):
        return
    assert document == {"cardNo": CARD}
    assert (header["alg"], header["kid"], header["km-path"]) == (
        "RSA-OAEP-256",
        KEY_ID,
        "$['cardNo']",
    )
    assert header["enc"] in ("A128GCM", "A256GCM")
    assert "zip" not in header
    assert "crit" not in header
    if "km-ctx" in changes:
        assert header["km-ctx"] == "order 5"


def digits(value: Any) -> Any:
    """The value with each float as the Decimal of its digits."""
    if isinstance(value, dict):
        return {name: digits(member) for name, member in value.items()}
    if isinstance(value, list):
        return list(map(digits, value))
    return Decimal(repr(value)) if isinstance(value, float) else value


@examples(150)
@given(
    plaintext=st.binary(max_size=30)
    | st.text('0123456789-+.eE"[]{},:\\u tn', max_size=12).map(str.encode)
)
def test_any_plaintext_is_read_as_the_standard_library_reads_it_or_refused(
    parties: Parties, plaintext: bytes
) -> None:
    token = field(parties.first.platform.public_key(), plaintext)
    try:
        value = (
            FieldCipher.for_gateway(platform(parties), ["$.cardNo"])
            .decrypt({"cardNo": token})
            .document["cardNo"]
        )
    except errors.MalformedPayload:
        return
    assert same(digits(value), json.loads(plaintext, parse_float=Decimal))


@examples(150)
@given(
    text=st.from_regex(
        r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?",
        fullmatch=True,
        alphabet="-+.eE0123456789",
    )
)
def test_a_number_is_read_with_its_digits_and_written_again_so(parties: Parties, text: str) -> None:
    """S9.6: also one that somebody else wrote."""
    token = field(parties.first.platform.public_key(), f'{{"n":[{text}]}}'.encode())
    opened = watched(parties)[0].decrypt({"cardNo": token}).document
    assert same(digits(opened), {"cardNo": json.loads(f'{{"n":[{text}]}}', parse_float=Decimal)})
    again = watched(parties)[0].decrypt(encrypted(parties, document=opened)).document
    assert same(again, opened)
