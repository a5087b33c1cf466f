"""Sealed projects: the blob byte by byte, an independent reader and writer, what must not open.

Argon2id at its least cost takes 0.1 s, so that the mass of cases is sealed under a key of 32 bytes.
"""

from __future__ import annotations

import copy
import json
import os
import pickle
import struct
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, strategies as st
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt
from nacl.pwhash import argon2id

from kmcrypto import Client, CryptoKey, Gateway, KeyState, MemoryReplayGuard, TimeZone, errors
from kmcrypto.keys import sealed
from kmcrypto.keys.sealed import MAX_BLOB, Contents, Cost, Header, seal, unseal
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, OTHER_KEY_ID, SECRET, clock
from tests.support.keys import certificate_pem, private_pem, public_pem, rsa_key, stranger
from tests.support.leaks import everything_in
from tests.support.processes import python
from tests.support.properties import examples

pytestmark = pytest.mark.usefixtures("keys_checked_once")

KEY = bytes(range(32))
PASSPHRASE = "made-up 비밀번호 passphrase"
CHEAP = Cost(2, 64 << 10)
OLD_ACCESS_KEY = "0ld0key-00112233445566778899aabbccddeeff"
TEXT = "the sealed project did not open: wrong passphrase or key, or damage"


@cache
def document_text() -> str:
    """A document with everything in it: two project keys, two crypto keys, a certificate, a zone
    with an offset.
    """
    second = rsa_key(2049)
    private = private_pem(rsa_key()).decode()
    public = public_pem(second).decode()
    other_private = private_pem(stranger()).decode()
    certificate = certificate_pem(rsa_key()).decode()
    ids = {"asp_id": ASP_ID, "secret_key": SECRET}
    return json.dumps(
        {
            "zone": "ICT+07:00",
            "project_keys": [
                {**ids, "access_key": OLD_ACCESS_KEY, "kind": None, "state": "inactive"},
                {**ids, "access_key": ACCESS_KEY, "kind": "UAT", "state": "active"},
            ],
            "crypto_keys": [
                {
                    "id": KEY_ID,
                    "state": "inactive",
                    "platform_public": public,
                    "client_private": private,
                },
                {
                    "id": OTHER_KEY_ID,
                    "state": "active",
                    "platform_private": other_private,
                    "client_public": certificate,
                },
            ],
            "primary": OTHER_KEY_ID,
        }
    )


def document(**changes: Any) -> dict[str, Any]:
    """That document, some members changed."""
    return {**json.loads(document_text()), **changes}


@cache
def contents() -> Contents:
    return Contents(document())


@cache
def blob() -> bytes:
    """The contents under KEY."""
    return seal(contents(), key=KEY)


@cache
def locked() -> bytes:
    """The contents under PASSPHRASE."""
    return seal(contents(), passphrase=PASSPHRASE, cost=CHEAP)


def fails(call: Callable[[], object], *hidden: str) -> None:
    """The call ends in the one error, which says nothing more."""
    with pytest.raises(errors.UnsealingFailed) as caught:
        call()
    assert (str(caught.value), caught.value.__cause__, caught.value.__context__) == (
        TEXT,
        None,
        None,
    )
    told = everything_in(caught.value)
    assert [
        secret
        for secret in (SECRET, PASSPHRASE, repr(KEY), "PRIVATE KEY", *hidden)
        if secret in told
    ] == []


# --- an independent reader and writer -----------------------------------------------------------
# Nothing of kmcrypto, nothing of PyNaCl: HChaCha20 as draft-irtf-cfrg-xchacha-03 writes it (2.2),
# Argon2id and ChaCha20-Poly1305 of `cryptography`. The reader has less than 40 lines.


def quarter(state: list[int], a: int, b: int, c: int, d: int) -> None:
    """RFC 8439, 2.1."""
    for one, other, target, left in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[one] = (state[one] + state[other]) & 0xFFFFFFFF
        mixed = state[target] ^ state[one]
        state[target] = (mixed << left | mixed >> (32 - left)) & 0xFFFFFFFF


