"""sealed_v1.json: a project in one blob, under a passphrase or a key of 32 bytes (README.md has its layout)."""

from functools import lru_cache
from struct import pack
from unicodedata import normalize

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt
from nacl.pwhash import argon2id

from ..common.base import HERE, Json, compact, derive
from ..common.book import Book, Group
from ..common.parties import ACCESS_KEY, ASP_ID, KEY_ID, SECRET

FAILED = "key unsealing-failed"
PASSPHRASE = "correct horse battery staple, published"
HANGUL = "공개된 암호문구"
CIRCLED = "①②③, ﬁne print, published"  # in NFC; its NFKC is "123, fine print, published"
OPERATIONS, MEMORY_KIB = 2, 64 << 10
PROJECT = {
    "asp_id": ASP_ID,
    "access_key": ACCESS_KEY,
    "secret_key": SECRET,
    "kind": "sandbox",
    "state": "active",
}
DOCUMENT = {"zone": "KST", "project_keys": [PROJECT], "crypto_keys": [], "primary": None}
RULE = "blob"

NOTES = {
    "Normal": (
        RULE,
        "A blob as it is written: header of 54 bytes, ciphertext, tag; the header is authenticated, too.",
    ),
    "Passphrase": (
        RULE,
        "A passphrase is the UTF-8 of its NFC form, so that Hangul opens however a keyboard composes it.",
    ),
    "CallersKey": (
        RULE,
        "A key of 32 bytes that is the caller's own; the fields of Argon2id are zero then.",
    ),
    "Source": (
        RULE,
        "Whether a passphrase or a key opens it is the caller's to say, not the blob's.",
    ),
    "Costs": (
        RULE,
        "Argon2id's costs are bounded, and checked before they are spent: a header may not ask for all memory.",
    ),
    "Header": (RULE, "Every byte of the header is checked or authenticated."),
    "Damage": (RULE, "Cut off, lengthened or changed: one failure for every reason."),
    "DocumentJson": (RULE, "What was sealed is no strict JSON."),
}


@lru_cache
def sealing_key(passphrase: str, salt: bytes, operations: int, memory_kib: int) -> bytes:
    """Argon2id, version 1.3, one lane, of the NFC form."""
    return argon2id.kdf(
        32, normalize("NFC", passphrase).encode(), salt, operations, memory_kib << 10
    )


def seal(label: str, text: bytes, passphrase: str | None = PASSPHRASE, key: bytes = b"", *, magic: bytes = b"KMSP", version: int = 1,
         source: int | None = None, operations: int = OPERATIONS, memory_kib: int = MEMORY_KIB,
         costs_of_key: tuple[int, int] = (0, 0), salt_of_key: bytes = bytes(16)) -> tuple[bytes, Json]:  # fmt: skip
    """A blob that is genuine under the header that it has, and the values on the way."""
    salt, nonce = derive(f"{label}/salt", 16), derive(f"{label}/nonce", 24)
    if passphrase is None:
        salt, (operations, memory_kib) = salt_of_key, costs_of_key
    else:
        key = sealing_key(passphrase, salt, operations, memory_kib)
    kind = (passphrase is not None) if source is None else source
    header = pack(">4sBBII16s24s", magic, version, kind, operations, memory_kib, salt, nonce)
    blob = header + crypto_aead_xchacha20poly1305_ietf_encrypt(text, header, nonce, key)
    middle = {
        "header": header.hex(),
        "salt": salt.hex(),
        "nonce": nonce.hex(),
        "sealingKey": key.hex(),
        "plaintext": text.decode("utf-8", "backslashreplace"),
    }
    return blob, middle


@lru_cache
def sealed_vectors() -> Book:
    """The whole file."""
    made = Book(
        "sealed",
        [
            "Open the blob with the passphrase or the key; document is JSON text: two are the same when their values are.",
            "Every failure is one and the same. The costs of Argon2id are the lowest that are allowed.",
        ],
        NOTES,
        ["document"],
    )
    group = made.group()
    text = compact(DOCUMENT)
    blob, middle = seal("sealed/twin/1", text)
    twin = good(group, "a passphrase", "Normal", blob, middle, text, PASSPHRASE)
    passphrases(group, twin, text)
    own_key(group, twin, text)
    costs(group, twin, blob, text)
    damages(group, twin, blob)
    for number, (comment, raw) in enumerate(
        {
            "no JSON": b"hello",
            "a name twice": b'{"zone":"KST","zone":"KST"}',
            "nothing": b"",
            "EUC-KR": "{}비".encode("euc-kr"),
            "right but for its secret, which is in EUC-KR": text.decode().encode("euc-kr"),
        }.items()
    ):
        other, values = seal(f"sealed/json/{number}", raw)
        group.fault(
            twin,
            f"what was sealed: {comment}",
            "DocumentJson",
            RULE,
            FAILED,
            blob=other.hex(),
            intermediate=values,
        )
    return made.numbered()


