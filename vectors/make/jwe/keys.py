"""Encrypted keys that are wrong in one place.

The content is genuine under the CEK that a careless reader would get from them.
"""

import hashlib
from dataclasses import replace

from ..common.derive import derive
from ..common.encode import flip_bit
from ..common.jwe import HEADER_A256GCM, Jwe, make_jwe
from ..common.key_files import modulus_length, private_key
from ..common.rsa_oaep import OAEP_SHA256, Oaep, rsa_encrypt
from ..common.vector_file import Case, Group
from .maker import KEY, PLAINTEXT, negative_jwe, pad_pkcs1, positive_jwe

SHA1 = hashlib.sha1
SHA384 = hashlib.sha384
SHA512 = hashlib.sha512
LABEL_HASH = hashlib.sha256(b"").digest()

OTHER_HASHES = {
    "MGF1 with SHA-1, as Java does unasked": Oaep(mgf_hash=SHA1),
    "SHA-1 for both": Oaep(hash=SHA1, mgf_hash=SHA1),
    "SHA-1 with MGF1 of SHA-256": Oaep(hash=SHA1),
    "SHA-512 for both": Oaep(hash=SHA512, mgf_hash=SHA512),
    "SHA-384 for both": Oaep(hash=SHA384, mgf_hash=SHA384),
    "a label": Oaep(label=b"label"),
    "a label of a NUL": Oaep(label=b"\0"),
}
# The places where decoding can fail (RFC 8017, 7.1.2 step 3g).
WRONG_PADDINGS = {
    "the first octet is 1": Oaep(first=b"\1"),
    "the first bit of lHash flipped": Oaep(label_hash=flip_bit(LABEL_HASH, 0, 128)),
    "the last bit of lHash flipped": Oaep(label_hash=flip_bit(LABEL_HASH, 31)),
    "lHash of zeros": Oaep(label_hash=bytes(32)),
    "the separator is 2": Oaep(separator=b"\2"),
    "the separator is 0": Oaep(separator=b"\0"),
    "the filling is 2": Oaep(padding=b"\2"),
    "a 2 before the separator": Oaep(separator=b"\2\1"),
}


def add_encrypted_keys(group: Group, base: Case, base_a256gcm: Case) -> None:
    """Add wrong encodings, numbers, lengths and keys."""
    add_hashes(group, base)
    add_paddings(group, base)
    add_ranges(group, base)
    add_lengths(group)
    add_cek_lengths(group, base, base_a256gcm)
    add_fallbacks(group, base)
    for key in ("other_2048", "client_2048"):
        jwe = make_jwe(f"jwe/key/{key}", PLAINTEXT, key=key)
        negative_jwe(group, base, f"a token encrypted to {key}", "WrongKey", jwe.compact)


def add_hashes(group: Group, base: Case) -> None:
    """Add OAEP with other parameters."""
    for number, (comment, oaep) in enumerate(OTHER_HASHES.items()):
        jwe = make_jwe(f"jwe/OaepHash/{number}", PLAINTEXT, oaep=oaep)
        negative_jwe(group, base, f"OAEP: {comment}", "OaepHash", jwe.compact, jwe.intermediate)


def add_paddings(group: Group, base: Case) -> None:
    """Add OAEP that is wrong in one place, PKCS #1 v1.5 in its place, and no padding."""
    flag = "OaepPadding"
    for number, (comment, oaep) in enumerate(WRONG_PADDINGS.items()):
        label = f"jwe/OaepPadding/{number}"
        jwe = make_jwe(label, PLAINTEXT, oaep=oaep, cek=derive_without_ones(f"{label}/cek"))
        negative_jwe(group, base, f"OAEP: {comment}", flag, jwe.compact, jwe.intermediate)
    cek = derive("jwe/OaepPadding/pkcs1/cek", 16)
    padded = rsa_encrypt(pad_pkcs1(cek, "jwe/OaepPadding/pkcs1/padding"), KEY)
    jwe = make_jwe("jwe/OaepPadding/pkcs1", PLAINTEXT, cek=cek, encrypted_key=padded)
    negative_jwe(group, base, "PKCS #1 v1.5 padding under this alg", flag, jwe.compact)
    raw = rsa_encrypt(cek.rjust(256, b"\0"), KEY)
    jwe = make_jwe("jwe/OaepPadding/raw", PLAINTEXT, cek=cek, encrypted_key=raw)
    negative_jwe(group, base, "an encrypted key without padding", flag, jwe.compact)


def derive_without_ones(label: str) -> bytes:
    """Derive a CEK of 16 bytes, none of them 1.

    Where the separator is missing, a reader would take such a byte of the CEK for it.
    """
    return derive(label, 16).replace(b"\1", b"\3")


MODULUS = private_key(KEY).public_key().public_numbers().n
WRONG_NUMBERS = {
    "0": 0,
    "1": 1,
    "n - 1": MODULUS - 1,
    "n": MODULUS,
    "all ones": (1 << 2048) - 1,
}