def hchacha20(key: bytes, nonce: bytes) -> bytes:
    state = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))
    for _ in range(10):
        for column in range(4):
            quarter(state, column, column + 4, column + 8, column + 12)
        for start in range(4):
            quarter(state, start, 4 + (start + 1) % 4, 8 + (start + 2) % 4, 12 + (start + 3) % 4)
    return struct.pack("<8I", *state[:4], *state[12:])


def xchacha(key: bytes, nonce: bytes) -> tuple[ChaCha20Poly1305, bytes]:
    """The cipher and the nonce that XChaCha20-Poly1305 comes down to (2.3)."""
    return ChaCha20Poly1305(hchacha20(key, nonce[:16])), bytes(4) + nonce[16:]


def stretched(passphrase: str, salt: bytes, operations: int, memory_kib: int) -> bytes:
    argon2 = pytest.importorskip(
        "cryptography.hazmat.primitives.kdf.argon2", reason="cryptography < 44: no Argon2id"
    )
    text = unicodedata.normalize("NFC", passphrase).encode()
    kdf = argon2.Argon2id(
        salt=salt, length=32, iterations=operations, lanes=1, memory_cost=memory_kib
    )
    derived: bytes = kdf.derive(text)
    return derived


def independent_read(data: bytes, passphrase: str | None, key: bytes | None) -> Any:
    magic, version, source = data[:4], data[4], data[5]
    operations, memory_kib = struct.unpack(">II", data[6:14])
    assert (magic, version, source) == (b"KMSP", 1, 0 if passphrase is None else 1)
    opener = (
        key if passphrase is None else stretched(passphrase, data[14:30], operations, memory_kib)
    )
    assert opener is not None
    cipher, nonce = xchacha(opener, data[30:54])
    return json.loads(cipher.decrypt(nonce, data[54:], data[:54]))


def independent_write(text: bytes, key: bytes, header: bytes) -> bytes:
    cipher, nonce = xchacha(key, header[30:54])
    return header + cipher.encrypt(nonce, text, header)


def test_hchacha20_of_the_reader_is_the_drafts() -> None:
    """draft-irtf-cfrg-xchacha-03, 2.2.1: key, nonce and subkey."""
    nonce = bytes.fromhex("000000090000004a0000000031415927")
    subkey = "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"
    assert hchacha20(bytes(range(32)), nonce).hex() == subkey


@examples(50)
@given(
    key=st.binary(min_size=32, max_size=32),
    nonce=st.binary(min_size=24, max_size=24),
    text=st.binary(max_size=99),
)
def test_the_readers_cipher_is_libsodiums(key: bytes, nonce: bytes, text: bytes) -> None:
    cipher, short = xchacha(key, nonce)
    assert cipher.encrypt(short, text, b"aad") == crypto_aead_xchacha20poly1305_ietf_encrypt(
        text, b"aad", nonce, key
    )


def test_the_independent_reader_reads_what_was_sealed() -> None:
    assert independent_read(blob(), None, KEY) == document()
    with pytest.raises(InvalidTag):
        independent_read(blob(), None, bytes(32))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_independent_reader_reads_what_a_passphrase_sealed(form: Any) -> None:
    assert independent_read(locked(), unicodedata.normalize(form, PASSPHRASE), None) == document()


def test_what_the_independent_writer_made_is_opened() -> None:
    header = b"KMSP\x01\x00" + bytes(8) + bytes(16) + bytes(range(24))
    opened = unseal(independent_write(document_text().encode(), KEY, header), key=KEY)
    assert opened.document() == document()
    header = b"KMSP\x01\x01" + struct.pack(">II", 2, 64 << 10) + bytes(range(16)) + bytes(range(24))
    written = independent_write(
        document_text().encode(), stretched(PASSPHRASE, bytes(range(16)), 2, 64 << 10), header
    )
    assert unseal(written, passphrase=PASSPHRASE).document() == document()


# --- the blob -----------------------------------------------------------------------------------


