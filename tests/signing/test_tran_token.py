"""`kmcrypto/signing/tran_token.py`: the one spelling of a token (S3.5) and its MAC (S3.2, S3.3)."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
import pickle
import unicodedata
from typing import Any, Union

import pytest
from hypothesis import example, given, strategies as st

from kmcrypto import KST, UTC, Instant, KeyState, ProjectKey, TimeZone, TranToken, errors
from tests.support import ACCESS_KEY, NOW_NS, SECRET
from tests.support.bodies import BODIES, BODY
from tests.support.digits import LIKE_A_DIGIT, ZEROES, in_script
from tests.support.leaks import assert_nothing_left, our_locals
from tests.support.processes import openssl
from tests.support.project_keys import project_key
from tests.support.properties import examples

PROPERTY = examples(150)

# S3.4, from the documents.
SAMPLE = "KMV1:20221108120814608:uLD+mU8mz9K95neGiSJTSsF3zzAQJglCggZAOSs5Fkg="
TIME, MAC = SAMPLE[5:22], SAMPLE[23:]
NOW = Instant(NOW_NS // 1_000_000, KST)
Secret = Union[str, bytes, ProjectKey]


def mac_of(secret: str | bytes, body: bytes) -> bytes:
    """HMAC-SHA256 by the standard library."""
    return hmac.new(
        secret.encode() if isinstance(secret, str) else secret, body, hashlib.sha256
    ).digest()


def token_of(mac: bytes, time: str = TIME) -> str:
    """The text of a token with that MAC, of whatever length."""
    return f"KMV1:{time}:{base64.b64encode(mac).decode()}"


# --- Parsing --------------------------------------------------------------------------------------


def test_the_documents_sample_is_read_and_given_back() -> None:
    """S3.4: its 67 characters, although the documents say 66."""
    for text in (SAMPLE, SAMPLE.encode()):
        token = TranToken.parse(text)
        assert str(token) == SAMPLE
        assert len(SAMPLE) == 67
        assert token.compact17 == "20221108120814608"
        assert token.mac == base64.b64decode(MAC)
        assert token.local_second == 1_667_909_294  # date -u -d "2022-11-08 12:08:14" +%s


def _mac64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


RAW = base64.b64decode(MAC)
URLSAFE_RAW = bytes([0xFB, 0xEF, 0xFF] * 10 + [1, 2])  # has both "+" and "/" in base64

MALFORMED = {
    "empty": "",
    "prefix alone": "KMV1:",
    "66 characters, without padding": SAMPLE[:-1],
    "66 characters, one digit less": SAMPLE[:21] + SAMPLE[22:],
    "68 characters, one digit more": SAMPLE[:22] + "0" + SAMPLE[22:],
    "68 characters, one sign of padding more": SAMPLE + "=",
    "66 characters, hex padded with 00": "KMV1:20221108120814608:" + RAW.hex()[:41] + "00",
    "67 characters of hex": "KMV1:20221108120814608:" + RAW.hex()[:44],
    "hex MAC": "KMV1:20221108120814608:" + RAW.hex(),
    "14 digits": f"KMV1:{TIME[:14]}:{MAC}",
    "16 digits": f"KMV1:{TIME[:16]}:{MAC}",
    "16 digits and a space": f"KMV1:{TIME[:16]} :{MAC}",
    "18 digits, 43 characters of MAC": f"KMV1:{TIME}0:{MAC[:-1]}",
    "version 2": SAMPLE.replace("KMV1", "KMV2"),
    "lower-case prefix": SAMPLE.replace("KMV1", "kmv1"),
    "no version": SAMPLE[5:],
    "Kelvin sign": "\u212a" + SAMPLE[1:],
    "Cyrillic M": SAMPLE.replace("M", "\u041c", 1),
    "full-width colon": SAMPLE.replace(":", "\uff1a", 1),
    "semicolon for the second colon": SAMPLE[:22] + ";" + SAMPLE[23:],
    "colons the other way round": SAMPLE[:4] + SAMPLE[5:23] + ":" + SAMPLE[23:],
    "MAC first": f"KMV1:{MAC}:{TIME}",
    "without colons": SAMPLE.replace(":", ""),
    "month 13, which strptime reads as month 1": f"KMV1:20261315093045123:{MAC}",
    "month 0": f"KMV1:20260011093045123:{MAC}",
    "29 February 2026": f"KMV1:20260229093045123:{MAC}",
    "hour 24": f"KMV1:20261123240000000:{MAC}",
    "second 60": f"KMV1:20261123235960000:{MAC}",
    "year 0": f"KMV1:00001123235959000:{MAC}",
    "nines": f"KMV1:{'9' * 17}:{MAC}",
    "fraction with a point": f"KMV1:20221108120814.60:{MAC}",
    "twice": f"{SAMPLE},{SAMPLE}",
    "twice, with a space": f"{SAMPLE}, {SAMPLE}",
    "twice, in a row": SAMPLE + SAMPLE,
    "line feed after it": SAMPLE + "\n",
    "CR LF after it": SAMPLE + "\r\n",
    "space after it": SAMPLE + " ",
    "space before it": " " + SAMPLE,
    "tab before it": "\t" + SAMPLE,
    "NUL after it": SAMPLE + "\0",
    "byte order mark before it": "\ufeff" + SAMPLE,
    "quoted": f'"{SAMPLE}"',
    "CR LF and another header": SAMPLE + "\r\nX-KM-Access-Key: x",
    "folded": SAMPLE[:23] + "\r\n " + SAMPLE[23:],
    "line feed for the padding": SAMPLE[:-1] + "\n",
    "letter that truncates to LF": SAMPLE[:-1] + "\u010a",
    "letter that truncates to CR": SAMPLE[:-1] + "\u010d",
    "letter whose bytes are CR LF in UTF-16": SAMPLE[:-1] + "\u0d0a",
    "percent-encoded padding": SAMPLE[:-1] + "%3D",
    "trailing bits 01": SAMPLE[:-2] + chr(ord(SAMPLE[-2]) + 1) + "=",
    "trailing bits 10": SAMPLE[:-2] + chr(ord(SAMPLE[-2]) + 2) + "=",
    "trailing bits 11": SAMPLE[:-2] + chr(ord(SAMPLE[-2]) + 3) + "=",
    "URL-safe alphabet": token_of(b"")[:23] + base64.urlsafe_b64encode(URLSAFE_RAW).decode(),
    "URL-safe alphabet without padding": token_of(b"")[:23]
    + base64.urlsafe_b64encode(URLSAFE_RAW).decode()[:-1],
    "one minus for a plus": SAMPLE.replace("+", "-"),
    "exclamation mark inside": SAMPLE[:30] + "!" + SAMPLE[31:],
    "exclamation mark added": SAMPLE[:30] + "!" + SAMPLE[30:],
    "line feed inside the MAC": SAMPLE[:40] + "\n" + SAMPLE[40:],
    "line feed for a MAC character": SAMPLE[:40] + "\n" + SAMPLE[41:],
    "padding inside": SAMPLE[:40] + "=" + SAMPLE[41:],
    "padding first": SAMPLE[:23] + "=" + SAMPLE[23:-1],
    "two signs of padding": SAMPLE[:-2] + "==",
    "33 bytes of MAC": token_of(RAW + b"\0"),
    "31 bytes of MAC": token_of(RAW[:31]),
    "16 bytes of MAC": token_of(RAW[:16]),
    "1 byte of MAC": token_of(RAW[:1]),
    "no MAC": token_of(b""),
    "16 bytes twice": token_of(RAW[:16]) + _mac64(RAW[:16]),
    "64 bytes of MAC": token_of(RAW + RAW),
    "48 bytes of SHA-384": token_of(bytes(48)),
    "Cyrillic letter in the MAC": SAMPLE[:40] + "\u0430" + SAMPLE[41:],
    "full-width letter in the MAC": SAMPLE[:40] + "\uff21" + SAMPLE[41:],
    "latin-1 letter in the MAC": SAMPLE[:40] + "\u00ff" + SAMPLE[41:],
    "half a surrogate pair in the MAC": SAMPLE[:40] + "\ud800" + SAMPLE[41:],
    "half a surrogate pair in the time": SAMPLE[:10] + "\udfff" + SAMPLE[11:],
    "half a surrogate pair in the prefix": "\udc4b" + SAMPLE[1:],
    "a million characters": SAMPLE + "A" * 1_000_000,
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_token_in_any_other_spelling_is_refused(text: str) -> None:
    """S3.4, S3.5, S3.8; docs/threats.md, 2. As text, as UTF-8 and, where it can be, as latin-1."""
    forms: list[str | bytes] = [text, text.encode("utf-8", "surrogatepass")]
    forms.append(text.encode("latin-1", "replace"))
    for form in forms:
        with pytest.raises(errors.MalformedToken) as caught:
            TranToken.parse(form)
        assert_nothing_left(caught.value, form, MAC)


@pytest.mark.parametrize("zero", ZEROES.values(), ids=ZEROES.keys())
def test_a_token_with_another_scripts_digits_is_refused(zero: int) -> None:
    """S1.11."""
    for foreign in (
        in_script(TIME, zero),
        TIME[:16] + in_script("8", zero),
        in_script("2", zero) + TIME[1:],
    ):
        with pytest.raises(errors.MalformedToken):
            TranToken.parse(f"KMV1:{foreign}:{MAC}")
        with pytest.raises(errors.InvalidHeaderValue):
            TranToken(foreign, RAW)


@pytest.mark.parametrize("sign", LIKE_A_DIGIT.values(), ids=LIKE_A_DIGIT.keys())
def test_a_sign_space_or_underscore_among_the_digits_is_refused(sign: str) -> None:
    """docs/threats.md, 2: int() takes several of them. Every place, the milliseconds included."""
    for place in range(17):
        with pytest.raises(errors.MalformedToken):
            TranToken.parse(f"KMV1:{TIME[:place]}{sign}{TIME[place + 1 :]}:{MAC}")


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        [],
        {},
        bytearray(SAMPLE.encode()),
        pytest.param(memoryview(b"x"), id="memoryview"),
        [SAMPLE],
    ],
    ids=repr,
)
def test_a_token_of_a_wrong_type_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError):
        TranToken.parse(value)


@pytest.mark.parametrize(
    ("compact17", "mac"),
    [
        (TIME.encode(), RAW),
        (TIME, MAC),
        (TIME, bytearray(RAW)),
        (int(TIME), RAW),
        (None, RAW),
        (TIME, None),
    ],
    ids=["bytes digits", "text MAC", "bytearray MAC", "integer", "no digits", "no MAC"],
)
def test_a_token_made_of_wrong_types_is_a_type_error(compact17: Any, mac: Any) -> None:
    with pytest.raises(TypeError):
        TranToken(compact17, mac)


@pytest.mark.parametrize(
    ("compact17", "mac"),
    [
        (TIME[:14], RAW),
        (TIME[:16], RAW),
        (TIME + "0", RAW),
        ("", RAW),
        ("20260229000000000", RAW),
        (TIME[:16] + "\n", RAW),
        (TIME, RAW[:31]),
        (TIME, RAW + b"\0"),
        (TIME, b""),
    ],
)
def test_a_token_made_of_wrong_values_is_an_error_of_our_side(compact17: str, mac: bytes) -> None:
    """D8: MalformedToken is for what came in."""
    with pytest.raises(errors.InvalidHeaderValue, match="17 digits of a real time and a MAC"):
        TranToken(compact17, mac)


@examples(200)
@given(
    text=st.one_of(
        st.text(max_size=70),
        st.binary(max_size=70),
        st.text(min_size=67, max_size=67),
        st.tuples(
            st.text("0123456789", min_size=17, max_size=17), st.binary(min_size=31, max_size=33)
        ).map(lambda parts: token_of(parts[1], parts[0])),
        # a good token with one character put elsewhere
        st.tuples(st.integers(0, 66), st.characters(exclude_categories=[])).map(
            lambda change: SAMPLE[: change[0]] + change[1] + SAMPLE[change[0] + 1 :]
        ),
    )
)
@example(text=SAMPLE)
@example(text=SAMPLE.encode())
def test_any_text_is_a_token_of_that_spelling_or_a_kmcrypto_error(text: str | bytes) -> None:
    """S3.5: what is read is written again to the letter."""
    try:
        token = TranToken.parse(text)
    except errors.KmCryptoError as error:
        assert_nothing_left(error)
    else:
        assert str(token).encode() == (text if isinstance(text, bytes) else text.encode())


def test_a_token_is_a_value_that_does_not_show_its_mac() -> None:
    """S8."""
    token = TranToken.parse(SAMPLE)
    assert MAC not in repr(token)
    assert RAW.hex() not in repr(token)
    assert repr(RAW)[2:-1] not in repr(token)
    assert token == TranToken(TIME, RAW)
    assert token != TranToken(TIME, bytes(32))
    assert token != TranToken(TIME[:-1] + "9", RAW)
    assert hash(token) == hash(TranToken(TIME, RAW))
    for name in ("mac", "compact17", "local_second", "new"):
        with pytest.raises(AttributeError):
            setattr(token, name, b"")
        with pytest.raises(AttributeError):
            delattr(token, name)
    for other in (copy.copy(token), copy.deepcopy(token), pickle.loads(pickle.dumps(token))):
        assert other == token
        assert str(other) == SAMPLE


# --- Signing and verifying ------------------------------------------------------------------------

SECRETS = {
    "ASCII": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "hex text, not decoded": "00ff" * 16,
    "base64 text, not decoded": "c2VjcmV0IGtleSBvZiB0aGUgcHJvamVjdA==",
    "one character": "k",
    "Korean": "비밀 열쇠",
    "beyond the first plane": "\U0001f511\U0010fffd",
    "a block and one": "k" * 65,
    "longer than a block": "열" * 100,
    "white space inside": "a b\u3000c",
    "composed or not is the issuer's choice": "e\u0301\u00e9",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
def test_the_mac_is_hmac_sha256_of_the_body_under_the_secrets_utf8(
    secret: str, body: bytes
) -> None:
    """S3.2, S3.3; secret as text, as bytes and as a ProjectKey."""
    expected = f"KMV1:20261123091509123:{base64.b64encode(mac_of(secret, body)).decode()}"
    forms: list[Secret] = [
        secret,
        secret.encode(),
        project_key(secret_key=secret),
        project_key(secret_key=secret.encode()),
    ]
    for form in forms:
        assert str(TranToken.sign(form, body, at=NOW)) == expected
        TranToken.parse(expected).verify(form, body)


def test_rfc_4231s_text_key_gives_its_mac() -> None:
    """RFC 4231, 4.3 (test case 2): the one whose key is text of S5.4."""
    token = TranToken.sign("Jefe", b"what do ya want for nothing?", at=NOW)
    assert token.mac.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@pytest.mark.programs
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_openssl_makes_the_same_mac(body: bytes) -> None:
    """An independent program."""
    key = f"hexkey:{SECRET.encode().hex()}"
    mac = openssl("dgst", "-sha256", "-mac", "HMAC", "-macopt", key, "-binary", stdin=body)
    assert TranToken.sign(SECRET, body, at=NOW).mac == mac
    TranToken(NOW.compact17, mac).verify(project_key(), body)


@PROPERTY
@given(
    body=st.binary(max_size=300),
    secret=st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1).filter(
        lambda text: not {text[0], text[-1]} & set("\ufeff\"'\u201c\u201d\u2018\u2019")
    ),
    epoch_ms=st.integers(946_735_200_000, 4_102_394_399_999),
    hours=st.integers(-12, 14),
)
def test_what_was_signed_is_read_and_verified(
    body: bytes, secret: str, epoch_ms: int, hours: int
) -> None:
    instant = Instant(epoch_ms, TimeZone("ABC", hours))
    text = str(TranToken.sign(secret, body, at=instant))
    assert len(text) == 67
    token = TranToken.parse(text)
    token.verify(secret.encode(), body)
    assert token.compact17 == instant.compact17
    assert token.local_second == epoch_ms // 1000 + hours * 3600
    assert hmac.compare_digest(token.mac, mac_of(secret, body))
    with pytest.raises(errors.SignatureMismatch):
        token.verify(secret, body + b"\0")
    with pytest.raises(errors.SignatureMismatch):
        token.verify(secret + "x", body)


@pytest.mark.parametrize("bit", range(256))
def test_a_mac_with_any_one_bit_flipped_is_a_mismatch(bit: int) -> None:
    forged = (int.from_bytes(mac_of(SECRET, BODY), "big") ^ (1 << bit)).to_bytes(32, "big")
    with pytest.raises(errors.SignatureMismatch):
        TranToken.parse(token_of(forged)).verify(SECRET, BODY)


def test_a_body_with_any_one_bit_flipped_is_a_mismatch() -> None:
    token, number = TranToken.sign(SECRET, BODY, at=NOW), int.from_bytes(BODY, "big")
    key = project_key()
    for bit in range(8 * len(BODY)):
        with pytest.raises(errors.SignatureMismatch):
            token.verify(key, (number ^ (1 << bit)).to_bytes(len(BODY), "big"))


_compact = json.dumps({"cardNo": "9400000000000001", "name": "홍길동"})
FORGED = {
    "HMAC over base64 of the body (S3.8)": mac_of(SECRET, base64.b64encode(BODY)),
    "HMAC over access key and time (S3.8)": mac_of(SECRET, (ACCESS_KEY + TIME).encode()),
    "HMAC over time and body": mac_of(SECRET, TIME.encode() + BODY),
    "HMAC over the body serialised again (S3.8)": mac_of(SECRET, _compact.encode()),
    "HMAC over the body and a line feed": mac_of(SECRET, BODY + b"\n"),
    "HMAC over nothing": mac_of(SECRET, b""),
    "HMAC under the access key": mac_of(ACCESS_KEY, BODY),
    "HMAC under an empty key": mac_of(b"", BODY),
    "HMAC under 64 zero bytes": mac_of(bytes(64), BODY),
    "HMAC under the secret in UTF-16": mac_of(SECRET.encode("utf-16-le"), BODY),
    "HMAC under the secret's base64": mac_of(base64.b64encode(SECRET.encode()), BODY),
    "key and body the other way round": mac_of(BODY, SECRET.encode()),
    "SHA-256 of key and body, open to length extension": hashlib.sha256(
        SECRET.encode() + BODY
    ).digest(),
    "SHA-256 of the body": hashlib.sha256(BODY).digest(),
    "HMAC-SHA512, cut": hmac.new(SECRET.encode(), BODY, hashlib.sha512).digest()[:32],
    "HMAC-SHA512/256's other half": hmac.new(SECRET.encode(), BODY, hashlib.sha512).digest()[32:],
    "HMAC-SHA3-256": hmac.new(SECRET.encode(), BODY, hashlib.sha3_256).digest(),
    "reversed": mac_of(SECRET, BODY)[::-1],
    "the first half twice": mac_of(SECRET, BODY)[:16] * 2,
    "zeros": bytes(32),
    "ones": b"\xff" * 32,
}


@pytest.mark.parametrize("mac", FORGED.values(), ids=FORGED.keys())
def test_a_mac_of_anything_else_is_a_mismatch(mac: bytes) -> None:
    secrets: list[Secret] = [SECRET, SECRET.encode(), project_key()]
    for secret in secrets:
        with pytest.raises(errors.SignatureMismatch) as caught:
            TranToken(TIME, mac).verify(secret, BODY)
        assert_nothing_left(caught.value, SECRET, BODY, MAC)


def test_the_secret_is_neither_hex_nor_base64_decoded() -> None:
    """S3.3, S3.8."""
    for text, decoded in [("00ff" * 16, bytes.fromhex("00ff" * 16)), ("c2VjcmV0", b"secret")]:
        with pytest.raises(errors.SignatureMismatch):
            TranToken(TIME, mac_of(decoded, BODY)).verify(text, BODY)


@pytest.mark.parametrize(
    "time", ["00010101000000000", "19700101000000000", "20991231235959999", "99991231235959999"]
)
def test_a_token_verifies_with_any_time(time: str) -> None:
    """S3.6: the MAC covers the body alone, so the time proves nothing. Nothing overflows either."""
    token = TranToken.parse(token_of(mac_of(SECRET, BODY), time))
    token.verify(SECRET, BODY)
    assert token.compact17 == time


def test_one_token_without_a_body_fits_every_call_without_one() -> None:
    """S3.6, documented behaviour: what a Gateway has `allow_empty_body` for."""
    early, late = (
        TranToken.sign(SECRET, b"", at=Instant(ms, UTC))
        for ms in (946_684_800_000, 4_102_444_799_999)
    )
    assert early.mac == late.mac
    TranToken(late.compact17, early.mac).verify(SECRET, b"")


class Bytes(bytes):
    """A caller's own bytes."""