def add_ranges(group: Group, base: Case) -> None:
    """Add numbers that RSA must not take (RFC 8017, 5.1.2)."""
    jwe = make_jwe("jwe/EncryptedKeyRange/1", PLAINTEXT)
    for reason, number in WRONG_NUMBERS.items():
        wrong = replace(jwe, encrypted_key=number.to_bytes(256, "big"))
        comment = f"the encrypted key is {reason}"
        negative_jwe(group, base, comment, "EncryptedKeyRange", wrong.compact)
    small = find_jwe_with_key_below((1 << 2048) - MODULUS, "jwe/EncryptedKeyRange/2")
    number = int.from_bytes(small.encrypted_key, "big") + MODULUS
    added = replace(small, encrypted_key=number.to_bytes(256, "big"))
    comment = "n added to the encrypted key, the same residue"
    negative_jwe(group, base, comment, "EncryptedKeyRange", added.compact)


def add_lengths(group: Group) -> None:
    """Add an encrypted key whose first byte is zero, in other lengths (RFC 8017, 7.1.2 step 1)."""
    jwe = find_jwe_with_key_below(1 << 2040, "jwe/EncryptedKeyLength/1")
    flag = "EncryptedKeyLength"
    base = positive_jwe(group, "an encrypted key that begins with a zero", flag, jwe)
    key = jwe.encrypted_key
    other_lengths = {
        "the encrypted key's leading zero stripped": key[1:],
        "a zero before the encrypted key": b"\0" + key,
        "a zero behind the encrypted key": key + b"\0",
        "the encrypted key's last byte cut off": key[:-1],
        "the encrypted key twice": key * 2,
    }
    for comment, encrypted_key in other_lengths.items():
        wrong = replace(jwe, encrypted_key=encrypted_key)
        negative_jwe(group, base, comment, flag, wrong.compact)


def find_jwe_with_key_below(limit: int, label: str) -> Jwe:
    """Find a genuine token whose encrypted key is below a number; seeds are tried in turn."""
    cek = derive(f"{label}/cek", 16)
    number = 0
    while True:
        seed = derive(f"{label}/seed/{number}", 64)
        encrypted_key = rsa_encrypt(OAEP_SHA256.encode(cek, modulus_length(KEY), seed), KEY)
        if int.from_bytes(encrypted_key, "big") < limit:
            return make_jwe(label, PLAINTEXT, cek=cek, encrypted_key=encrypted_key)
        number += 1


def add_cek_lengths(group: Group, base: Case, base_a256gcm: Case) -> None:
    """Add CEKs of other lengths; the content is genuine under them where AES has such keys."""
    for length in (0, 1, 15, 17, 24, 32):
        label = f"jwe/CekLength/{length}"
        cek = derive(f"{label}/cek", length)
        content_key = to_aes_key(cek, 16)
        jwe = make_jwe(label, PLAINTEXT, cek=cek, content_key=content_key)
        comment = f"a CEK of {length} bytes for A128GCM"
        negative_jwe(group, base, comment, "CekLength", jwe.compact)
    for length in (16, 24, 31, 33):
        label = f"jwe/CekLength/256/{length}"
        cek = derive(f"{label}/cek", length)
        content_key = to_aes_key(cek, 32)
        jwe = make_jwe(label, PLAINTEXT, HEADER_A256GCM, cek=cek, content_key=content_key)
        comment = f"a CEK of {length} bytes for A256GCM"
        negative_jwe(group, base_a256gcm, comment, "CekLength", jwe.compact)


def to_aes_key(cek: bytes, length: int) -> bytes:
    """Give a CEK a length that AES takes: its own, or else the length that is expected."""
    if len(cek) in (16, 24, 32):
        return cek
    return cek.ljust(length, b"\0")[:length]


BROKEN_KEY = derive("jwe/FallbackCek/ek", 255).rjust(256, b"\0")
FALLBACK_CEKS = {
    "zeros": bytes(16),
    "ones": b"\xff" * 16,
    "the beginning of the encrypted key": BROKEN_KEY[:16],
    "the end of the encrypted key": BROKEN_KEY[-16:],
    "the SHA-256 of the encrypted key": hashlib.sha256(BROKEN_KEY).digest()[:16],
    "the SHA-256 of nothing": hashlib.sha256(b"").digest()[:16],
}


def add_fallbacks(group: Group, base: Case) -> None:
    """Add a broken encrypted key, and content under a CEK that a reader might go on with."""
    for reason, cek in FALLBACK_CEKS.items():
        jwe = make_jwe("jwe/FallbackCek", PLAINTEXT, encrypted_key=BROKEN_KEY, content_key=cek)
        comment = f"the content is under {reason}"
        negative_jwe(group, base, comment, "FallbackCek", jwe.compact)