def test_the_header_is_where_the_docstring_says() -> None:
    data = locked()
    fields = {
        (0, 4): b"KMSP",
        (4, 5): b"\x01",
        (5, 6): b"\x01",
        (6, 10): (2).to_bytes(4, "big"),
        (10, 14): (65536).to_bytes(4, "big"),
    }
    assert {place: data[slice(*place)] for place in fields} == fields
    assert blob()[:30] == b"KMSP\x01\x00" + bytes(24)
    plain = len(json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode())
    assert len(data) == len(blob()) == 54 + plain + 16


def test_a_blob_of_fixed_parts_is_a_fixed_blob() -> None:
    """Made by the independent writer: the library puts the same bytes together."""
    header = b"KMSP\x01\x01" + struct.pack(">II", 3, 256 << 10) + b"s" * 16 + b"n" * 24
    made = sealed._from_parts(
        b"{}", Header.for_passphrase(Cost(), salt=b"s" * 16, nonce=b"n" * 24), KEY
    )
    assert made == independent_write(b"{}", KEY, header)


def test_two_seals_of_the_same_contents_share_only_what_is_not_drawn() -> None:
    one, other = (seal(contents(), passphrase=PASSPHRASE, cost=CHEAP) for _ in range(2))
    assert one[:14] == other[:14]
    for start, end in ((14, 30), (30, 54), (54, 70)):  # salt, nonce, ciphertext
        assert one[start:end] != other[start:end]
    assert blob()[30:54] != seal(contents(), key=KEY)[30:54]


@pytest.mark.slow
def test_the_usual_cost_is_three_passes_over_256_mib() -> None:
    data = seal(contents(), passphrase=PASSPHRASE)
    assert struct.unpack(">II", data[6:14]) == (3, 256 << 10) == Cost()
    assert unseal(data, passphrase=PASSPHRASE).document() == document()


# --- what is in it ------------------------------------------------------------------------------


def test_everything_comes_back() -> None:
    opened = unseal(locked(), passphrase=PASSPHRASE)
    assert opened.zone == TimeZone("ICT", hours=7)
    assert [(key.access_key, key.kind, key.state) for key in opened.project_keys] == [
        (OLD_ACCESS_KEY, None, KeyState.INACTIVE),
        (ACCESS_KEY, "UAT", KeyState.ACTIVE),
    ]
    assert opened.ring is not None
    first, second = opened.ring.info()
    assert (first["id"], first["state"], first["client"]["private"]) == (KEY_ID, "inactive", True)
    assert (second["id"], second["primary"], second["platform"]["private"]) == (
        OTHER_KEY_ID,
        True,
        True,
    )
    assert second["client"]["not_after"] == "2022-01-02T03:04:05+00:00"
    assert opened.document() == document()
    opened.document()["zone"] = "changed"
    assert opened.document() == document()


def test_an_opened_project_makes_and_takes_a_call() -> None:
    """`project` signs with the first active key, `projects().get` finds both; one is inactive."""
    both = {"platform_private": document()["crypto_keys"][1]["platform_private"]}
    both["client_private"] = document()["crypto_keys"][0]["client_private"]
    made = Contents(
        document(crypto_keys=[{"id": KEY_ID, "state": "active", **both}], primary=KEY_ID)
    )
    opened = unseal(seal(made, key=KEY), key=KEY)
    sealed_request = Client(opened.project(), clock=clock).seal(
        {"cardNo": "made up"}, encrypted=True
    )
    assert sealed_request.headers["X-KM-Access-Key"] == ACCESS_KEY
    assert sealed_request.headers["X-KM-Time-Zone"] == "ICT"
    gateway = Gateway(
        opened.projects().get,
        replay_guard=MemoryReplayGuard(),
        clock=clock,
        zones=[TimeZone("ICT", hours=7)],
    )
    accepted = gateway.accept(sealed_request.headers, sealed_request.body, encrypted=True)
    assert accepted.payload == {"cardNo": "made up"}
    late = {
        **sealed_request.headers,
        "X-KM-Access-Key": OLD_ACCESS_KEY,
    }  # the same secret, so the MAC is right
    with pytest.raises(errors.InactiveKey):
        gateway.verify(late, sealed_request.body, encrypted=True)