def test_a_body_of_a_bytes_subclass_is_bytes() -> None:
    assert TranToken.sign(SECRET, Bytes(BODY), at=NOW) == TranToken.sign(SECRET, BODY, at=NOW)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"a":1}', "str"),
        ("", "str"),
        ({"a": 1}, "dict"),
        ([1], "list"),
        (bytearray(b"{}"), "bytearray"),
        (memoryview(b"{}"), "memoryview"),
        (None, "NoneType"),
        (5, "int"),
        (iter([b"{}"]), "list_iterator"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)
def test_a_body_that_is_not_bytes_is_refused_and_told_why(body: Any, kind: str) -> None:
    """D1: the text names the type and says that exactly the bytes that are sent must be signed."""
    secrets: list[Secret] = [SECRET, project_key()]
    for secret in secrets:
        with pytest.raises(TypeError) as signing:
            TranToken.sign(secret, body, at=NOW)
        with pytest.raises(TypeError) as verifying:
            TranToken.parse(SAMPLE).verify(secret, body)
        for caught, advice in ((signing, "serialise it once"), (verifying, "that came")):
            text = str(caught.value)
            assert kind in text
            assert "exact bytes" in text
            assert advice in text
            assert our_locals(caught.value) == []


@pytest.mark.parametrize("at", [None, NOW_NS, "20261123091509123", KST], ids=repr)
def test_signing_at_what_is_no_instant_is_a_type_error(at: Any) -> None:
    with pytest.raises(TypeError):
        TranToken.sign(SECRET, b"{}", at=at)


