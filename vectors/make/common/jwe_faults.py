"""Everything that is wrong with a compact JWE, found without stopping at the first fault.

A reader ends at its first fault, so it cannot say whether a test has a second one. This one goes on
as the most lenient reader would: it decodes what has another spelling, tries the mistakes of OAEP
that are known, and looks for the text that the tag is right for. Faults that follow from another
one do not count: below an encrypted key that does not decrypt, the content cannot be judged, unless
the rest of the token is that of the twin.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from .derive import derive
from .encode import Json, b64url
from .jwe import HEADER, HEADER_A256GCM
from .key_files import modulus_length, private_key
from .rsa_oaep import mgf1, xor

CEK_LENGTHS = {"A128GCM": 16, "A256GCM": 32}
REFUSED_PARAMETERS = ("crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "epk", "p2c")
MAX_HEADER = 8192
MAX_LEVELS = 64
MAX_DIGITS = 64
IV_LENGTH = 12
TAG_LENGTH = 16
# Of tokens whose encrypted key was put in another one's place, and cannot be decrypted.
LABELS = ("jwe/EncryptedKeyRange/1",)
# Strangers' key pairs, and those of another party or of another id.
OTHER_KEYS = (
    "platform_2048",
    "client_2048",
    "next_platform_2048",
    "next_client_2048",
    "other_2048",
)
HASHES = (hashlib.sha1, hashlib.sha256, hashlib.sha384, hashlib.sha512)


@dataclass(frozen=True)
class Expected:
    """What the reader of a JWE expects: the key pair, the id that is due, and members of a field.

    `members` are the header's km-path and km-ctx, and None for a JWE of which nothing is asked.
    """

    key: str
    kid: str | None = None
    members: Json | None = None


@dataclass(frozen=True)
class Findings:
    """The faults of a JWE, and its plaintext where the content decrypts."""

    faults: list[str]
    plaintext: bytes | None = None


SEGMENTS = ("header", "encrypted key", "IV", "ciphertext", "tag")


def find_faults(token: str, twin: str, expected: Expected) -> Findings:
    """Find every fault of a token; `twin` is a valid token that it may have been made from."""
    if twin in token and token != twin:
        return Findings(["around the token"])
    segments = token.split(".")
    twins = twin.split(".")
    if len(segments) != 5 or len(twins) != 5:
        return Findings(["segments"])
    decoded = [decode_leniently(segment) for segment in segments]
    faults = spelling_faults(segments, decoded) + header_faults(decoded[0], expected)
    content_keys, faults = unwrap_leniently(decoded, expected.key, faults)
    faults += length_faults(decoded, faults)
    aads = [segments[0].encode(), to_aad(decoded[0])]
    plaintext = decrypt(content_keys, decoded, aads[:1])
    if plaintext is not None:
        return Findings(faults, plaintext)
    changed = changed_segments(segments, twins)
    if faults and is_consequence(changed, faults):
        return Findings(faults)
    aads += [decoded[0], b"", twins[0].encode(), *map(to_aad, (HEADER, HEADER_A256GCM))]
    plaintext = decrypt(content_keys, decoded, aads)
    if plaintext is not None:
        return Findings([*faults, "AAD"], plaintext)
    return Findings([*faults, "content"])


def to_aad(header: bytes) -> bytes:
    """The AAD that a header makes (S4.3)."""
    return b64url(header).encode()


def spelling_faults(segments: Sequence[str], decoded: Sequence[bytes]) -> list[str]:
    """The segments that are not the one spelling of their bytes (S4.11)."""
    rows = zip(SEGMENTS, segments, decoded, strict=True)
    return [f"spelling of the {name}" for name, segment, raw in rows if b64url(raw) != segment]


def unwrap_leniently(
    decoded: Sequence[bytes], key: str, faults: list[str]
) -> tuple[list[bytes], list[str]]:
    """The keys that the content may be under, and the faults with those of the encrypted key."""
    need = CEK_LENGTHS.get(str(read_header(decoded[0]).get("enc")), 16)
    cek = unwrap(decoded[1], key)
    if cek is None:
        others = [fault for fault in faults if fault != "spelling of the encrypted key"]
        return list(guess_content_keys(decoded[1], key)), [*others, "encrypted key"]
    if len(cek) != need:
        faults = [*faults, "CEK length"]
    return [to_content_key(cek, need)], faults


def length_faults(decoded: Sequence[bytes], faults: Sequence[str]) -> list[str]:
    """Whether IV and tag have other lengths (S4.3), and no other spelling that explains it."""
    lengths = {"IV": len(decoded[2]) - IV_LENGTH, "tag": len(decoded[4]) - TAG_LENGTH}
    return [
        f"{name} length"
        for name, difference in lengths.items()
        if difference and f"spelling of the {name}" not in faults
    ]


def changed_segments(segments: Sequence[str], twins: Sequence[str]) -> list[str]:
    """The names of the segments in which two tokens differ."""
    rows = zip(SEGMENTS, segments, twins, strict=True)
    return [name for name, ours, theirs in rows if ours != theirs]


def is_consequence(changed: Sequence[str], faults: Sequence[str]) -> bool:
    """Whether a tag that is not right follows from the faults: the rest is the twin's.

    A readable header in another one's place is no such fault: its AAD is wrong besides.
    """
    if changed == ["header"]:
        return bool({"spelling of the header", "header JSON"} & set(faults))
    return len(changed) == 1 or changed == ["ciphertext", "tag"]


def decode_leniently(segment: str) -> bytes:
    """Decode base64url as a reader that skips, ignores and fills up what it can."""
    text = re.sub("[^A-Za-z0-9_-]", "", segment.replace("+", "-").replace("/", "_"))
    if len(text) % 4 == 1:
        text = text[:-1]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class NotStrictError(ValueError):
    """A text is no strict JSON (S4.10)."""


def read_strictly(raw: bytes) -> Any:
    """Read strict JSON (S4.10). Raises NotStrictError."""
    try:
        text = raw.decode()
        value = json.loads(
            text,
            object_pairs_hook=take_pairs,
            parse_constant=refuse,
            parse_int=take_integer,
            parse_float=take_fraction,
        )
        json.dumps(value, ensure_ascii=False).encode()  # no half of a surrogate pair
    except (ValueError, RecursionError) as error:
        raise NotStrictError(str(error)) from None
    if count_levels(value) > MAX_LEVELS or text.strip(" \t\r\n")[:1] == "":
        raise NotStrictError("levels")
    return value


def take_pairs(pairs: list[tuple[str, Any]]) -> Json:
    """Make an object, whose names must be distinct."""
    if len(dict(pairs)) != len(pairs):
        raise NotStrictError("a name twice")
    return dict(pairs)


def refuse(text: str) -> None:
    """Refuse NaN and Infinity."""
    raise NotStrictError(text)


def take_integer(text: str) -> int:
    """Read an integer of at most 64 digits."""
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise NotStrictError("digits")
    return int(text)


def take_fraction(text: str) -> float:
    """Read a number that a double holds, more or less."""
    value = float(text)
    mantissa = re.split("[eE]", text)[0]
    if value in (float("inf"), float("-inf")) or (value == 0 and re.search("[1-9]", mantissa)):
        raise NotStrictError("range")
    return value


def count_levels(value: Any) -> int:
    """Count how deep lists and objects stand in each other, layer by layer, however many."""
    levels = 0
    layer = [value]
    while True:
        inner: list[Any] = []
        for item in layer:
            if isinstance(item, dict):
                inner.append(item.values())
            elif isinstance(item, list):
                inner.append(item)
        if not inner:
            return levels
        levels += 1
        layer = [item for items in inner for item in items]


def read_header(raw: bytes) -> Json:
    """Read a header as far as it can be read: at least its enc."""
    try:
        header = json.loads(raw)  # of members that come twice, it takes the last
    except (ValueError, RecursionError):
        header = None
    if isinstance(header, dict):
        return header
    return {"enc": "A256GCM" if b"A256GCM" in raw and b"A128GCM" not in raw else "A128GCM"}


def header_faults(raw: bytes, expected: Expected) -> list[str]:
    """Find every fault of a header (S4.2 to S4.4, S4.9, S4.10, S9.4)."""
    if len(raw) > MAX_HEADER:
        return ["header size"]
    try:
        header = read_strictly(raw)
    except NotStrictError:
        return ["header JSON"]
    if not isinstance(header, dict):
        return ["header JSON"]
    checks = {
        "alg": header.get("alg") != "RSA-OAEP-256",
        "enc": not isinstance(header.get("enc"), str) or header["enc"] not in CEK_LENGTHS,
        **{name: name in header for name in REFUSED_PARAMETERS},
        "kid type": not isinstance(header.get("kid", ""), str),
        "kid": expected.kid is not None and header.get("kid", expected.kid) != expected.kid,
    }
    faults = [name for name, is_wrong in checks.items() if is_wrong]
    if "kid type" in faults and "kid" in faults:
        faults.remove("kid")
    if expected.members is not None:
        for name in ("km-path", "km-ctx"):
            if header.get(name, NotStrictError) != expected.members.get(name, NotStrictError):
                faults.append(name)
    return faults


def unwrap(encrypted_key: bytes, key: str) -> bytes | None:
    """Decrypt a CEK with the expected private key, or None."""
    if len(encrypted_key) != modulus_length(key):
        return None
    try:
        return private_key(key).decrypt(encrypted_key, OAEP(MGF1(SHA256()), SHA256(), None))
    except ValueError:
        return None


def to_content_key(cek: bytes, need: int) -> bytes:
    """Give a CEK a length that AES takes: its own, or else the length that is expected."""
    return cek if len(cek) in (16, 24, 32) else cek.ljust(need, b"\0")[:need]


def guess_content_keys(encrypted_key: bytes, key_name: str) -> Iterator[bytes]:
    """The keys that careless readers make of an encrypted key which does not decrypt."""
    yield from (bytes(16), b"\xff" * 16, encrypted_key[:16], encrypted_key[-16:])
    yield from (hashlib.sha256(encrypted_key).digest()[:16], hashlib.sha256(b"").digest()[:16])
    yield from (derive(f"{label}/cek", 16) for label in LABELS)
    for key in OTHER_KEYS:
        cek = unwrap(encrypted_key, key)
        if cek is not None:
            yield cek
    encoded = decrypt_raw(encrypted_key, key_name)
    yield from (encoded[-16:], encoded[-32:])
    for hash_ in HASHES:
        for mgf_hash in HASHES:
            length = hash_().digest_size
            masked_seed = encoded[1 : 1 + length]
            masked_block = encoded[1 + length :]
            seed = xor(masked_seed, mgf1(masked_block, length, mgf_hash))
            block = xor(masked_block, mgf1(seed, len(masked_block), mgf_hash))
            yield from (block[-16:], block[-32:])


def decrypt_raw(encrypted_key: bytes, key: str) -> bytes:
    """Decrypt with RSA alone, without looking at the padding."""
    numbers = private_key(key).private_numbers()
    modulus = numbers.public_numbers.n
    representative = pow(int.from_bytes(encrypted_key, "big") % modulus, numbers.d, modulus)
    return representative.to_bytes(modulus_length(key), "big")


def decrypt(
    content_keys: Sequence[bytes], decoded: Sequence[bytes], aads: Sequence[bytes]
) -> bytes | None:
    """Decrypt the content under the first key and AAD for which the tag is right, or None."""
    _, _, iv, ciphertext, tag = decoded
    for content_key in content_keys:
        if len(content_key) not in (16, 24, 32) or not 8 <= len(iv) <= 128:
            continue
        for aad in aads:
            try:
                return AESGCM(content_key).decrypt(iv, ciphertext + tag, aad)
            except InvalidTag:
                continue
    return None