def test_a_project_without_keys_can_be_sealed_and_signs_nothing() -> None:
    empty = Contents({"zone": "KST", "project_keys": [], "crypto_keys": [], "primary": None})
    opened = unseal(seal(empty, key=KEY), key=KEY)
    assert (opened.project_keys, opened.ring, opened.projects()) == ((), None, {})
    with pytest.raises(errors.KeyUnavailable, match="no active project key"):
        opened.project()


@pytest.mark.parametrize("state", ["inactive", "discarded"])
def test_a_project_whose_keys_are_not_active_signs_nothing(state: str) -> None:
    keys = [{**key, "state": state} for key in document()["project_keys"]]
    with pytest.raises(errors.KeyUnavailable):
        Contents(document(project_keys=keys)).project()


def _changed(where: str, at: int, **changes: Any) -> dict[str, Any]:
    entries = document()[where]
    entries[at] = {**entries[at], **changes}
    return document(**{where: entries})


DOCUMENTS: dict[str, Callable[[], Any]] = {
    **{
        f"without {name}": lambda name=name: {  # type: ignore[misc]
            k: v for k, v in document().items() if k != name
        }
        for name in document()
    },
    "a list": lambda: [document()],
    "none": lambda: None,
    "text": document_text,
    "keys that are no list": lambda: document(project_keys=5),
    "a key that is no object": lambda: document(project_keys=["key"]),
    "a key without a state": lambda: document(project_keys=[{"asp_id": ASP_ID}]),
    "a state that is none": lambda: _changed("project_keys", 0, state="asleep"),
    "a state that is no text": lambda: _changed("crypto_keys", 0, state=[]),
    "a member too many": lambda: _changed("project_keys", 0, password="p"),
    "a half too many": lambda: _changed("crypto_keys", 0, server_public="p"),
    "a half that is a number": lambda: _changed("crypto_keys", 0, platform_public=5),
    "a kind that is none": lambda: _changed("project_keys", 0, kind="production"),
    "one access key twice": lambda: document(project_keys=[document()["project_keys"][0]] * 2),
    "one crypto key twice": lambda: document(crypto_keys=[document()["crypto_keys"][1]] * 2),
    "an inactive primary": lambda: document(primary=KEY_ID),
    "an unknown primary": lambda: document(primary="0" * 32),
    "no primary among two": lambda: document(primary=None),
    "a zone that is none": lambda: document(zone="Asia/Seoul"),
    "a zone that is no text": lambda: document(zone=9),
    "what JSON can't say": lambda: document(more=float("nan")),
    "half a surrogate pair": lambda: document(more="\ud800"),
    "too long": lambda: document(more="x" * MAX_BLOB),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_another_form_is_a_wrong_setting_and_not_shown(name: str) -> None:
    with pytest.raises(errors.InvalidSetting) as caught:
        Contents(DOCUMENTS[name]())
    told = everything_in(caught.value)
    assert SECRET not in told
    assert "PRIVATE KEY" not in told
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        (lambda: _changed("project_keys", 0, secret_key=SECRET + " "), errors.InvalidKey),
        (lambda: _changed("project_keys", 0, secret_key=f'"{SECRET}"'), errors.InvalidKey),
        (lambda: _changed("project_keys", 0, asp_id="short"), errors.InvalidHeaderValue),
        (lambda: _changed("crypto_keys", 0, id="short"), errors.InvalidHeaderValue),
        (lambda: _changed("crypto_keys", 0, client_private="no key"), errors.InvalidKey),
        (
            lambda: _changed(
                "crypto_keys", 1, client_private=document()["crypto_keys"][1]["platform_private"]
            ),
            errors.InvalidKey,
        ),
    ],
    ids=["secret", "secret in quotes", "asp id", "crypto key id", "no key", "halves of two pairs"],
)
def test_a_key_in_the_document_that_can_not_be_used_is_its_own_error(
    changed: Callable[[], Any], error: type[errors.KmCryptoError]
) -> None:
    with pytest.raises(error) as caught:
        Contents(changed())
    told = everything_in(caught.value)
    assert SECRET not in told
    assert "PRIVATE KEY" not in told


