"""Encrypted keys that are wrong in one place; the content is genuine under the CEK that they would give."""

import hashlib
from itertools import count

from ..common.base import Json, derive, private_key, raw_of
from ..common.book import Group
from ..common.jwe_maker import HEADER_256, OAEP_256, Made, Oaep, make, modulus_bytes, rsa
from .headers import pkcs1
from .notes import DECRYPT

KEY = "platform_2048"


def add(group: Group, twin: Json, twin_256: Json) -> None:
    """All of them."""
    plaintext = raw_of(twin["plaintext"])
    hashes(group, twin, plaintext)
    paddings(group, twin, plaintext)
    ranges(group, twin, plaintext)
    lengths(group, twin, twin_256, plaintext)
    fallbacks(group, twin, plaintext)
    for key in ("other_2048", "client_2048"):
        made = make(f"jwe/key/{key}", plaintext, key=key)
        group.fault(twin, f"encrypted to {key}", "WrongKey", "S4.5", DECRYPT, jwe=made.token)


def hashes(group: Group, twin: Json, plaintext: bytes) -> None:
    """OAEP as others have it."""
    sha1, sha512, sha384 = hashlib.sha1, hashlib.sha512, hashlib.sha384
    for number, (comment, oaep) in enumerate({
        "MGF1 with SHA-1, as Java does unasked": Oaep(mgf=sha1), "SHA-1 for both": Oaep(hash=sha1, mgf=sha1),
        "SHA-1 with MGF1 of SHA-256": Oaep(hash=sha1), "SHA-512 for both": Oaep(hash=sha512, mgf=sha512),
        "SHA-384 for both": Oaep(hash=sha384, mgf=sha384), "a label": Oaep(label=b"label"), "a label of a NUL": Oaep(label=b"\0"),
    }.items()):  # fmt: skip
        made = make(f"jwe/OaepHash/{number}", plaintext, oaep=oaep)
        group.fault(
            twin,
            comment,
            "OaepHash",
            "S4.2",
            DECRYPT,
            jwe=made.token,
            intermediate=made.intermediate,
        )


def paddings(group: Group, twin: Json, plaintext: bytes) -> None:
    """The four places where OAEP decoding can fail (RFC 8017, 7.1.2 step 3g), and PKCS #1 v1.5 in its place."""
    lhash = hashlib.sha256(b"").digest()
    for number, (comment, oaep) in enumerate({
        "the first octet is 1": Oaep(first=1), "the first bit of lHash flipped": Oaep(lhash=bytes([lhash[0] ^ 128]) + lhash[1:]),
        "the last bit of lHash flipped": Oaep(lhash=lhash[:31] + bytes([lhash[31] ^ 1])), "lHash of zeros": Oaep(lhash=bytes(32)),
        "the separator is 2": Oaep(separator=b"\2"), "the separator is 0": Oaep(separator=b"\0"),
        "the filling is 2": Oaep(filling=b"\2"), "a 2 before the separator": Oaep(separator=b"\2\1"),
    }.items()):  # fmt: skip
        # Not a CEK with a 1 in it: behind a separator that is missing, it would be taken for one.
        made = make(
            f"jwe/OaepPadding/{number}",
            plaintext,
            oaep=oaep,
            cek=without_one(f"jwe/OaepPadding/{number}/cek"),
        )
        group.fault(
            twin,
            comment,
            "OaepPadding",
            "S4.2",
            DECRYPT,
            jwe=made.token,
            intermediate=made.intermediate,
        )
    cek = derive("jwe/OaepPadding/pkcs1/cek", 16)
    made = make(
        "jwe/OaepPadding/pkcs1",
        plaintext,
        cek=cek,
        ek=rsa(pkcs1(cek, "jwe/OaepPadding/pkcs1/padding"), KEY),
    )
    group.fault(
        twin, "PKCS #1 v1.5 padding under this alg", "OaepPadding", "S4.2", DECRYPT, jwe=made.token
    )
    made = make("jwe/OaepPadding/raw", plaintext, cek=cek, ek=rsa(cek.rjust(256, b"\0"), KEY))
    group.fault(twin, "no padding", "OaepPadding", "S4.2", DECRYPT, jwe=made.token)


def without_one(label: str) -> bytes:
    """A CEK of 16 bytes, none of them 1."""
    return bytes(byte if byte != 1 else 3 for byte in derive(label, 16))


