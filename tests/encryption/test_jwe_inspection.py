"""`jwe.inspect`: what everybody can see of a token, and the change that mends it (S4.2 to S4.4)."""

from __future__ import annotations

import base64
import copy
import json
import pickle
import warnings
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, strategies as st
from joserfc import jwe as joserfc_jwe
from joserfc.errors import SecurityWarning
from joserfc.jwk import RSAKey

from kmcrypto import errors, jwe
from tests.support import KEY_ID, OTHER_KEY_ID
from tests.support.keys import private_pem, rsa_key
from tests.support.properties import examples
from tests.support.speed import takes_at_most

PARTS = ("header", "encrypted key", "IV", "ciphertext", "tag")


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa_key()


@pytest.fixture(scope="module")
def token(key: rsa.RSAPrivateKey) -> str:
    return jwe.encrypt(b'{"cardNo":"9410000000001234"}', key.public_key(), kid=KEY_ID)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def with_header(token: str, **changes: Any) -> str:
    """The token with some members of its header changed; None leaves a member out."""
    members = {"enc": "A128GCM", "alg": "RSA-OAEP-256", **changes}
    kept = {name: value for name, value in members.items() if value is not None}
    rest = token.split(".", 1)[1]
    return f"{encoded(json.dumps(kept).encode())}.{rest}"


def with_part(token: str, index: int, part: str) -> str:
    parts = token.split(".")
    parts[index] = part
    return ".".join(parts)


def findings(text: str | bytes, **parameters: Any) -> dict[str, str]:
    return {finding.code: finding.text for finding in jwe.inspect(text, **parameters).findings}


@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
@pytest.mark.parametrize("kid", [None, KEY_ID])
def test_a_token_of_the_profile_has_no_findings(
    key: rsa.RSAPrivateKey, enc: str, kid: str | None
) -> None:
    for size in (0, 1, 100_000):
        seen = jwe.inspect(jwe.encrypt(bytes(size), key.public_key(), enc, kid), kid=kid)
        assert seen.findings == ()
        assert seen.header is not None
        assert seen.header.get("kid") == kid
        assert seen.part_lengths[1:] == (256, 12, size, 16)


@pytest.mark.parametrize(
    ("alg", "enc", "codes", "advice"),
    [
        ("RSA-OAEP", "A128GCM", {"alg"}, "SHA-256 for the hash and for MGF1"),
        ("RSA-OAEP", "A128CBC-HS256", {"alg", "enc"}, "SHA-256 for the hash and for MGF1"),
        ("RSA1_5", "A256GCM", {"alg"}, "encrypt with OAEP"),
        ("RSA-OAEP-256", "A256CBC-HS512", {"enc"}, "encrypt with AES-GCM"),
        ("RSA-OAEP-256", "A192GCM", {"enc"}, "128 or 256 bits"),
    ],
)
def test_tokens_of_another_library_outside_the_profile(
    key: rsa.RSAPrivateKey, alg: str, enc: str, codes: set[str], advice: str
) -> None:
    """Made by joserfc, which knows all of RFC 7518."""
    warnings.simplefilter("ignore", SecurityWarning)
    registry = joserfc_jwe.JWERegistry(algorithms=[alg, enc])
    made = joserfc_jwe.encrypt_compact(
        {"alg": alg, "enc": enc},
        b"{}",
        RSAKey.import_key(private_pem(key).decode()),
        registry=registry,
    )
    seen = findings(made)
    assert codes <= seen.keys() <= codes | {"iv", "tag"}
    assert advice in " ".join(seen.values())


def test_a_compressed_token_of_another_library(key: rsa.RSAPrivateKey) -> None:
    made = joserfc_jwe.encrypt_compact(
        {"alg": "RSA-OAEP-256", "enc": "A128GCM", "zip": "DEF"},
        b"{}",
        RSAKey.import_key(private_pem(key).decode()),
        registry=joserfc_jwe.JWERegistry(algorithms=["RSA-OAEP-256", "A128GCM", "DEF"]),
    )
    assert findings(made) == {
        "parameter": "the header must not have zip: do not compress the plaintext (S4.9)"
    }


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"alg": None}, "alg", "alg is missing: it must be RSA-OAEP-256 (S4.2)"),
        ({"alg": "rsa-oaep-256"}, "alg", "alg must be RSA-OAEP-256 (S4.2), not another value"),
        ({"alg": ["RSA-OAEP-256"]}, "alg", "alg must be RSA-OAEP-256 (S4.2), not another value"),
        ({"enc": None}, "enc", "enc is missing: it must be A128GCM or A256GCM (S4.3)"),
        ({"enc": {}}, "enc", "enc must be A128GCM or A256GCM (S4.3), not another value"),
        ({"jwk": {}}, "parameter", "the header must not have jwk: leave it out (S4.9)"),
        ({"kid": 5}, "kid", "kid must be text (RFC 7516, 4.1.6)"),
        (
            {"kid": OTHER_KEY_ID},
            "kid",
            "kid must be the crypto key id of the X-KM-* header (S4.4)",
        ),
    ],
    ids=repr,
)
def test_each_member_of_the_header(
    token: str, changes: dict[str, Any], code: str, text: str
) -> None:
    assert findings(with_header(token, **changes), kid=KEY_ID) == {code: text}


def test_a_kid_without_an_id_beside_it_is_held_against_its_form(token: str) -> None:
    assert findings(with_header(token, kid=OTHER_KEY_ID)) == {}
    assert findings(with_header(token, kid="key-1")).keys() == {"kid"}