# --- Secrets (S5.4) -------------------------------------------------------------------------------

BAD_SECRETS: dict[str, str | bytes] = {
    "empty": "",
    "empty bytes": b"",
    "a space": " ",
    "space at the end": SECRET + " ",
    "space at the start": " " + SECRET,
    "tab at the end": SECRET + "\t",
    "line feed at the end": SECRET + "\n",
    "CR LF at the end": SECRET.encode() + b"\r\n",
    "no-break space at the end": SECRET + "\u00a0",
    "ideographic space at the start": "\u3000" + SECRET,
    "line separator at the end": SECRET + "\u2028",
    "next line at the end": SECRET + "\u0085",
    "NUL inside": "abc\0def",
    "NUL at the end": SECRET + "\0",
    "line feed inside": "abc\ndef",
    "tab inside": "abc\tdef",
    "escape inside": "abc\x1bdef",
    "DEL inside": "abc\x7fdef",
    "C1 control inside": "abc\u0090def",
    "byte order mark": "\ufeff" + SECRET,
    "byte order mark, as bytes": SECRET.encode("utf-8-sig"),
    "byte order mark alone": "\ufeff",
    "byte order mark at the end": SECRET + "\ufeff",
    "half a surrogate pair": "abc\ud800def",
    "two halves, not a pair": "\udc00\ud800",
    "a half in UTF-8": b"abc\xed\xa0\x80def",
    "latin-1": "caf\u00e9".encode("latin-1"),
    "UTF-16": SECRET.encode("utf-16"),
    "UTF-16 without a mark": "abcdef".encode("utf-16-le"),
    "overlong slash": b"abc\xc0\xafdef",
    "cut off in a character": "비".encode()[:2],
    "bytes 0 to 31": bytes(range(32)),
    "in double quotes": f'"{SECRET}"',
    "in single quotes": f"'{SECRET}'",
    "in double quotes, as bytes": f'"{SECRET}"'.encode(),
    "in typographic double quotes": f"\u201c{SECRET}\u201d",
    "in typographic single quotes": f"\u2018{SECRET}\u2019",
    "in quotes twice": f"\"'{SECRET}'\"",
    "quotes around nothing": '""',
    "quotes around quotes": "''''",
}


