"""Mistakes with the MAC and the token: its encoding, its key, its construction (S3.8)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable

from kmcrypto import ProjectKey
from tests.support.mistakes.draft import ALPHANUMERIC, HEX, Draft, Mistake, Unfit


def text(make: Callable[[bytes], str]) -> Callable[[Draft], None]:
    """The MAC's text in another encoding."""

    def change(draft: Draft) -> None:
        before = draft.mac_text
        draft.mac_text = make(draft.mac)
        if draft.mac_text == before:
            raise Unfit

    return change


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def base64url(mac: bytes) -> str:
    return base64.urlsafe_b64encode(mac).decode()


def other_hash(draft: Draft) -> None:
    name = draft.rng.choice(["sha1", "sha512", "md5"])
    draft.mac_text = base64_of(hmac.new(draft.secret.encode(), draft.body, name).digest())


def token(make: Callable[[Draft, str, str], str]) -> Callable[[Draft], None]:
    """The whole token in another form; `make` gets its 17 digits and the MAC's text."""

    def change(draft: Draft) -> None:
        local = draft.local_time()
        digits = f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"
        draft.token = make(draft, digits, draft.mac_text)

    return change


def other_prefix(draft: Draft, digits: str, mac: str) -> str:
    return draft.rng.choice(["KMV2:", "kmv1:", ""]) + f"{digits}:{mac}"


def other_time(draft: Draft, digits: str, mac: str) -> str:
    other = draft.rng.choice(
        [digits[:14], digits[:16], "1795392909123", f"{digits[:4]}13{digits[6:]}"]
    )
    return f"KMV1:{other}:{mac}"


def other_form(draft: Draft, digits: str, mac: str) -> str:
    return draft.rng.choice(
        [f"Bearer {mac}", f"KMV1:{digits}:{mac[:40]}", f"KMV1:{digits}:{mac[:20]}***", "none"]
    )


def key(code: str, make: Callable[[str], bytes]) -> Mistake:
    """HMAC under another key than the secret's UTF-8."""

    def change(draft: Draft) -> None:
        other = make(draft.secret)
        if other == draft.secret.encode():
            raise Unfit
        draft.signing_key = other

    return Mistake(code, "body", change)


def hex_secret(draft: Draft) -> None:
    draft.secret = draft.draw(HEX, 2 * draft.rng.choice([16, 24, 32]))
    draft.signing_key = bytes.fromhex(draft.secret)


def base64_secret(draft: Draft) -> None:
    draft.secret = base64_of(draft.rng.randbytes(draft.rng.choice([24, 30, 32])))
    draft.signing_key = base64.b64decode(draft.secret)


def other_encoding(draft: Draft) -> None:
    draft.secret = f"비밀{draft.draw(ALPHANUMERIC, 20)}"
    draft.signing_key = draft.secret.encode(draft.rng.choice(["utf-16-le", "cp949"]))


def another_key(draft: Draft) -> None:
    secret = draft.draw(ALPHANUMERIC, 40)
    draft.other_secrets.append(secret)
    other = ProjectKey(
        asp_id=draft.draw(ALPHANUMERIC, 15),
        access_key=f"{draft.draw(HEX, 7)}-{draft.draw(HEX, 32)}",
        secret_key=secret,
        kind=draft.rng.choice(["sandbox", "UAT", "SI", None]),
    )
    draft.other_keys.append(other)
    draft.signing_key = secret.encode()


def access_key(draft: Draft) -> None:
    draft.signing_key = draft.access_key.encode()


def two_mistakes(draft: Draft) -> None:
    draft.signing_key = f"{draft.secret}\n".encode()
    draft.signed = base64.b64encode(draft.body)


def plain_hash(draft: Draft) -> None:
    secret = draft.secret.encode()
    message = draft.rng.choice([secret + draft.body, draft.body + secret])
    draft.mac_text = base64_of(hashlib.sha256(message).digest())


def swapped(draft: Draft) -> None:
    mac = hmac.new(draft.body, draft.secret.encode(), "sha256").digest()
    draft.mac_text = base64_of(mac)


def unknown_secret(draft: Draft) -> None:
    draft.signing_key = draft.rng.randbytes(32)


MISTAKES = [
    Mistake("mac-hex", "token", text(bytes.hex)),
    Mistake("mac-hex", "token", text(lambda mac: mac.hex().upper())),
    Mistake("mac-hex-padded", "token", text(lambda mac: f"{mac.hex()}00")),
    Mistake("mac-hex-padded", "token", text(lambda mac: f"00{mac.hex()}")),
    Mistake("mac-base64-of-hex", "token", text(lambda mac: base64_of(mac.hex().encode()))),
    Mistake("mac-base64-unpadded", "token", text(lambda mac: base64_of(mac).rstrip("="))),
    Mistake("mac-base64url", "token", text(base64url)),
    Mistake("mac-hash", "token", other_hash),
    Mistake("token-prefix", "token", token(other_prefix)),
    Mistake("token-time", "token", token(other_time)),
    Mistake("token-form", "token", token(other_form)),
    Mistake("secret-hex-decoded", "body", hex_secret),
    Mistake("secret-base64-decoded", "body", base64_secret),
    key("secret-quoted", lambda secret: f'"{secret}"'.encode()),
    key("secret-quoted", lambda secret: f"'{secret}'".encode()),
    key("secret-quoted", lambda secret: f"\u201c{secret}\u201d".encode()),
    key("secret-white-space", lambda secret: f"{secret}\n".encode()),
    key("secret-white-space", lambda secret: f"{secret}\r\n".encode()),
    key("secret-white-space", lambda secret: f" {secret}".encode()),
    key("secret-bom", lambda secret: secret.encode("utf-8-sig")),
    Mistake("secret-other-encoding", "body", other_encoding),
    Mistake("secret-of-another-key", "body", another_key),
    Mistake("secret-is-access-key", "body", access_key),
    Mistake("mac-of-several-mistakes", "body", two_mistakes),
    Mistake("mac-plain-hash", "token", plain_hash),
    Mistake("mac-arguments-swapped", "token", swapped),
    Mistake("mac-unknown", "body", unknown_secret),
]