@pytest.mark.parametrize("index", range(5), ids=PARTS)
def test_each_part_may_be_spelled_wrongly(token: str, index: int) -> None:
    part = token.split(".")[index]
    wrong = {
        part + "=": "has padding: remove the = at its end",
        "\n" + part: "has white space in it",
        part[:8] + "+" + part[9:]: "URL-safe alphabet",
        part[:8] + "!" + part[9:]: "is no base64url",
    }
    for spelling, advice in wrong.items():
        seen = findings(with_part(token, index, spelling))
        assert f"the {PARTS[index]} " in seen["base64url"]
        assert advice in seen["base64url"]


def test_padded_base64_of_all_parts_is_read_all_the_same(token: str) -> None:
    padded = ".".join(part + "=" * (-len(part) % 4) for part in token.split("."))
    seen = jwe.inspect(padded)
    assert {finding.code for finding in seen.findings} == {"base64url"}
    assert seen.header == jwe.inspect(token).header
    assert seen.part_lengths == jwe.inspect(token).part_lengths


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda token: token.rpartition(".")[0], "five parts, not 4"),
        (lambda token: ".".join(token.split(".")[:3]), "a signed token (JWS)"),
        (lambda token: token + ".x", "five parts, not 6"),
        (lambda token: "." * 1_000_000, "five parts, not more than 16"),
        (lambda token: "", "five parts, not 1"),
        (lambda token: json.dumps({"encData": token}), "give the string in its member encData"),
    ],
    ids=["four", "three", "six", "a million", "nothing", "a body"],
)
def test_another_number_of_parts(token: str, make: Any, text: str) -> None:
    assert text in findings(make(token))["parts"]


def test_lengths_that_no_token_of_the_profile_has(token: str) -> None:
    assert "1,024 bits" in findings(with_part(token, 1, encoded(bytes(128))))["encrypted-key"]
    assert "not 16" in findings(with_part(token, 2, encoded(bytes(16))))["iv"]
    assert "not 12" in findings(with_part(token, 4, encoded(bytes(12))))["tag"]


def test_an_oversize_token_or_header_is_not_read(token: str) -> None:
    assert findings("a" * ((1 << 20) + 1)).keys() == {"size"}
    long = with_part(token, 0, encoded(b'{"a":"' + b"x" * 9000 + b'"}'))
    assert findings(long).keys() == {"header"}
    for header in (b"[]", b"{", b'{"alg":1,"alg":2}', b"\xff"):
        assert findings(with_part(token, 0, encoded(header))).keys() == {"header"}


def test_findings_repeat_nothing_of_a_strangers(token: str) -> None:
    mark = "attacker-7f3a"
    made = with_header(token, alg=mark, enc=mark, kid=mark, zip=mark, crit=[mark])
    assert all(mark not in text for text in findings(made).values())
    assert mark not in repr(jwe.inspect(made))


def test_an_inspection_does_not_change_and_is_compared_and_copied(token: str) -> None:
    seen = jwe.inspect(token)
    assert seen == jwe.inspect(token) != jwe.inspect(token + "=")
    with pytest.raises(AttributeError):
        seen.findings = ()
    with pytest.raises(TypeError):
        seen.header["alg"] = "none"  # type: ignore[index]
    with pytest.raises(TypeError, match=r"jwe\.inspect"):
        jwe.JweInspection()
    assert copy.deepcopy(seen) == seen
    assert pickle.loads(pickle.dumps(seen)) == seen


@examples(300)
@given(data=st.data())
def test_findings_and_decrypt_agree(
    key: rsa.RSAPrivateKey, token: str, data: st.DataObject
) -> None:
    """All that is refused before the key is used has a finding, and nothing else has one.

    One finding stands apart: a kid that is no crypto key id (S4.4). Whether it is the right one is
    decided beside the key id of the header, which is not given here.
    """
    text = token
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(text)))
        put = data.draw(st.sampled_from(["", ".", "=", "A", "+", "-", " ", "é", "\x00"]))
        text = text[:place] + put + text[place + data.draw(st.integers(0, 2)) :]
    seen = jwe.inspect(text)
    try:
        jwe.decrypt(text, key)
    except errors.DecryptionError:
        pass
    else:
        assert seen.findings == ()
    try:
        parts = jwe.read_parts(text)
    except errors.DecryptionError:
        assert seen.findings != ()
    else:
        of_an_rsa_key = 256 <= len(parts.encrypted_key) <= 1024
        whole = parts.has_tag and len(parts.iv) == 12 and of_an_rsa_key
        assert all(finding.code == "kid" for finding in seen.findings) is whole


@examples(200)
@given(text=st.text(max_size=80) | st.binary(max_size=80) | st.text("ey.=A{}", max_size=60))
def test_every_text_has_a_result(text: str | bytes) -> None:
    assert jwe.inspect(text).findings  # none of these is a token


@pytest.mark.parametrize("text", [None, 5, ["a"], bytearray(b"a.b.c.d.e")], ids=repr)
def test_what_is_no_text_is_a_type_error(text: Any) -> None:
    with pytest.raises(TypeError, match="token must be str or bytes"):
        jwe.inspect(text)


def test_no_text_takes_long() -> None:
    for text in ("." * (1 << 20), "e" * (1 << 20), "{" * (1 << 20), "=" * (1 << 20)):
        with takes_at_most(0.5):
            jwe.inspect(text)
