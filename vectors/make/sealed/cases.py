"""sealed_v1.json: a project in one blob, under a passphrase or a key (README.md has its layout)."""

from struct import pack
from typing import Any
from unicodedata import normalize

from ..common.derive import derive
from ..common.encode import compact_json, flip_bit
from ..common.errors import UNSEALING_FAILED
from ..common.key_files import private_pem, public_pem
from ..common.requests import ACCESS_KEY, ASP_ID, KEY_ID, SECRET
from ..common.vector_file import Case, Group, VectorFile
from .maker import (
    COSTS_AT,
    HEADER_LENGTH,
    KEY_LENGTH,
    MEMORY_KIB,
    NONCE_AT,
    NONCE_LENGTH,
    OPERATIONS,
    SALT_AT,
    SALT_LENGTH,
    SOURCE_AT,
    TAG_LENGTH,
    VERSION_AT,
    Blob,
    seal_with_key,
    seal_with_passphrase,
)
from .notes import NOTES

PASSPHRASE = "correct horse battery staple, published"
HANGUL = "공개된 암호문구"
CIRCLED = "①②③, ﬁne print, published"  # in NFC; its NFKC is "123, fine print, published"
PROJECT_KEY = {
    "asp_id": ASP_ID,
    "access_key": ACCESS_KEY,
    "secret_key": SECRET,
    "kind": "sandbox",
    "state": "active",
}
DOCUMENT = {"zone": "KST", "project_keys": [PROJECT_KEY], "crypto_keys": [], "primary": None}
PLAINTEXT = compact_json(DOCUMENT)
BASE_BLOB = seal_with_passphrase("sealed/twin/1", PLAINTEXT, PASSPHRASE)
KEY = derive("sealed/key/1", KEY_LENGTH)


def sealed_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "sealed",
        about="sealed project files",
        description=[
            "Open the blob with the passphrase or the key; document is JSON text: two are the "
            "same when their values are.",
            "Every failure is one and the same. The costs of Argon2id are the lowest that are "
            "allowed.",
        ],
        notes=NOTES,
    )
    group = file.group()
    base = positive_blob(
        group, "a project sealed under a passphrase", "Normal", BASE_BLOB, passphrase=PASSPHRASE
    )
    add_passphrases(group, base)
    add_forms_of_hangul(group)
    add_compatible_forms(group)
    add_project_with_keys(group)
    add_keys(group, base)
    add_costs(group, base)
    add_headers(group, base)
    add_damages(group, base)
    add_documents(group, base)
    return file


def positive_blob(
    group: Group,
    comment: str,
    flags: str,
    blob: Blob,
    *,
    passphrase: str | None = None,
    key: bytes | None = None,
    plaintext: bytes = PLAINTEXT,
) -> Case:
    """Add a blob that opens with a passphrase or a key."""
    return group.positive(
        comment,
        flags,
        blob=blob.raw.hex(),
        passphrase=passphrase,
        key=None if key is None else key.hex(),
        outputs={"document": plaintext.decode()},
        intermediate=blob.intermediate,
    )


def negative_blob(group: Group, base: Case, comment: str, flags: str, blob: Blob | bytes) -> None:
    """Add a blob that must not open; one that was sealed so shows the values on the way."""
    if isinstance(blob, bytes):
        group.negative(base, comment, flags, UNSEALING_FAILED, blob=blob.hex())
        return
    group.negative(
        base,
        comment,
        flags,
        UNSEALING_FAILED,
        blob=blob.raw.hex(),
        intermediate=blob.intermediate,
    )


WRONG_PASSPHRASES = {
    "a blank at its end": PASSPHRASE + " ",
    "in capitals": PASSPHRASE.upper(),
    "cut short": PASSPHRASE[:-1],
    "another one": "x",
}


def add_passphrases(group: Group, base: Case) -> None:
    """Add other passphrases."""
    for reason, passphrase in WRONG_PASSPHRASES.items():
        comment = f"the passphrase: {reason}"
        group.negative(base, comment, "Passphrase", UNSEALING_FAILED, passphrase=passphrase)


def add_forms_of_hangul(group: Group) -> None:
    """Add the two forms of a passphrase in Hangul, which are one."""
    blob = seal_with_passphrase("sealed/hangul/1", PLAINTEXT, HANGUL)
    composed = normalize("NFC", HANGUL)
    comment = "a passphrase in Hangul, composed"
    positive_blob(group, comment, "Passphrase", blob, passphrase=composed)
    decomposed = normalize("NFD", HANGUL)
    positive_blob(
        group, "a passphrase in Hangul, decomposed", "Passphrase", blob, passphrase=decomposed
    )


