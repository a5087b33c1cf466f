"""Weak readers of JWEs and of encrypted bodies."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import (
    MGF1,
    OAEP,
    AsymmetricPadding,
    PKCS1v15,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from kmcrypto._core.base64url import from_base64url, to_base64url
from kmcrypto._core.forms import NotStrict
from kmcrypto._core.strict_json import write_json
from tests.support.weakening import (
    Copy,
    Weaken,
    Weakness,
    constant,
    with_arguments,
    with_changed_arguments,
    with_result,
    wrapped,
)

Header = dict[str, Any]
HUGE = 1 << 40
IV_BYTES = 12
TAG_BYTES = 16


# --- Segments -------------------------------------------------------------------------------------


def with_empty_ciphertext(token: str) -> str:
    if token.count(".") != 3:
        return token
    start, _, tag = token.rpartition(".")
    return f"{start}..{tag}"


def unreadable_segment_is(index: int, data: bytes) -> Weaken:
    """A segment that is not base64url is read as these bytes."""

    def change(token: str) -> str:
        segments = token.split(".")
        if len(segments) == 5 and not is_base64url(segments[index]):
            segments[index] = to_base64url(data)
        return ".".join(segments)

    return with_changed_arguments("encryption.jwe:read_parts", token=change)


def is_base64url(text: str) -> bool:
    try:
        from_base64url(text)
    except NotStrict:
        return False
    return True


SEGMENTS = [
    Weakness(
        "four segments",
        "jwe",
        with_changed_arguments("encryption.jwe:read_parts", token=with_empty_ciphertext),
    ),
    Weakness("an IV that is not base64 is zeros", "jwe", unreadable_segment_is(2, bytes(IV_BYTES))),
    Weakness("a ciphertext that is not base64 is empty", "jwe", unreadable_segment_is(3, b"")),
]


# --- The header -----------------------------------------------------------------------------------


def with_first_of_list(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def with_right_alg(header: Header) -> Header:
    return {**header, "alg": "RSA-OAEP-256"}


def with_alg_in_capitals(header: Header) -> Header:
    return {**header, "alg": str(header.get("alg")).upper()}


def with_enc_in_capitals(header: Any) -> Any:
    if isinstance(header, dict) and isinstance(header.get("enc"), str):
        return {**header, "enc": header["enc"].upper()}
    return header


def with_text_as_kid(header: Header) -> Header:
    return {**header, "kid": ""}


def without_empty_values(header: Header) -> Header:
    return {name: value for name, value in header.items() if value}


def with_a192gcm(copy: Copy) -> None:
    copy.replace("encryption.jwe:CEK_BYTES", lambda original: {**original, "A192GCM": 24})


def ignoring(parameter: str) -> Weaken:
    return lambda copy: copy.replace(
        "encryption.jwe_profile:REFUSED_PARAMETERS", lambda original: original - {parameter}
    )


HEADERS = [
    Weakness(
        "a header of any length", "jwe", constant("encryption.jwe_profile:MAX_ENCODED_HEADER", HUGE)
    ),
    Weakness(
        "a header that is not an object",
        "jwe",
        with_result("encryption.jwe:read_json", with_first_of_list),
    ),
    Weakness(
        "any alg",
        "jwe",
        with_changed_arguments("encryption.jwe:_is_within_profile", header=with_right_alg),
    ),
    Weakness(
        "an alg in another case",
        "jwe",
        with_changed_arguments("encryption.jwe:_is_within_profile", header=with_alg_in_capitals),
    ),
    Weakness("A192GCM", "jwe", with_a192gcm),
    Weakness(
        "an enc in another case",
        "jwe",
        with_result("encryption.jwe:read_json", with_enc_in_capitals),
    ),
    Weakness(
        "a kid that is not text",
        "jwe",
        with_changed_arguments("encryption.jwe:_is_within_profile", header=with_text_as_kid),
    ),
    *(
        Weakness(f"{name} is ignored", "jwe", ignoring(name))
        for name in ("crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "epk", "p2c")
    ),
    Weakness("the crit of a field is ignored", "fields", ignoring("crit")),
    Weakness(
        "parameters with empty values are ignored",
        "jwe",
        with_changed_arguments("encryption.jwe:_is_within_profile", header=without_empty_values),
    ),
]


# --- The kid --------------------------------------------------------------------------------------


def compare_in_any_case(original: Any, parts: Any, private_key: Any, kid: str | None) -> Any:
    if kid is not None and parts.header.get("kid", "").lower() == kid.lower():
        kid = None
    return original(parts, private_key, kid)


def with_empty_kid(parts: Any) -> Any:  # if it has none
    return parts._replace(header={"kid": "", **parts.header})


any_kid = with_arguments("encryption.jwe:decrypt_parts", kid=None)


KIDS = [
    Weakness("any kid", "jwe", any_kid),
    Weakness("any kid in an exchange", "exchange", any_kid),
    Weakness(
        "a kid in another case", "jwe", wrapped("encryption.jwe:decrypt_parts", compare_in_any_case)
    ),
    Weakness(
        "a header must have a kid",
        "jwe",
        with_changed_arguments("encryption.jwe:decrypt_parts", parts=with_empty_kid),
    ),
]


# --- The encrypted key ----------------------------------------------------------------------------


def take_any_length(original: Any, parts: Any, private_key: Any) -> Any:
    cek = decrypt_or_nothing(private_key, parts, OAEP(MGF1(SHA256()), SHA256(), None))
    return cek if len(cek) in (16, 24, 32) else original(parts, private_key)


def also_with(padding: AsymmetricPadding) -> Weaken:
    """The encrypted key may have another padding."""

    def unwrap(original: Any, parts: Any, private_key: Any) -> Any:
        substitute = original(parts, private_key)
        cek = decrypt_or_nothing(private_key, parts, padding)
        return cek if len(cek) == len(substitute) else substitute

    return wrapped("encryption.jwe:unwrap_cek", unwrap)


def decrypt_or_nothing(private_key: Any, parts: Any, padding: AsymmetricPadding) -> bytes:
    try:
        return bytes(private_key.decrypt(parts.encrypted_key, padding))
    except ValueError:
        return b""


def restore_zeros(original: Any, parts: Any, private_key: Any) -> Any:
    modulus_bytes = (private_key.key_size + 7) // 8
    encrypted_key = parts.encrypted_key.lstrip(b"\0").rjust(modulus_bytes, b"\0")
    return original(parts._replace(encrypted_key=encrypted_key), private_key)


def substitute_zeros(original: Any, parts: Any, private_key: Any) -> Any:
    cek = original(parts, private_key)
    is_substitute = original(parts, private_key) != cek  # a substitute is random
    return bytes(len(cek)) if is_substitute else cek


ENCRYPTED_KEYS = [
    Weakness(
        "a CEK of the other length", "jwe", wrapped("encryption.jwe:unwrap_cek", take_any_length)
    ),
    Weakness(
        "an encrypted key without its zeros",
        "jwe",
        wrapped("encryption.jwe:unwrap_cek", restore_zeros),
    ),
    Weakness(
        "zeros for a CEK that cannot be decrypted",
        "jwe",
        wrapped("encryption.jwe:unwrap_cek", substitute_zeros),
    ),
    Weakness("OAEP with SHA-1", "jwe", also_with(OAEP(MGF1(SHA1()), SHA1(), None))),
    Weakness("MGF1 with SHA-1", "jwe", also_with(OAEP(MGF1(SHA1()), SHA256(), None))),
    Weakness(
        "MGF1 with SHA-256 in OAEP with SHA-1",
        "jwe",
        also_with(OAEP(MGF1(SHA256()), SHA1(), None)),
    ),
    Weakness("PKCS #1 v1.5", "jwe", also_with(PKCS1v15())),
]


# --- The content ----------------------------------------------------------------------------------


def decrypt_without_tag(parts: Any, cek: AESGCM) -> bytes:
    """The plaintext, whatever the tag is: in counter mode, to encrypt again is to decrypt."""
    ciphertext = parts.ciphertext_and_tag[:-TAG_BYTES]
    return cek.encrypt(parts.iv, ciphertext, None)[:-TAG_BYTES]


def take_any_tag(original: Any, parts: Any, cek: AESGCM) -> Any:
    if len(parts.iv) != IV_BYTES:
        return original(parts, cek)
    return decrypt_without_tag(parts, cek)


def take_any_tag_length(parts: Any) -> Any:
    return parts._replace(has_tag=True)


def take_any_iv_length(original: Any, parts: Any, cek: AESGCM) -> Any:
    try:
        return cek.decrypt(parts.iv, parts.ciphertext_and_tag, parts.aad)
    except (InvalidTag, ValueError):
        return original(parts, cek)


def with_aad_built_again(parts: Any) -> Any:
    return parts._replace(aad=to_base64url(write_json(parts.header)).encode())


def skip_unreadable_tags(copy: Copy) -> None:
    """The tag is not compared if it is not base64url."""
    mark = b"not base64url..."

    def decrypt(original: Any, parts: Any, cek: AESGCM) -> Any:
        if parts.ciphertext_and_tag.endswith(mark):
            return decrypt_without_tag(parts, cek)
        return original(parts, cek)

    unreadable_segment_is(4, mark)(copy)
    wrapped("encryption.jwe:decrypt_content", decrypt)(copy)


any_tag = wrapped("encryption.jwe:decrypt_content", take_any_tag)
any_iv_length = wrapped("encryption.jwe:decrypt_content", take_any_iv_length)


CONTENTS = [
    Weakness("any tag", "jwe", any_tag),
    Weakness("any tag of a field", "fields", any_tag),
    Weakness(
        "a tag of any length",
        "jwe",
        with_changed_arguments("encryption.jwe:decrypt_content", parts=take_any_tag_length),
    ),
    Weakness("a tag that is not base64 is not compared", "jwe", skip_unreadable_tags),
    Weakness("an IV of any length", "jwe", any_iv_length),
    Weakness("an IV of a field of any length", "fields", any_iv_length),
    Weakness(
        "the AAD is built again",
        "jwe",
        with_changed_arguments("encryption.jwe:decrypt_content", parts=with_aad_built_again),
    ),
]


# --- Bodies ---------------------------------------------------------------------------------------


def pass_plain_bodies(copy: Copy) -> None:
    """A plain body is taken for the payload of an encrypted one."""

    def decrypt(original: Any, body: bytes, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(body, *args, **kwargs)
        except copy.errors.WrongProtection:
            return copy.module("encryption.message").read_payload(body)

    wrapped("encryption.message:decrypt_message", decrypt)(copy)


def without_other_members(payload: Any) -> Any:
    return {"encData": payload["encData"]} if "encData" in payload else payload


def with_text_values(payload: Header) -> Header:
    return {name: str(value) for name, value in payload.items()}


def any_json(copy: Copy) -> None:
    """A payload may be any JSON value."""

    def read(original: Any, body: bytes) -> Any:
        try:
            return copy.module("_core.strict_json").read_json(body)
        except copy.module("_core.forms").NotStrict:
            return original(body)

    wrapped("encryption.message:read_payload", read)(copy)


def without_km_path(parts: Any) -> Any:
    header = {name: value for name, value in parts.header.items() if name != "km-path"}
    return parts._replace(header=header)


other_members = with_changed_arguments(
    "encryption.message:read_envelope", payload=without_other_members
)


BODIES = [
    Weakness(
        "a message of any length",
        "message",
        with_arguments("encryption.message:decrypt_message", max_body=HUGE),
    ),
    Weakness(
        "a message as long as the limit is too long",
        "message",
        with_changed_arguments(
            "encryption.message:decrypt_message", max_body=lambda limit: limit - 1
        ),
    ),
    Weakness("a plain body for a message", "message", pass_plain_bodies),
    Weakness("members beside encData", "message", other_members),
    Weakness("members beside encData in a request", "exchange", other_members),
    Weakness(
        "an encData that is not text",
        "message",
        with_changed_arguments("encryption.message:read_envelope", payload=with_text_values),
    ),
    Weakness("a payload that is not an object", "message", any_json),
    Weakness("a request's body that is not an object", "exchange", any_json),
    Weakness(
        "a field for a message",
        "message",
        with_result("encryption.jwe:read_parts", without_km_path),
    ),
]


ENCRYPTION = [*SEGMENTS, *HEADERS, *KIDS, *ENCRYPTED_KEYS, *CONTENTS, *BODIES]