@pytest.mark.parametrize("secret", BAD_SECRETS.values(), ids=BAD_SECRETS.keys())
def test_a_secret_that_was_copied_badly_is_refused(secret: str | bytes) -> None:
    """S5.4; docs/threats.md, 2, empty key."""
    with pytest.raises(errors.InvalidKey) as signing:
        TranToken.sign(secret, BODY, at=NOW)
    with pytest.raises(errors.InvalidKey) as verifying:
        TranToken.parse(SAMPLE).verify(secret, BODY)
    with pytest.raises(errors.InvalidKey) as making:
        project_key(secret_key=secret)
    for caught in (signing, verifying, making):
        assert_nothing_left(caught.value, secret, SECRET, BODY)


@pytest.mark.parametrize(
    "secret",
    ['"', "'", '"a', 'a"', "'a", "a'", "\"a'", "\u201ca", "\u201da\u201c", 'a"b"c', "`a`"],
    ids=ascii,
)
def test_quotes_that_are_no_pair_around_a_secret_belong_to_it(secret: str) -> None:
    """S5.4: a pair of quotes is a trace of a bad copy, and a single one may have been issued."""
    token = TranToken.sign(secret, BODY, at=NOW)
    assert token.mac == mac_of(secret, BODY)
    token.verify(project_key(secret_key=secret), BODY)