def add_compatible_forms(group: Group) -> None:
    """Add two passphrases that NFKC would make one, and that NFC keeps apart."""
    label = "sealed/nfkc/1"
    compatible = normalize("NFKC", CIRCLED)
    blob = seal_with_passphrase(label, PLAINTEXT, CIRCLED)
    comment = "a passphrase that NFKC would change"
    base = positive_blob(group, comment, "Passphrase", blob, passphrase=CIRCLED)
    other = seal_with_passphrase(label, PLAINTEXT, compatible)
    negative_blob(
        group, base, "a project sealed under the passphrase's NFKC form", "Passphrase", other
    )
    comment = "the passphrase typed in its NFKC form"
    group.negative(base, comment, "Passphrase", UNSEALING_FAILED, passphrase=compatible)


def add_project_with_keys(group: Group) -> None:
    """Add a project with a crypto key, in another zone."""
    crypto_key = {
        "id": KEY_ID,
        "state": "active",
        "platform_public": public_pem("platform_2048").decode(),
        "client_private": private_pem("client_2048").decode(),
    }
    document = {
        **DOCUMENT,
        "zone": "IST+05:30",
        "crypto_keys": [crypto_key],
        "primary": KEY_ID,
    }
    plaintext = compact_json(document)
    blob = seal_with_passphrase("sealed/keys/1", plaintext, PASSPHRASE)
    comment = "a project with a crypto key, in another zone"
    positive_blob(group, comment, "Normal", blob, passphrase=PASSPHRASE, plaintext=plaintext)


FIELDS_OF_PASSPHRASES = {"operations": COSTS_AT + 3, "memory": COSTS_AT + 7, "a salt": SALT_AT + 15}
COSTS_OF_PASSPHRASES = [
    # operations, memory in KiB
    (OPERATIONS, MEMORY_KIB),
    (OPERATIONS, 0),
    (0, MEMORY_KIB),
]


def add_keys(group: Group, passphrase_base: Case) -> None:
    """Add a key of the caller's own, under which the fields of Argon2id must be zero."""
    flag = "CallersKey"
    label = "sealed/key/1"
    blob = seal_with_key(label, PLAINTEXT, KEY)
    base = positive_blob(group, "a project sealed under a key", flag, blob, key=KEY)
    wrong_keys = {
        "another key than the right one": derive("sealed/key/2", KEY_LENGTH),
        "a key of zeros": bytes(KEY_LENGTH),
    }
    for comment, key in wrong_keys.items():
        group.negative(base, comment, flag, UNSEALING_FAILED, key=key.hex())
    for name, index in FIELDS_OF_PASSPHRASES.items():
        comment = f"a key, and {name} in the header"
        negative_blob(group, base, comment, flag, flip_bit(blob.raw, index))
    for operations, memory_kib in COSTS_OF_PASSPHRASES:
        costly = seal_with_key(label, PLAINTEXT, KEY, operations=operations, memory_kib=memory_kib)
        costs = f"{operations} operations and {memory_kib} KiB"
        comment = f"sealed under a key, the header says {costs}"
        negative_blob(group, base, comment, flag, costly)
    salted = seal_with_key(label, PLAINTEXT, KEY, salt=derive("sealed/key/1/salt", SALT_LENGTH))
    negative_blob(group, base, "sealed under a key, the header has a salt", flag, salted)
    add_headers_of_keys(group, base)
    add_sources(group, passphrase_base)
    other_source = flip_bit(blob.raw, SOURCE_AT)
    negative_blob(
        group,
        base,
        "the source in the header of a key's blob changed to passphrase",
        "Source",
        other_source,
    )


HEADERS_OF_KEYS: dict[str, Any] = {
    "sealed under a key and opened with it, the header says passphrase": {"source": 1},
    "a key's blob genuine under another magic": {"magic": b"KMSQ"},
    "a key's blob genuine under version 2": {"version": 2},
}


def add_headers_of_keys(group: Group, base: Case) -> None:
    """Add blobs that are genuine under another header, and opened with the key."""
    for comment, change in HEADERS_OF_KEYS.items():
        blob = seal_with_key("sealed/key/1", PLAINTEXT, KEY, **change)
        negative_blob(group, base, comment, "CallersKey", blob)


def add_sources(group: Group, base: Case) -> None:
    """Add blobs whose header, which is authenticated, says another source than the right one."""
    key = derive("sealed/source/1", KEY_LENGTH)
    blob = seal_with_key("sealed/source/1", PLAINTEXT, key, source=1)
    comment = "sealed under a key, the header says passphrase"
    negative_blob(group, base, comment, "Source", blob)
    blob = seal_with_passphrase("sealed/source/2", PLAINTEXT, PASSPHRASE, source=0)
    comment = "sealed under a passphrase, the header says key"
    negative_blob(group, base, comment, "Source", blob)
    blob = seal_with_passphrase("sealed/source/3", PLAINTEXT, PASSPHRASE, source=2)
    comment = "sealed under a passphrase, the header says 2"
    negative_blob(group, base, comment, "Source", blob)