def good(
    group: Group,
    comment: str,
    flags: str,
    blob: bytes,
    middle: Json,
    text: bytes,
    passphrase: str | None,
    key: bytes | None = None,
) -> Json:
    """A valid test."""
    shown = {
        "blob": blob.hex(),
        "passphrase": passphrase,
        "key": None if key is None else key.hex(),
    }
    return group.valid(comment, flags, RULE, **shown, document=text.decode(), intermediate=middle)


def passphrases(group: Group, twin: Json, text: bytes) -> None:
    """Other passphrases, and other spellings of one."""
    for comment, other in {
        "a blank at its end": PASSPHRASE + " ",
        "in capitals": PASSPHRASE.upper(),
        "cut short": PASSPHRASE[:-1],
        "another one": "x",
    }.items():
        group.fault(
            twin, f"the passphrase: {comment}", "Passphrase", RULE, FAILED, passphrase=other
        )
    blob, middle = seal("sealed/hangul/1", text, HANGUL)
    good(
        group,
        "a passphrase in Hangul, composed",
        "Passphrase",
        blob,
        middle,
        text,
        normalize("NFC", HANGUL),
    )
    good(group, "the same, decomposed", "Passphrase", blob, middle, text, normalize("NFD", HANGUL))
    compatible(group, text)
    pem = {
        "platform_public": (HERE / "keys/platform_2048.pub.pem").read_text(),
        "client_private": (HERE / "keys/client_2048.pem").read_text(),
    }
    document = {
        **DOCUMENT,
        "zone": "IST+05:30",
        "crypto_keys": [{"id": KEY_ID, "state": "active", **pem}],
        "primary": KEY_ID,
    }
    full, values = seal("sealed/keys/1", compact(document))
    good(
        group,
        "a project with a crypto key, in another zone",
        "Normal",
        full,
        values,
        compact(document),
        PASSPHRASE,
    )


def compatible(group: Group, text: bytes) -> None:
    """NFC keeps apart what NFKC makes one."""
    blob, middle = seal("sealed/nfkc/1", text, CIRCLED)
    twin = good(
        group, "a passphrase that NFKC would change", "Passphrase", blob, middle, text, CIRCLED
    )
    other, values = seal("sealed/nfkc/1", text, normalize("NFKC", CIRCLED))
    group.fault(
        twin,
        "sealed under its NFKC form",
        "Passphrase",
        RULE,
        FAILED,
        blob=other.hex(),
        intermediate=values,
    )
    group.fault(
        twin,
        "typed in its NFKC form",
        "Passphrase",
        RULE,
        FAILED,
        passphrase=normalize("NFKC", CIRCLED),
    )


def own_key(group: Group, phrase_twin: Json, text: bytes) -> None:
    """A key of the caller's own."""
    key = derive("sealed/key/1", 32)
    blob, middle = seal("sealed/key/1", text, None, key)
    twin = good(group, "a key", "CallersKey", blob, middle, text, None, key)
    group.fault(
        twin, "another key", "CallersKey", RULE, FAILED, key=derive("sealed/key/2", 32).hex()
    )
    group.fault(twin, "a key of zeros", "CallersKey", RULE, FAILED, key=bytes(32).hex())
    for comment, at in {"operations": 9, "memory": 13, "a salt": 29}.items():
        changed = blob[:at] + b"\1" + blob[at + 1 :]
        group.fault(
            twin,
            f"a key, and {comment} in the header",
            "CallersKey",
            RULE,
            FAILED,
            blob=changed.hex(),
        )
    for spent in ((OPERATIONS, MEMORY_KIB), (OPERATIONS, 0), (0, MEMORY_KIB)):
        costly, values = seal("sealed/key/1", text, None, key, costs_of_key=spent)
        comment = f"sealed under a key, the header says {spent[0]} operations and {spent[1]} KiB"
        group.fault(
            twin, comment, "CallersKey", RULE, FAILED, blob=costly.hex(), intermediate=values
        )
    salted, values = seal(
        "sealed/key/1", text, None, key, salt_of_key=derive("sealed/key/1/salt", 16)
    )
    comment = "sealed under a key, the header has a salt"
    group.fault(twin, comment, "CallersKey", RULE, FAILED, blob=salted.hex(), intermediate=values)
    sources(group, phrase_twin, text)
    group.fault(
        twin,
        "the header says passphrase",
        "Source",
        RULE,
        FAILED,
        blob=(blob[:5] + b"\1" + blob[6:]).hex(),
    )


