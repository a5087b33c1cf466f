"""Mistakes with the JWE, its envelope and its key (S4, S9.4)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from tests.support import OTHER_KEY_ID
from tests.support.mistakes import hand_made_jwe
from tests.support.mistakes.draft import (
    HEX,
    Draft,
    Mistake,
    dumps,
    envelope,
    pairs,
    stranger_public_key,
)


def encrypted(**options: Any) -> Callable[[Draft], None]:
    """The body as a JWE that is made in another way, and opened by the platform."""

    def change(draft: Draft) -> None:
        draft.platform_holds = True
        key = options.get("public_key", draft.request_public_key)()
        others = {name: value for name, value in options.items() if name != "public_key"}
        draft.body = envelope(hand_made_jwe.encrypt(draft.plaintext, key, **others))

    return change


def header(**members: Any) -> Callable[[Draft], None]:
    """The header says other things, wherever it is looked at."""

    def change(draft: Draft) -> None:
        usual = {"enc": "A128GCM", "alg": "RSA-OAEP-256"}
        made = hand_made_jwe.encrypt(
            draft.plaintext, draft.request_public_key(), header={**usual, **members}
        )
        draft.body = envelope(made)

    return change


def parts(make: Callable[[list[str]], list[str]]) -> Callable[[Draft], None]:
    """The segments of the token are changed."""

    def change(draft: Draft) -> None:
        token = draft.body[len(b'{"encData":"') : -2].decode()
        draft.body = envelope(".".join(make(token.split("."))))

    return change


def replaced(index: int, make: Callable[[str], str]) -> Callable[[Draft], None]:
    def one(segments: list[str]) -> list[str]:
        return [make(part) if at == index else part for at, part in enumerate(segments)]

    return parts(one)


def changed_ciphertext(draft: Draft) -> None:
    draft.platform_holds = True
    replaced(3, lambda part: ("B" if part[0] == "A" else "A") + part[1:])(draft)


def own_key(draft: Draft) -> None:
    """The provider encrypts to its own pair, and diagnoses with its own keys."""
    draft.platform_holds = False
    key = pairs()[0].client.public_key()
    draft.body = envelope(hand_made_jwe.encrypt(draft.plaintext, key))


def key_issued_later(draft: Draft) -> None:
    """A callback under the second crypto key, and encrypted to it."""
    draft.platform_holds = False
    draft.key_id = OTHER_KEY_ID
    key = pairs()[1].client.public_key()
    draft.body = envelope(hand_made_jwe.encrypt(draft.plaintext, key))


def key_of_other_id(draft: Draft) -> None:
    draft.platform_holds = True
    draft.set_header("X-KM-Crypto-Key-Id", OTHER_KEY_ID)


def unknown_key_id(draft: Draft) -> None:
    draft.set_header("X-KM-Crypto-Key-Id", draft.draw(HEX, 32))


def no_key_id(draft: Draft) -> None:
    draft.drop_header("X-KM-Crypto-Key-Id")


def plain(draft: Draft) -> None:
    draft.body = draft.plaintext
    draft.says_protection = True


def encrypted_where_plain(draft: Draft) -> None:
    draft.body = envelope(hand_made_jwe.encrypt(draft.plaintext, draft.request_public_key()))
    draft.says_protection = True
    draft.answer_encrypted = True  # so that a crypto key id is named


def member_beside(draft: Draft) -> None:
    token = draft.body[len(b'{"encData":"') : -2].decode()
    draft.body = dumps({"encData": token, "type": "ATM"})


def other_spelling(draft: Draft) -> None:
    name = draft.rng.choice([b"encdata", b"EncData", b"ENCDATA"])
    draft.body = draft.body.replace(b"encData", name)


def not_text(draft: Draft) -> None:
    draft.body = dumps({"encData": {"ciphertext": "AA"}})


def no_object(draft: Draft) -> None:
    draft.plaintext = draft.rng.choice([b"[1]", b'"{}"', b"a=1", b"{'a':1}"])
    encrypted()(draft)


SHA1_IN_MGF1 = OAEP(MGF1(SHA1()), SHA256(), None)
SHA1_IN_BOTH = OAEP(MGF1(SHA1()), SHA1(), None)

MISTAKES = [
    Mistake("jwe-mgf1-sha1", "body", encrypted(padding=SHA1_IN_MGF1), encrypted=True),
    Mistake("jwe-oaep-sha1", "body", encrypted(padding=SHA1_IN_BOTH), encrypted=True),
    Mistake("jwe-pkcs1", "body", encrypted(padding=PKCS1v15()), encrypted=True),
    Mistake("jwe-aad", "body", encrypted(aad=b""), encrypted=True),
    Mistake("jwe-other-key", "body", encrypted(public_key=stranger_public_key), encrypted=True),
    Mistake("jwe-own-public-key", "body", own_key, encrypted=True),
    Mistake("jwe-changed", "body", changed_ciphertext, encrypted=True),
    Mistake("jwe-iv", "body", encrypted(iv_bytes=16), encrypted=True),
    Mistake("jwe-alg", "body", header(alg="RSA-OAEP"), encrypted=True),
    Mistake("jwe-alg", "body", header(alg="RSA1_5"), encrypted=True),
    Mistake("jwe-enc", "body", header(enc="A256CBC-HS512"), encrypted=True),
    Mistake("jwe-parameter", "body", header(zip="DEF"), encrypted=True),
    Mistake("jwe-kid", "body", header(kid=OTHER_KEY_ID), encrypted=True),
    Mistake("jwe-field", "body", header(**{"km-path": "$.cardNo"}), encrypted=True),
    Mistake("jwe-parts", "body", parts(lambda segments: segments[:4]), encrypted=True),
    Mistake("jwe-parts", "body", parts(lambda segments: segments[:3]), encrypted=True),
    Mistake("jwe-base64url", "body", replaced(1, lambda part: f"{part}=="), encrypted=True),
    Mistake(
        "jwe-header", "body", replaced(0, lambda _: hand_made_jwe.encoded(b"{}}")), encrypted=True
    ),
    Mistake("jwe-encrypted-key", "body", replaced(1, lambda part: part[:40]), encrypted=True),
    Mistake(
        "jwe-tag",
        "body",
        replaced(4, lambda _: hand_made_jwe.encoded(os.urandom(12))),
        encrypted=True,
    ),
    Mistake("plaintext-json", "body", no_object, encrypted=True),
    Mistake("envelope-form", "body", member_beside, encrypted=True),
    Mistake("envelope-form", "body", other_spelling, encrypted=True),
    Mistake("envelope-form", "body", not_text, encrypted=True),
    Mistake("plain-where-encrypted", "body", plain, encrypted=True),
    Mistake("encrypted-where-plain", "body", encrypted_where_plain, encrypted=False),
    Mistake("crypto-key-id-missing", "headers", no_key_id, encrypted=True),
    Mistake("crypto-key-id-unknown", "headers", unknown_key_id, encrypted=True),
    Mistake("callback-key-not-first", "body", key_issued_later, encrypted=True, callback=True),
    Mistake("crypto-key-id-of-other-key", "headers", key_of_other_id, encrypted=True),
]