def ranges(group: Group, twin: Json, plaintext: bytes) -> None:
    """Numbers that RSA must not take, and other lengths of right ones."""
    modulus = private_key(KEY).public_key().public_numbers().n
    made = make("jwe/EncryptedKeyRange/1", plaintext)
    for comment, number in {
        "0": 0,
        "1": 1,
        "n - 1": modulus - 1,
        "n": modulus,
        "all ones": (1 << 2048) - 1,
    }.items():
        broken = made._replace(ek=number.to_bytes(256, "big"))
        group.fault(
            twin,
            f"the encrypted key is {comment}",
            "EncryptedKeyRange",
            "S4.2",
            DECRYPT,
            jwe=broken.token,
        )
    small = searched("jwe/EncryptedKeyRange/2", plaintext, (1 << 2048) - modulus)
    added = small._replace(ek=(int.from_bytes(small.ek, "big") + modulus).to_bytes(256, "big"))
    group.fault(
        twin, "n added, the same residue", "EncryptedKeyRange", "S4.2", DECRYPT, jwe=added.token
    )
    zero = searched("jwe/EncryptedKeyLength/1", plaintext, 1 << 2040)
    kept = {"jwe": zero.token, "kid": None, "plaintext": twin["plaintext"]}
    lead = group.valid("an encrypted key that begins with a zero", "EncryptedKeyLength", "S4.2", **kept,
                       intermediate=zero.intermediate)  # fmt: skip
    for comment, ek in {
        "its zero stripped": zero.ek[1:], "a zero before it": b"\0" + zero.ek, "a zero behind it": zero.ek + b"\0",
        "its last byte cut off": zero.ek[:-1], "it twice": zero.ek * 2,
    }.items():  # fmt: skip
        broken = zero._replace(ek=ek)
        group.fault(lead, comment, "EncryptedKeyLength", "S4.2", DECRYPT, jwe=broken.token)


def searched(label: str, plaintext: bytes, below: int) -> Made:
    """A genuine token whose encrypted key is below a number: seeds are tried in turn."""
    cek = derive(f"{label}/cek", 16)
    for number in count():
        seed = derive(f"{label}/seed/{number}", 64)
        ek = rsa(OAEP_256.encode(cek, modulus_bytes(KEY), seed), KEY)
        if int.from_bytes(ek, "big") < below:
            return make(label, plaintext, cek=cek, ek=ek)
    raise AssertionError


def lengths(group: Group, twin: Json, twin_256: Json, plaintext: bytes) -> None:
    """CEKs of other lengths, with content that is genuine under them where AES has such keys."""
    for size in (0, 1, 15, 17, 24, 32):
        cek = derive(f"jwe/CekLength/{size}/cek", size)
        content = cek if size in (16, 24, 32) else cek.ljust(16, b"\0")[:16]
        made = make(f"jwe/CekLength/{size}", plaintext, cek=cek, content_key=content)
        group.fault(twin, f"{size} bytes for A128GCM", "CekLength", "S4.3", DECRYPT, jwe=made.token)
    for size in (16, 24, 31, 33):
        cek = derive(f"jwe/CekLength/256/{size}/cek", size)
        content = cek if size in (16, 24, 32) else cek.ljust(32, b"\0")[:32]
        made = make(
            f"jwe/CekLength/256/{size}", plaintext, HEADER_256, cek=cek, content_key=content
        )
        group.fault(
            twin_256, f"{size} bytes for A256GCM", "CekLength", "S4.3", DECRYPT, jwe=made.token
        )


def fallbacks(group: Group, twin: Json, plaintext: bytes) -> None:
    """A broken encrypted key, and content under what a reader might go on with."""
    broken = derive("jwe/FallbackCek/ek", 255).rjust(256, b"\0")
    for comment, cek in {
        "zeros": bytes(16), "ones": b"\xff" * 16, "the beginning of the encrypted key": broken[:16],
        "its end": broken[-16:], "its SHA-256": hashlib.sha256(broken).digest()[:16],
        "the SHA-256 of nothing": hashlib.sha256(b"").digest()[:16],
    }.items():  # fmt: skip
        made = make("jwe/FallbackCek", plaintext, ek=broken, content_key=cek)
        group.fault(
            twin, f"the content is under {comment}", "FallbackCek", "S4.2", DECRYPT, jwe=made.token
        )