@pytest.mark.parametrize(
    "secret",
    [
        None,
        5,
        True,
        bytearray(b"abc"),
        pytest.param(memoryview(b"abc"), id="memoryview"),
        ["abc"],
        {},
        object,
    ],
    ids=repr,
)
def test_a_secret_of_a_wrong_type_is_a_type_error(secret: Any) -> None:
    with pytest.raises(TypeError):
        TranToken.sign(secret, BODY, at=NOW)
    with pytest.raises(TypeError):
        TranToken.parse(SAMPLE).verify(secret, BODY)
    with pytest.raises(TypeError):
        project_key(secret_key=secret)


@examples(200)
@given(secret=st.text(st.characters(exclude_categories=[]), max_size=8))
@example(secret="a\u0085b")
@example(secret="a\u2028b")
@example(secret="a\u00a0b")
@example(secret="a\ufeffb")
@example(secret="a\ufeff")
@example(secret='"a"')
@example(secret="\u201ca\u201d")
@example(secret="''")
def test_any_text_is_a_secret_or_is_refused_for_the_reason_that_the_rule_gives(secret: str) -> None:
    """S5.4 by Unicode's own categories: Cc is a control character, Cs has no UTF-8."""
    edges = secret[:1] + secret[-1:]
    refused = (
        not secret
        or any(character.isspace() or character == "\ufeff" for character in edges)
        or any(unicodedata.category(character) in ("Cc", "Cs") for character in secret)
        or (len(secret) > 1 and edges in ('""', "''", "\u201c\u201d", "\u2018\u2019"))
    )
    try:
        mac = TranToken.sign(secret, BODY, at=NOW).mac
    except errors.InvalidKey:
        assert refused
    else:
        assert not refused
        assert mac == mac_of(secret, BODY)


# --- Key states -----------------------------------------------------------------------------------


def test_an_inactive_project_key_still_verifies() -> None:
    """S5.1: it "verifies and decrypts"; whether it may is the receiver's question."""
    TranToken(TIME, mac_of(SECRET, BODY)).verify(project_key(state=KeyState.INACTIVE), BODY)


@pytest.mark.parametrize("state", [KeyState.INACTIVE, KeyState.DISCARDED])
def test_only_an_active_project_key_signs_a_token(state: KeyState) -> None:
    """S5.1: inactive "verifies and decrypts", discarded "does nothing"."""
    with pytest.raises(errors.KeyUnavailable):
        TranToken.sign(project_key(state=state), BODY, at=NOW)