PLACES: dict[str, Callable[[], Any]] = {
    "the document must be an object": list,
    "zone is missing": lambda: {name: [] for name in document() if name != "zone"},
    "primary is missing": lambda: {name: [] for name in document() if name != "primary"},
    "zone must be text": lambda: document(zone=9),
    "primary must be text or null": lambda: document(primary=[OTHER_KEY_ID]),
    "project_keys must be a list": lambda: document(project_keys={}),
    "project_keys[1] must be an object": lambda: document(
        project_keys=[document()["project_keys"][0], "key"]
    ),
    "project_keys[1] must have no members": lambda: _changed("project_keys", 1, password="p"),
    "project_keys[1].asp_id must be text": lambda: _changed("project_keys", 1, asp_id=None),
    "project_keys[1].kind must be text or null": lambda: _changed("project_keys", 1, kind=5),
    "project_keys[1].state must be active, ": lambda: _changed("project_keys", 1, state="asleep"),
    "project_keys[1]: asp_id must be 15": lambda: _changed("project_keys", 1, asp_id="short"),
    "project_keys[1]: kind must be": lambda: _changed("project_keys", 1, kind="production"),
    "project_keys[1]: the secret key must not": lambda: _changed(
        "project_keys", 1, secret_key=f"'{SECRET}'"
    ),
    "project_keys[0].access_key is missing": lambda: document(project_keys=[{"asp_id": ASP_ID}]),
    "crypto_keys must be a list": lambda: document(crypto_keys=None),
    "crypto_keys[1] must have no members": lambda: _changed("crypto_keys", 1, password="p"),
    "crypto_keys[1].state must be text": lambda: _changed("crypto_keys", 1, state=[]),
    "crypto_keys[1].client_public must be text or null": lambda: _changed(
        "crypto_keys", 1, client_public=5
    ),
    "crypto_keys[1]: platform_private: expected PEM": lambda: _changed(
        "crypto_keys", 1, platform_private="no key"
    ),
    "crypto_keys[0].id is missing": lambda: document(crypto_keys=[{"state": "active"}]),
}


@pytest.mark.parametrize("text", PLACES)
def test_an_error_of_a_document_names_the_member_and_shows_no_value(text: str) -> None:
    """D9."""
    with pytest.raises(errors.LocalError) as caught:
        Contents(PLACES[text]())
    assert str(caught.value).startswith(text)
    told = everything_in(caught.value)
    for value in (SECRET, "PRIVATE KEY", "asleep", "production", "short"):
        assert value not in told


def test_a_key_that_a_document_leaves_out_may_be_null() -> None:
    halves = dict.fromkeys(("platform_public", "platform_private"))
    made = Contents(_changed("crypto_keys", 0, **halves))
    assert made.ring is not None
    assert made.ring.info()[0]["platform"] is None


def test_contents_show_nothing_and_are_not_copied() -> None:
    assert repr(contents()) == "<Contents>"
    for hand_on in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="holds keys"):
            hand_on(contents())
    with pytest.raises(AttributeError):
        contents().zone = TimeZone("UTC")


# --- what must not open -------------------------------------------------------------------------


def test_no_byte_of_a_blob_may_be_flipped() -> None:
    """Header, salt, nonce, ciphertext and tag: the header is in the tag, too."""
    data = blob()
    places = [*range(70), *range(70, len(data) - 16, 97), *range(len(data) - 16, len(data))]
    for place in places:
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        fails(lambda changed=changed: unseal(changed, key=KEY))  # type: ignore[misc]


