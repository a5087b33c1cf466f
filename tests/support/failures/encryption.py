"""How the package's `encryption` fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from kmcrypto import (
    CryptoKey,
    FieldCipher,
    KeyRing,
    KeyState,
    decrypt_message,
    encrypt_message,
    jwe,
)
from tests.support import KEY_ID
from tests.support.documents import nested
from tests.support.encodings import b64
from tests.support.failures import BODY, CARD, Failures, Fault
from tests.support.fields import field, head
from tests.support.hsm import Hsm
from tests.support.keys import rsa_key
from tests.support.parties import Parties

ANY: Any = [CARD]
PAIR = rsa_key()
PUBLIC = PAIR.public_key()


def failures(parties: Parties) -> Failures:
    return {**_json(), **_tokens(), **_messages(), **_selectors(parties), **_fields(parties)}


def _json() -> Failures:
    """Strict JSON and base64url, which messages read and write."""

    def read(text: str | bytes) -> Callable[[], object]:
        data = text if isinstance(text, bytes) else text.encode()
        return lambda: decrypt_message(data, PAIR)

    def write(value: object) -> Callable[[], object]:
        return lambda: encrypt_message({"cardNo": CARD, "x": value}, PUBLIC)

    return {
        "JSON that is too deep": read(f'{{"{CARD}":{"[" * 65}{"]" * 65}}}'),
        "JSON that is too deep in its tail": read(f'{{"{CARD}":0}}{"[" * 65}'),
        "JSON that is too deep behind a fault": read(f'{{"{CARD}":tru{"[" * 65}'),
        "JSON with a tail": read(f'{{"cardNo":"{CARD}"}} {CARD}'),
        "JSON with a name twice": read(f'{{"x":"{CARD}","x":"{CARD}"}}'),
        "JSON with a long integer": read(f'{{"x":"{CARD}","y":{CARD * 5}}}'),
        "JSON with an infinite float": read(f'{{"x":"{CARD}","y":1e999}}'),
        "JSON with a float below all doubles": read(f'{{"x":"{CARD}","y":{CARD}e-999}}'),
        "JSON with a constant": read(f'{{"x":"{CARD}","y":NaN}}'),
        "JSON with half a surrogate pair": read(f'{{"x":"{CARD}\\ud800"}}'),
        "JSON of no UTF-8": read(BODY + b"\xff"),
        "JSON that is cut off": read(BODY[:-3]),
        "no JSON object": read(f'["{CARD}"]'),
        "write a set": write({CARD}),
        "write NaN": write(float("nan")),
        "write a number as a name": write({int(CARD): CARD}),
        "write half a surrogate pair": write(f"{CARD}\ud800"),
        "write a Decimal": write(Decimal(CARD)),
        "write too deep": write(nested(65)),
    }


def _tokens() -> Failures:
    wire = jwe.encrypt(BODY, PUBLIC, kid=KEY_ID)
    header, encrypted_key, *rest = wire.split(".")
    _, iv, _, tag = rest[0], rest[0], rest[1], rest[2]

    def with_header(text: str) -> str:
        return ".".join([b64(text.encode()), encrypted_key, *rest])

    def decrypt(token: str, **options: Any) -> Callable[[], object]:
        return lambda: jwe.decrypt(token, PAIR, **options)

    return {
        "encrypt a text": lambda: jwe.encrypt(ANY, PUBLIC),
        "encrypt to a private key": lambda: jwe.encrypt(BODY, PAIR),  # type: ignore[arg-type]
        "encrypt by another algorithm": lambda: jwe.encrypt(BODY, PUBLIC, enc="A256CBC-HS512"),
        "encrypt with a wrong kid": lambda: jwe.encrypt(BODY, PUBLIC, kid=CARD),
        "encrypt to a short key": lambda: jwe.encrypt(BODY, rsa_key(1024).public_key()),
        "decrypt with a short key": lambda: jwe.decrypt(wire, rsa_key(1024)),
        "decrypt with no key": lambda: jwe.decrypt(wire, ANY),
        "token that is too long": decrypt(wire, max_length=5),
        "token of one segment": decrypt(CARD),
        "token of four segments": decrypt(f"{header}.{encrypted_key}.{iv}.{CARD}"),
        "token of six segments": decrypt(f"{wire}.{CARD}"),
        "header that is too long": decrypt(with_header(CARD * 1000)),
        "header that is no JSON": decrypt(with_header(CARD)),
        "header that is no base64url": decrypt(f"{CARD}=.{encrypted_key}.{iv}.{CARD}.{tag}"),
        "header with stray bits": decrypt(f"{header[:-1]}B.{encrypted_key}.{iv}.{CARD}.{tag}"),
        "header of a length that is none": decrypt(f"{CARD}A.{encrypted_key}.{iv}.{CARD}.{tag}"),
        "header outside the profile": decrypt(with_header(f'{{"alg":"{CARD}"}}')),
        "token of another kid": decrypt(wire, kid="0" * 32),
        "token with another ciphertext": decrypt(
            f"{header}.{encrypted_key}.{iv}.{b64(BODY)}.{tag}"
        ),
        "inspection made by hand": lambda: jwe.JweInspection(),
        "key object that fails": lambda: jwe.decrypt(wire, Hsm(PAIR, error=Fault())),
        "key object that fails with a kind of ValueError": lambda: jwe.decrypt(
            wire, Hsm(PAIR, error=UnicodeError("session"))
        ),
    }


def _messages() -> Failures:
    def sealed(plaintext: bytes, header: dict[str, Any] | None = None) -> bytes:
        token = jwe.encrypt(plaintext, PUBLIC)
        if header is not None:
            token = field(PUBLIC, plaintext, header)
        return json.dumps({"encData": token}).encode()

    def decrypt(body: bytes, **options: Any) -> Callable[[], object]:
        return lambda: decrypt_message(body, PAIR, **options)

    return {
        "payload that is a list": lambda: encrypt_message(ANY, PUBLIC),
        "body that is a text": lambda: decrypt_message(ANY, PAIR),
        "body that is too long": decrypt(BODY, max_body=5),
        "body that is plain": decrypt(BODY),
        "envelope with a list": decrypt(json.dumps({"encData": [CARD]}).encode()),
        "plaintext that is no JSON": decrypt(sealed(CARD.encode())),
        "field in the place of a message": decrypt(sealed(BODY, head())),
        "message for another key": lambda: decrypt_message(sealed(BODY), rsa_key(name="other")),
    }


def _selectors(parties: Parties) -> Failures:
    ring = parties.provider.ring
    assert ring is not None
    texts = {
        "too long": "$" + f".{CARD}x" * 100,
        "without $": CARD,
        "without a dot": f"$x{CARD}",
        "without a closing bracket": f"$['{CARD}'",
        "with a large index": f"$[{CARD}0]",
        "without a name": f"$.cardNo.{CARD}",
        "without an index": f"$[x{CARD}]",
        "without a closing quote": f"$['{CARD}",
    }

    def cipher(text: str) -> Callable[[], object]:
        return lambda: FieldCipher.for_client(ring, [text])

    return {f"selector {name}": cipher(text) for name, text in texts.items()}


def _fields(parties: Parties) -> Failures:
    ring = parties.provider.ring
    assert ring is not None
    platform_ring = KeyRing([parties.first.platform_half])
    public = parties.first.platform.public_key()
    storage_key = CryptoKey.load(id=KEY_ID, platform_private=parties.first.platform)
    cipher = FieldCipher.for_client(ring, ["$.cardNo"])
    gateway = FieldCipher.for_gateway(platform_ring, ["$.cardNo"])
    storage = FieldCipher.for_storage(KeyRing([storage_key]), ["$.cardNo"])
    many = FieldCipher.for_gateway(platform_ring, ["$.cards[*]"])
    genuine = cipher.encrypt({"cardNo": CARD})
    inactive = KeyRing([parties.first.platform_half, parties.second.platform_half], KEY_ID)

    def of(header: dict[str, Any], plaintext: bytes = BODY) -> dict[str, str]:
        return {"cardNo": field(public, plaintext, header)}

    def decrypt(document: Any, context: str | None = None) -> Callable[[], object]:
        return lambda: gateway.decrypt(document, context)

    def wrapped(count: int) -> dict[str, Any]:
        return {"cards": [field(public, BODY, head(f"$['cards'][{i}]")) for i in range(count)]}

    return {
        "selectors in one text": lambda: FieldCipher.for_client(ring, "$.cardNo"),
        "no selectors": lambda: FieldCipher.for_client(ring, []),
        "optional that is not selected": lambda: FieldCipher.for_client(
            ring, ["$.x"], optional=[CARD]
        ),
        "storage of an unknown side": lambda: FieldCipher.for_storage(ring, ["$.x"], side=CARD),
        "storage without a private key": lambda: FieldCipher.for_storage(
            KeyRing([_public_only()]), ["$.x"]
        ),
        "rewrap across sides": lambda: cipher.rewrap(genuine.document),
        "rewrap of a plain value": lambda: storage.rewrap({"cardNo": CARD}),
        "encrypt no JSON": lambda: cipher.encrypt({"cardNo": CARD, 5: CARD}),
        "encrypt too deep": lambda: cipher.encrypt({"cardNo": CARD, "x": nested(65)}),
        "encrypt a name that is none": lambda: cipher.encrypt({"cardNo": CARD, "x": {5: CARD}}),
        "encrypt too deep on the way": lambda: FieldCipher.for_client(ring, ["$..cardNo"]).encrypt(
            {"cardNo": CARD, "x": nested(65)}
        ),
        "encrypt a field": lambda: cipher.encrypt(genuine.document),
        "encrypt too many values": lambda: FieldCipher.for_client(ring, ["$.*"]).encrypt(
            [CARD] * 10_001
        ),
        "encrypt under long paths": lambda: FieldCipher.for_client(ring, ["$.*.*"]).encrypt(
            {"x" * 5000: [CARD] * 1000}
        ),
        "encrypt a set": lambda: cipher.encrypt({"cardNo": {CARD}}),
        "encrypt a Decimal that is too large": lambda: cipher.encrypt(
            {"cardNo": Decimal(f"{CARD}E+999")}
        ),
        "encrypt a Decimal of many digits": lambda: cipher.encrypt(
            {"cardNo": Decimal(CARD * 10 + ".5")}
        ),
        "encrypt under a long context": lambda: cipher.encrypt({"cardNo": CARD}, CARD * 1000),
        "encrypt under half a pair": lambda: cipher.encrypt({"cardNo": CARD}, f"{CARD}\ud800"),
        "encrypt under a list": lambda: cipher.encrypt({"cardNo": CARD}, ANY),
        "encrypt nothing": lambda: cipher.encrypt({"x": CARD}),
        "encrypt in two places": lambda: FieldCipher.for_client(ring, ["$.x", "$.x.y"]).encrypt(
            {"x": {"y": CARD}}
        ),
        "decrypt no JSON": decrypt({"cardNo": CARD, 5: CARD}),
        "decrypt a plain value that is no JSON": lambda: FieldCipher.for_gateway(
            platform_ring, ["$.cardNo"], plain=["$.cardNo"]
        ).decrypt({"cardNo": {5: CARD}}),
        "decrypt a plain value": decrypt({"cardNo": CARD}),
        "decrypt in another place": decrypt(of(head(path="$['x']"))),
        "decrypt with another context": decrypt(of(head()), CARD),
        "decrypt under an unknown key": decrypt(of(head(kid=CARD))),
        "decrypt under no key": decrypt(of(head(kid=...))),
        "decrypt a plaintext that is no JSON": decrypt(of(head(), CARD.encode() + b"x")),
        "decrypt too many keys": lambda: many.decrypt(wrapped(17)),
        "decrypt under an inactive key": lambda: FieldCipher.for_gateway(
            inactive.with_primary(parties.second.platform_half.id).with_state(
                KEY_ID, KeyState.INACTIVE
            ),
            ["$.cardNo"],
        ).decrypt(of(head())),
        "decrypt without the private key": lambda: FieldCipher.for_gateway(
            KeyRing([parties.first.provider_half]), ["$.cardNo"]
        ).decrypt(of(head())),
        "encrypt without the public key": lambda: FieldCipher.for_client(
            KeyRing([_client_only()]), ["$.cardNo"]
        ).encrypt({"cardNo": CARD}),
    }


def _public_only() -> CryptoKey:
    return CryptoKey.load(id=KEY_ID, platform_public=PUBLIC)


def _client_only() -> CryptoKey:
    return CryptoKey.load(id=KEY_ID, client_public=PUBLIC)