def sources(group: Group, phrase_twin: Json, text: bytes) -> None:
    """Blobs whose header says something else than what they were sealed under; it is authenticated."""
    sealing = derive("sealed/source/1", 32)
    lied, values = seal("sealed/source/1", text, None, sealing, source=1)
    group.fault(
        phrase_twin,
        "sealed under a key, the header says passphrase",
        "Source",
        RULE,
        FAILED,
        blob=lied.hex(),
        intermediate=values,
    )
    other, values = seal("sealed/source/2", text, source=0)
    group.fault(
        phrase_twin,
        "sealed under a passphrase, the header says key",
        "Source",
        RULE,
        FAILED,
        blob=other.hex(),
        intermediate=values,
    )
    third, values = seal("sealed/source/3", text, source=2)
    group.fault(
        phrase_twin,
        "sealed under a passphrase, the header says 2",
        "Source",
        RULE,
        FAILED,
        blob=third.hex(),
        intermediate=values,
    )


def costs(group: Group, twin: Json, blob: bytes, text: bytes) -> None:
    """Below and above the bounds; those that can be spent are genuine."""
    more, middle = seal("sealed/costs/1", text, operations=3)
    good(group, "3 operations", "Costs", more, middle, text, PASSPHRASE)
    for number, (operations, memory_kib) in enumerate(
        ((1, MEMORY_KIB), (11, MEMORY_KIB), (2, MEMORY_KIB - 1), (2, 8))
    ):
        other, values = seal(
            f"sealed/costs/2/{number}", text, operations=operations, memory_kib=memory_kib
        )
        comment = f"genuine: {operations} operations, {memory_kib} KiB"
        group.fault(twin, comment, "Costs", RULE, FAILED, blob=other.hex(), intermediate=values)
    for comment, fields in {"1 GiB and 1 KiB": pack(">II", 2, (1 << 20) + 1), "4 TiB": pack(">II", 2, (1 << 32) - 1), "2^32 - 1 operations": pack(">II", (1 << 32) - 1, MEMORY_KIB),
                            "nothing": bytes(8)}.items():  # fmt: skip
        group.fault(
            twin,
            f"the header asks for {comment}",
            "Costs",
            RULE,
            FAILED,
            blob=(blob[:6] + fields + blob[14:]).hex(),
        )


def damages(group: Group, twin: Json, blob: bytes) -> None:
    """Other bytes."""
    other_magic, values = seal("sealed/header/1", compact(DOCUMENT), magic=b"KMSQ")
    group.fault(
        twin,
        "genuine under another magic",
        "Header",
        RULE,
        FAILED,
        blob=other_magic.hex(),
        intermediate=values,
    )
    version, values = seal("sealed/header/2", compact(DOCUMENT), version=2)
    group.fault(
        twin,
        "genuine under version 2",
        "Header",
        RULE,
        FAILED,
        blob=version.hex(),
        intermediate=values,
    )
    for comment, at in {
        "the magic": 0,
        "the version": 4,
        "the source": 5,
        "the operations": 9,
        "the memory": 13,
        "the salt": 14,
        "the nonce": 53,
    }.items():
        group.fault(
            twin, f"a bit of {comment}", "Header", RULE, FAILED, blob=flipped(blob, at).hex()
        )
    for comment, other in {
        "a bit of the ciphertext": flipped(blob, 54), "a bit of the tag": flipped(blob, len(blob) - 1), "its last byte cut off": blob[:-1],
        "a byte more": blob + b"\0", "the header alone": blob[:54], "a byte less than header and tag": blob[:69], "nothing": b"",
        "its first byte cut off": blob[1:], "the tag alone behind the header": blob[:54] + blob[-16:], "base64 of it": b"S01TUAEB" * 12,
    }.items():  # fmt: skip
        group.fault(twin, f"damage: {comment}", "Damage", RULE, FAILED, blob=other.hex())


def flipped(blob: bytes, at: int) -> bytes:
    """The blob with the lowest bit of one byte changed."""
    return blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]