def test_a_blob_that_was_cut_off_or_grew_does_not_open() -> None:
    data = blob()
    for length in (*range(72), len(data) // 2, len(data) - 17, len(data) - 16, len(data) - 1):
        fails(lambda length=length: unseal(data[:length], key=KEY))  # type: ignore[misc]
    fails(lambda: unseal(data + b"\0", key=KEY))
    fails(lambda: unseal(data + data, key=KEY))
    fails(lambda: unseal(bytes(MAX_BLOB + 1), key=KEY))


def test_parts_of_two_blobs_do_not_make_a_third() -> None:
    """Swapped nonce, swapped salt, one's header before the other's ciphertext."""
    one, other = blob(), seal(contents(), key=KEY)
    for start, end in ((0, 54), (30, 54), (54, 70), (54, len(one))):
        fails(
            lambda start=start, end=end: unseal(one[:start] + other[start:end] + one[end:], key=KEY)  # type: ignore[misc]
        )
    again = seal(contents(), passphrase=PASSPHRASE, cost=CHEAP)
    for start, end in ((14, 30), (30, 54), (0, 54)):
        mixed = locked()[:start] + again[start:end] + locked()[end:]
        fails(lambda mixed=mixed: unseal(mixed, passphrase=PASSPHRASE))  # type: ignore[misc]


def test_another_head_does_not_open() -> None:
    """The same key, the same nonce: only the authentication of the header stands against it."""
    for source, costs in ((0, (0, 1)), (0, (3, 256 << 10)), (0, (2, 64 << 10))):
        header = b"KMSP\x01" + bytes([source]) + struct.pack(">II", *costs) + blob()[14:54]
        fails(lambda header=header: unseal(header + blob()[54:], key=KEY))  # type: ignore[misc]
    dearer = locked()[:6] + struct.pack(">II", 3, 64 << 10) + locked()[14:]
    fails(lambda: unseal(dearer, passphrase=PASSPHRASE))
    salted = blob()[:14] + b"\x01" + blob()[15:]
    fails(lambda: unseal(salted, key=KEY))


@pytest.mark.parametrize(
    "start",
    [b"KMSQ\x01", b"kmsp\x01", b"KMSP\x00", b"KMSP\x02", b"KMSP\xff", b"\0\0\0\0\x01"],
    ids=repr,
)
def test_another_magic_or_version_does_not_open(start: bytes) -> None:
    fails(lambda: unseal(start + blob()[5:], key=KEY))
    fails(lambda: unseal(start + locked()[5:], passphrase=PASSPHRASE))


WRONG_FOR_BOTH: list[dict[str, Any]] = [
    {"magic": b"KMSQ"},
    {"version": 0},
    {"version": 2},
    {"source": 2},
]
WRONG_FOR_A_KEY: list[dict[str, Any]] = [
    *WRONG_FOR_BOTH,
    {"source": 1},  # a passphrase
    {"source": 1, "operations": 2, "memory_kib": 64 << 10},
    {"operations": 2},
    {"memory_kib": 64 << 10},
    {"salt": bytes(15) + b"\x01"},
]
WRONG_FOR_A_PASSPHRASE: list[dict[str, Any]] = [
    *WRONG_FOR_BOTH,
    {"source": 0},  # a key of the caller's
]


def seal_genuinely(header: Header, sealing_key: bytes) -> bytes:
    """A blob that is authenticated with this very header: only the check of its fields is left."""
    text = b'{"zone":"KST","project_keys":[],"crypto_keys":[],"primary":null}'
    return sealed._from_parts(text, header, sealing_key)


@pytest.mark.parametrize("changes", WRONG_FOR_A_KEY, ids=repr)
def test_a_key_opens_no_genuine_blob_with_another_header(changes: dict[str, Any]) -> None:
    header = Header.for_key(nonce=bytes(24))
    assert unseal(seal_genuinely(header, KEY), key=KEY).ring is None
    fails(lambda: unseal(seal_genuinely(header._replace(**changes), KEY), key=KEY))


def test_a_passphrase_opens_no_genuine_blob_with_another_header() -> None:
    header = Header.for_passphrase(CHEAP, salt=bytes(16), nonce=bytes(24))
    derived = argon2id.kdf(32, PASSPHRASE.encode(), bytes(16), 2, 64 << 20)
    assert unseal(seal_genuinely(header, derived), passphrase=PASSPHRASE).ring is None
    for changes in WRONG_FOR_A_PASSPHRASE:
        data = seal_genuinely(header._replace(**changes), derived)
        fails(lambda data=data: unseal(data, passphrase=PASSPHRASE))  # type: ignore[misc]


def test_the_wrong_passphrase_or_key_does_not_open() -> None:
    for wrong in (PASSPHRASE + " ", PASSPHRASE.upper(), "x"):
        fails(lambda wrong=wrong: unseal(locked(), passphrase=wrong))  # type: ignore[misc]
    for key in (bytes(32), KEY[::-1], KEY[:31] + b"\0"):
        fails(lambda key=key: unseal(blob(), key=key))  # type: ignore[misc]
    fails(lambda: unseal(locked(), key=KEY))
    fails(lambda: unseal(blob(), passphrase=PASSPHRASE))


def test_a_passphrase_opens_however_it_is_composed() -> None:
    for form in ("NFC", "NFD"):
        typed = unicodedata.normalize(form, PASSPHRASE)
        assert unseal(locked(), passphrase=typed).document() == document()


def test_a_passphrase_keeps_the_characters_that_its_compatibility_form_lacks() -> None:
    data = seal(contents(), passphrase="\uff21", cost=CHEAP)
    assert unseal(data, passphrase="\uff21").document() == document()
    fails(lambda: unseal(data, passphrase="A"))


@pytest.mark.parametrize(
    "costs",
    [
        *((operations, 64 << 10) for operations in (0, 1, 11, 1 << 16, (1 << 32) - 1)),
        *((2, memory) for memory in (0, 8, (64 << 10) - 1, (1 << 20) + 1, 1 << 30, (1 << 32) - 1)),
    ],
)
def test_costs_out_of_bounds_are_not_spent(
    costs: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A header may not ask for all memory or for a day: Argon2id is not even called."""
    data = locked()[:6] + struct.pack(">II", *costs) + locked()[14:]
    monkeypatch.setattr(argon2id, "kdf", None)
    fails(lambda: unseal(data, passphrase=PASSPHRASE))
    with pytest.raises(TypeError):
        unseal(locked(), passphrase=PASSPHRASE)  # where the cost is within bounds, it is
    with pytest.raises(errors.InvalidSetting):
        seal(contents(), passphrase=PASSPHRASE, cost=Cost(*costs))


@examples(200)
@given(
    data=st.one_of(
        st.binary(max_size=200), st.binary(max_size=200).map(lambda tail: blob()[:54] + tail)
    )
)
def test_whatever_the_bytes_are_they_end_in_the_one_error(data: bytes) -> None:
    with pytest.raises(errors.UnsealingFailed):
        unseal(data, key=KEY)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"5", b'{"zone":1,"zone":2}', b"\xff"])
def test_a_sealed_text_that_is_no_document_is_an_error_of_ours(text: bytes) -> None:
    """Whoever has the key may have sealed anything."""
    data = sealed._from_parts(text, Header.for_key(nonce=bytes(24)), KEY)
    with pytest.raises((errors.UnsealingFailed, errors.InvalidSetting)):
        unseal(data, key=KEY)


# --- what is asked wrongly ----------------------------------------------------------------------

ARGUMENTS: dict[str, dict[str, Any]] = {
    "neither": {},
    "both": {"passphrase": PASSPHRASE, "key": KEY},
    "an empty passphrase": {"passphrase": ""},
    "half a surrogate pair": {"passphrase": "\ud800"},
    "an empty key": {"key": b""},
    "31 bytes": {"key": KEY[:31]},
    "33 bytes": {"key": KEY + b"\0"},
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_passphrase_or_key_that_could_open_nothing_is_a_wrong_setting(name: str) -> None:
    arguments = ARGUMENTS[name]
    target = locked() if "passphrase" in arguments and "key" not in arguments else blob()
    for call in (lambda: seal(contents(), **arguments), lambda: unseal(target, **arguments)):
        with pytest.raises((errors.InvalidSetting, errors.UnsealingFailed)) as caught:
            call()
        assert name == "neither" or isinstance(caught.value, errors.InvalidSetting)
        assert PASSPHRASE not in everything_in(caught.value)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_nothing_is_drawn_or_read_before_the_passphrase_or_key_is_checked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    monkeypatch.setattr(os, "urandom", drawn.append)
    with pytest.raises(errors.InvalidSetting):
        seal(contents(), **ARGUMENTS[name])
    assert drawn == []
    with pytest.raises(errors.InvalidSetting):
        unseal(b"no blob", **ARGUMENTS[name])


@pytest.mark.parametrize("cost", [Cost("3", 256 << 10), Cost(3, 256.0), Cost(True, 256 << 10)])  # type: ignore[arg-type]
def test_a_cost_of_another_type_is_a_type_error(cost: Cost) -> None:
    """D8."""
    with pytest.raises(TypeError, match=r"(operations|memory_kib) must be int, not"):
        seal(contents(), passphrase=PASSPHRASE, cost=cost)


@pytest.mark.parametrize(
    "arguments",
    [
        {"passphrase": b"p"},
        {"passphrase": 5},
        {"key": "k" * 32},
        {"key": bytearray(32)},
        {"key": 5},
    ],
    ids=repr,
)
def test_an_argument_of_another_type_is_a_type_error(arguments: dict[str, Any]) -> None:
    target = locked() if "passphrase" in arguments else blob()
    with pytest.raises(TypeError):
        seal(contents(), **arguments)
    with pytest.raises(TypeError):
        unseal(target, **arguments)


def test_what_is_sealed_and_unsealed_has_its_type() -> None:
    for wrong in (None, document(), document_text()):
        with pytest.raises(TypeError):
            seal(wrong, key=KEY)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        seal(contents(), passphrase=PASSPHRASE, cost=(2, 64 << 10))  # type: ignore[arg-type]
    for data in (None, bytearray(blob()), memoryview(blob()), blob().hex(), 5):
        with pytest.raises(TypeError):
            unseal(data, key=KEY)  # type: ignore[arg-type]


def test_memory_that_can_not_be_had_is_not_a_wrong_passphrase() -> None:
    """The other error, so that nobody looks for a typing mistake."""
    pytest.importorskip("resource", reason="no limits of a process here")
    code = """
import resource, sys
from kmcrypto import errors
from kmcrypto.keys.sealed import unseal
data = sys.stdin.buffer.read()
resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
try:
    unseal(data, passphrase="made up")
except errors.KeyUnavailable as error:
    print(error)
"""
    header = b"KMSP\x01\x01" + struct.pack(">II", 2, 1 << 20) + bytes(40)
    text = "not enough memory: Argon2id needs 1,024 MiB for this sealed project\n"
    assert python("-c", code, stdin=header + bytes(64)) == text


def test_a_blob_crosses_processes() -> None:
    """What one process sealed, another opens."""
    code = """
import os, sys
from kmcrypto.keys.sealed import unseal
print(sorted(unseal(sys.stdin.buffer.read(), passphrase=os.environ["MADE_UP"]).projects()))
"""
    environment = {**os.environ, "MADE_UP": PASSPHRASE, "PYTHONUTF8": "1"}
    opened = python("-c", code, stdin=locked(), env=environment)
    assert opened == f"{sorted([ACCESS_KEY, OLD_ACCESS_KEY])}\n"


def test_a_crypto_key_that_an_hsm_holds_is_added_after_opening() -> None:
    """A sealed document is text, and what an HSM keeps is none: the ring takes it in."""
    opened = unseal(blob(), key=KEY)
    assert opened.ring is not None
    extra = CryptoKey.load(id="0" * 32, client_private=rsa_key())
    ring = opened.ring.with_state(KEY_ID, KeyState.DISCARDED).with_key(extra)
    assert ring.get("0" * 32) is extra