COSTS_OUT_OF_BOUNDS = [
    # operations, memory in KiB
    (1, MEMORY_KIB),
    (11, MEMORY_KIB),
    (2, MEMORY_KIB - 1),
    (2, 8),
]
# These are too high to be spent, so the blobs are not genuine.
EXORBITANT_COSTS = {
    "1 GiB and 1 KiB": pack(">II", 2, (1 << 20) + 1),
    "4 TiB": pack(">II", 2, (1 << 32) - 1),
    "2^32 - 1 operations": pack(">II", (1 << 32) - 1, MEMORY_KIB),
    "nothing": bytes(8),
}


def add_costs(group: Group, base: Case) -> None:
    """Add costs within, below and above the bounds."""
    blob = seal_with_passphrase("sealed/costs/1", PLAINTEXT, PASSPHRASE, operations=3)
    positive_blob(group, "Argon2id with 3 operations", "Costs", blob, passphrase=PASSPHRASE)
    for number, (operations, memory_kib) in enumerate(COSTS_OUT_OF_BOUNDS):
        blob = seal_with_passphrase(
            f"sealed/costs/2/{number}",
            PLAINTEXT,
            PASSPHRASE,
            operations=operations,
            memory_kib=memory_kib,
        )
        comment = f"genuine costs: {operations} operations, {memory_kib} KiB"
        negative_blob(group, base, comment, "Costs", blob)
    for reason, costs in EXORBITANT_COSTS.items():
        raw = BASE_BLOB.raw[:COSTS_AT] + costs + BASE_BLOB.raw[SALT_AT:]
        negative_blob(group, base, f"the header asks for {reason}", "Costs", raw)


HEADER_BITS = {
    "the magic": 0,
    "the version": VERSION_AT,
    "the source": SOURCE_AT,
    "the operations": COSTS_AT + 3,
    "the memory": COSTS_AT + 7,
    "the salt": SALT_AT,
    "the nonce": NONCE_AT + NONCE_LENGTH - 1,
}


def add_headers(group: Group, base: Case) -> None:
    """Add another magic, another version, and a flipped bit in each member of the header."""
    blob = seal_with_passphrase("sealed/header/1", PLAINTEXT, PASSPHRASE, magic=b"KMSQ")
    negative_blob(group, base, "a blob genuine under another magic", "Header", blob)
    blob = seal_with_passphrase("sealed/header/2", PLAINTEXT, PASSPHRASE, version=2)
    negative_blob(group, base, "a blob genuine under version 2", "Header", blob)
    for name, index in HEADER_BITS.items():
        flipped = flip_bit(BASE_BLOB.raw, index)
        negative_blob(group, base, f"a bit of {name} flipped", "Header", flipped)


RAW = BASE_BLOB.raw
DAMAGES = {
    "a bit of its ciphertext flipped": flip_bit(RAW, HEADER_LENGTH),
    "a bit of its tag flipped": flip_bit(RAW, -1),
    "its last byte cut off": RAW[:-1],
    "a byte behind it": RAW + b"\0",
    "the header alone": RAW[:HEADER_LENGTH],
    "a byte less than header and tag": RAW[: HEADER_LENGTH + TAG_LENGTH - 1],
    "nothing": b"",
    "its first byte cut off": RAW[1:],
    "the tag alone behind the header": RAW[:HEADER_LENGTH] + RAW[-TAG_LENGTH:],
    "its base64": b"S01TUAEB" * 12,
}


def add_damages(group: Group, base: Case) -> None:
    """Add blobs that were cut off, lengthened or changed."""
    for reason, raw in DAMAGES.items():
        negative_blob(group, base, f"the blob: {reason}", "Damage", raw)


WRONG_DOCUMENTS = {
    "no JSON": b"hello",
    "a name twice": b'{"zone":"KST","zone":"KST"}',
    "nothing": b"",
    "EUC-KR": "{}비".encode("euc-kr"),
    "right but for its secret, which is in EUC-KR": PLAINTEXT.decode().encode("euc-kr"),
}


def add_documents(group: Group, base: Case) -> None:
    """Add blobs that open to something else than strict JSON."""
    for number, (reason, plaintext) in enumerate(WRONG_DOCUMENTS.items()):
        blob = seal_with_passphrase(f"sealed/json/{number}", plaintext, PASSPHRASE)
        negative_blob(group, base, f"what was sealed: {reason}", "DocumentJson", blob)
