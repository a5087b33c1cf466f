"""The published vectors, file by file, each with its count: a file that shrinks or is skipped in
part is a failure.

They come from other people and are not part of the project; the `published` fixture finds them or
skips.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from kmcrypto import UTC, Instant, TranToken, errors, jwe
from tests.support import ROOT, clock
from tests.support.encodings import unb64
from tests.support.keys import rsa_key
from tests.support.parties import project_key
from tests.support.published import CTS, Published

AT = Instant.now(UTC, clock=clock)
ACCEPT, REFUSE = "accept", "reject"


def from_jwk(jwk: dict[str, str]) -> rsa.RSAPrivateKey:
    """An RSA private key from its JWK (RFC 7518, 6.3)."""
    n, e, d = (int.from_bytes(unb64(jwk[name]), "big") for name in "ned")
    if "p" in jwk:
        p, q = (int.from_bytes(unb64(jwk[name]), "big") for name in "pq")
    else:
        p, q = rsa.rsa_recover_prime_factors(n, e, d)
    numbers = rsa.RSAPrivateNumbers(
        p,
        q,
        d,
        rsa.rsa_crt_dmp1(d, p),
        rsa.rsa_crt_dmq1(d, q),
        rsa.rsa_crt_iqmp(p, q),
        rsa.RSAPublicNumbers(e, n),
    )
    return numbers.private_key()


def from_pem(text: str) -> rsa.RSAPrivateKey:
    """An RSA private key from PEM."""
    key = load_pem_private_key(text.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def verdict(token: str, key: rsa.RSAPrivateKey) -> tuple[str, bytes]:
    """What our reader says: accept and the plaintext, or reject. Any other exception is a failure
    of the test.
    """
    try:
        return ACCEPT, jwe.decrypt(token, key)
    except errors.DecryptionError:
        return REFUSE, b""


# --- Whole tokens ---------------------------------------------------------------------------------


JWE_COUNTS = {(ACCEPT, "own key"): 3, (REFUSE, "own key"): 41, (REFUSE, "no RSA key"): 95}


def test_wycheproof_jwe(published: Published) -> None:
    """139 tokens, of which our profile takes 3; what it must say to each stands in profile.json."""
    profile = {
        (entry["group"], entry["tcId"]): entry
        for entry in published.json("wycheproof/profile.json")
        if entry["file"] == "json_web_encryption_test"
    }
    # The header refuses a token whose own key is no RSA key, before any key counts.
    vectors = published.json("wycheproof/json_web_encryption_test.json")
    seen: Counter[tuple[str, str]] = Counter()
    wrong = []
    for number, group in enumerate(vectors["testGroups"]):
        own = group["private"]["kty"] == "RSA"
        key = from_jwk(group["private"]) if own else rsa_key()
        for test in group["tests"]:
            entry = profile.pop((number, test["tcId"]))
            assert (entry["comment"], entry["wycheproof"]) == (test["comment"], test["result"])
            said, plaintext = verdict(test["jwe"], key)
            seen[said, "own key" if own else "no RSA key"] += 1
            if said != entry["expect"] or (
                said == ACCEPT and plaintext != bytes.fromhex(test["pt"])
            ):
                wrong.append((test["tcId"], test["comment"], said))
    assert wrong == []
    assert profile == {}
    assert seen == JWE_COUNTS


DERIVED = {
    "2048_sha1_mgf1sha1": {REFUSE: 71},
    "2048_sha256_mgf1sha1": {REFUSE: 61},
    "2048_sha256_mgf1sha256": {REFUSE: 72, ACCEPT: 1},
    "3072_sha256_mgf1sha256": {REFUSE: 72, ACCEPT: 1},
    "4096_sha256_mgf1sha256": {REFUSE: 72, ACCEPT: 1},
}


@pytest.mark.parametrize(("name", "counts"), DERIVED.items(), ids=DERIVED.keys())
def test_tokens_around_wycheproofs_oaep_ciphertexts(
    published: Published, name: str, counts: dict[str, int]
) -> None:
    """351 tokens in all, 3 to accept."""
    assert sum(sum(each.values()) for each in DERIVED.values()) == 351
    assert sum(each.get(ACCEPT, 0) for each in DERIVED.values()) == 3
    vectors = published.json(f"wycheproof_derived/wycheproof_derived_{name}.json")
    key = from_pem(vectors["keys"]["private_pkcs8_pem"])
    seen: Counter[str] = Counter()
    wrong = []
    for case in vectors["cases"]:
        said, plaintext = verdict(case["token"], key)
        seen[said] += 1
        if said != case["expect"] or (
            said == ACCEPT and plaintext != base64.b64decode(case["plaintext_b64"])
        ):
            wrong.append((case["name"], said))
    assert wrong == []
    assert seen == counts


def test_every_file_of_derived_tokens_is_read(published: Published) -> None:
    names = {
        path.stem.removeprefix("wycheproof_derived_")
        for path in (published.folder / "wycheproof_derived").glob("*.json")
    }
    assert names == DERIVED.keys()


INTEROP = {ACCEPT: 5, "enc outside profile": 8, "IV is 16 bytes": 3}


def test_tokens_that_other_projects_published(published: Published) -> None:
    """16 tokens, 5 to accept; three of the others have a 16-byte IV, the rest another `enc`."""
    vectors = published.json("interop/rsa_oaep_256_interop.json")
    keys = {name: from_pem(text) for name, text in vectors["keys"].items()}
    seen: Counter[str] = Counter()
    wrong = []
    for number, vector in enumerate(vectors["vectors"]):
        said, plaintext = verdict(vector["token"], keys[vector["key"]])
        seen[said if said == ACCEPT else vector["why"].split(";")[0]] += 1
        if said != vector["expect"] or (
            said == ACCEPT and plaintext != base64.b64decode(vector["plaintext_b64"])
        ):
            wrong.append((number, vector["source"], said))
    assert wrong == []
    assert seen == INTEROP


RFC_TOKENS = ["RFC7516-A.1", "RFC7520-5.1", "RFC7520-5.2"]


def test_the_rfcs_own_tokens_are_outside_the_profile(published: Published) -> None:
    """RFC 7516 A.1, RFC 7520 5.1 and 5.2: RSA-OAEP with SHA-1, RSA1_5."""
    vectors = published.json("rfc/rfc_vectors_normalised.json")
    said = {
        vector["name"]: verdict(vector["token"], from_jwk(vector["jwk"]))[0] for vector in vectors
    }
    assert said == dict.fromkeys(RFC_TOKENS, REFUSE)


# --- RSA-OAEP and AES-GCM -------------------------------------------------------------------------

OAEP_REFUSED = ("refused: invalid", "refused: label", "refused: parameters")
OAEP_FILES = {
    "2048_sha256_mgf1sha256": {"valid": 10, "refused: invalid": 19, "refused: label": 8},
    "3072_sha256_mgf1sha256": {"valid": 10, "refused: invalid": 19, "refused: label": 8},
    "4096_sha256_mgf1sha256": {"valid": 10, "refused: invalid": 19, "refused: label": 8},
    # Valid under other parameters: SHA-1 somewhere, as Java has it by default (S4.2).
    "2048_sha256_mgf1sha1": {
        "refused: parameters": 10,
        "refused: invalid": 18,
        "refused: label": 3,
    },
    "2048_sha1_mgf1sha1": {"refused: parameters": 10, "refused: invalid": 19, "refused: label": 7},
}


@pytest.mark.parametrize(("name", "counts"), OAEP_FILES.items(), ids=OAEP_FILES.keys())
def test_wycheproof_oaep_under_our_parameters(
    published: Published, name: str, counts: dict[str, int]
) -> None:
    """`jwe.OAEP_256` opens what is valid with SHA-256 twice and without a label, and nothing
    else."""
    (group,) = published.json(f"wycheproof/rsa_oaep_{name}_test.json")["testGroups"]
    key = load_der_private_key(bytes.fromhex(group["privateKeyPkcs8"]), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    ours = (group["sha"], group["mgfSha"]) == ("SHA-256", "SHA-256")
    seen: Counter[str] = Counter()
    wrong = []
    for test in group["tests"]:
        due = (
            "refused: invalid"
            if test["result"] == "invalid"
            else "refused: label"
            if test["label"]
            else "valid"
        )
        due = "refused: parameters" if due == "valid" and not ours else due
        try:
            opened: bytes | None = key.decrypt(bytes.fromhex(test["ct"]), jwe.OAEP_256)
        except ValueError:
            opened = None
        seen[due] += 1
        if opened != (bytes.fromhex(test["msg"]) if due == "valid" else None):
            wrong.append((test["tcId"], test["comment"], due))
    assert wrong == []
    assert seen == counts


GCM_COUNTS = {
    "inside the profile, valid": 79,
    "inside the profile, invalid": 54,
    "outside the profile, valid": 150,
    "outside the profile, invalid": 33,
}


def test_wycheproof_aes_gcm_as_the_content_of_tokens(published: Published) -> None:
    """Each vector's key as the CEK and its AAD as the header's text: the valid ones of the
    profile's sizes open.

    Other IV lengths and 192-bit keys are genuine and outside the profile (S4.3).
    """
    seen: Counter[str] = Counter()
    wrong = []
    public = rsa_key().public_key()
    for group in published.json("wycheproof/aes_gcm_test.json")["testGroups"]:
        enc = {128: "A128GCM", 192: "A128GCM", 256: "A256GCM"}[group["keySize"]]
        inside = (group["ivSize"], group["tagSize"]) == (96, 128) and group["keySize"] != 192
        for test in group["tests"]:
            raw = {
                name: bytes.fromhex(test[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
            }
            encrypted_key = public.encrypt(raw["key"], jwe.OAEP_256)
            sealed, sound = raw["ct"] + raw["tag"], len(raw["tag"]) == 16
            parts = jwe.Parts({"enc": enc}, raw["aad"], encrypted_key, raw["iv"], sealed, sound)
            try:
                opened: bytes | None = jwe.decrypt_parts(parts, rsa_key(), None)
            except errors.DecryptionError:
                opened = None
            due = f"{'inside' if inside else 'outside'} the profile, {test['result']}"
            seen[due] += 1
            if opened != (raw["msg"] if due == "inside the profile, valid" else None):
                wrong.append((test["tcId"], due))
    assert wrong == []
    assert seen == GCM_COUNTS
    assert sum(seen.values()) == 316


# --- HMAC-SHA256 ----------------------------------------------------------------------------------


def excluded(key: bytes) -> str:
    """Why a vector's key can't be a secret key of ours (S5.4), or nothing."""
    try:
        text = key.decode()
    except UnicodeDecodeError:
        return "not UTF-8"
    return "control character" if re.search(r"[\0-\x1f\x7f-\x9f]", text) else ""


def hmac_vectors(published: Published) -> dict[str, list[tuple[bytes, bytes, bytes, str]]]:
    """Every HMAC-SHA256 vector: key, message, MAC, result."""

    def of(name: str) -> list[tuple[bytes, bytes, bytes, str]]:
        tests = published.json(name)["tests"]
        return [
            (
                bytes.fromhex(test["key"]),
                bytes.fromhex(test["msg"]),
                bytes.fromhex(test["mac"]),
                "valid",
            )
            for test in tests
        ]

    text = (published.folder / "hmac" / "rfc-4231-sha256.txt").read_text(encoding="utf-8")
    parts = re.findall(r"^Key = (\w+)\n(?:#.*\n)?Msg = (\w*)\nMD = (\w+)", text, re.MULTILINE)
    return {
        "wycheproof": [
            (
                bytes.fromhex(test["key"]),
                bytes.fromhex(test["msg"]),
                bytes.fromhex(test["tag"]),
                test["result"],
            )
            for group in published.json("wycheproof/hmac_sha256_test.json")["testGroups"]
            for test in group["tests"]
        ],
        "Botan": of("hmac/botan_hmac_sha256.json"),
        "RFC 4231": of("hmac/rfc4231_sha256.json"),
        "RFC 4231, text file": [(*map(bytes.fromhex, part), "valid") for part in parts],  # type: ignore[misc]
    }


HMAC_COUNTS = {
    ("wycheproof", "not UTF-8"): 33,
    ("wycheproof", "not UTF-8, tag of 128 bits"): 33,
    ("wycheproof", "control character"): 54,
    ("wycheproof", "control character, tag of 128 bits"): 54,
    ("Botan", "used"): 1,
    ("Botan", "control character"): 4,
    ("Botan", "not UTF-8"): 2,
    ("RFC 4231", "used"): 1,
    ("RFC 4231", "control character"): 3,
    ("RFC 4231", "not UTF-8"): 3,
    ("RFC 4231, text file", "used"): 1,
    ("RFC 4231, text file", "control character"): 2,
    ("RFC 4231, text file", "not UTF-8"): 3,
}


def test_hmac_sha256(published: Published) -> None:
    """Keys that are text (S5.4) sign and verify; all others are binary, and are refused as a
    secret instead of used.

    Wycheproof has no text key. Half of its tags are cut to 128 bits, and no token carries such a
    MAC (S3.5).
    """
    seen: Counter[tuple[str, str]] = Counter()
    for name, vectors in hmac_vectors(published).items():
        for key, message, mac, result in vectors:
            reason = excluded(key)
            if reason:
                with pytest.raises(errors.InvalidKey):
                    TranToken.sign(key, message, at=AT)
                with pytest.raises(errors.InvalidKey):
                    project_key(secret_key=key)
            else:
                assert result == "valid"
                for secret in (key, key.decode(), project_key(secret_key=key)):
                    token = TranToken.sign(secret, message, at=AT)
                    assert token.mac == mac
                    token.verify(secret, message)
                    TranToken(AT.compact17, mac).verify(secret, message)
                    for bit in range(256):
                        bent = bytes(
                            byte ^ (1 << bit % 8 if at == bit // 8 else 0)
                            for at, byte in enumerate(mac)
                        )
                        with pytest.raises(errors.SignatureMismatch):
                            TranToken(AT.compact17, bent).verify(secret, message)
            if len(mac) != 32:
                with pytest.raises(errors.InvalidHeaderValue):
                    TranToken(AT.compact17, mac)
                reason += ", tag of 128 bits"
            seen[name, reason or "used"] += 1
    assert seen == HMAC_COUNTS


def test_our_tokens_carry_rfc_2104_over_the_same_messages(published: Published) -> None:
    """The messages of every vector again, under the text of its key's hex digits; HMAC from its
    definition.
    """
    count = 0
    for vectors in hmac_vectors(published).values():
        for key, message, _, _ in vectors:
            secret = key.hex()
            block = (
                secret.encode() if len(secret) <= 64 else hashlib.sha256(secret.encode()).digest()
            )
            inner, outer = (
                bytes(byte ^ pad for byte in block.ljust(64, b"\0")) for pad in (0x36, 0x5C)
            )
            mac = hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest()
            assert TranToken.sign(secret, message, at=AT).mac == mac
            TranToken(AT.compact17, mac).verify(secret, message)
            count += 1
    assert count == 174 + 7 + 7 + 6


# --- The table in vectors/README.md ---------------------------------------------------------------


def test_the_conformance_table_has_the_numbers_that_were_counted() -> None:
    """The counts that the tests above and those of the JSONPath suite assert, added up: accepted,
    refused, excluded.
    """
    oaep = {
        name: sum(counts.get(name, 0) for counts in OAEP_FILES.values())
        for name in ("valid", *OAEP_REFUSED)
    }
    counted = {
        "Wycheproof JSON Web Encryption": (
            JWE_COUNTS[ACCEPT, "own key"],
            sum(JWE_COUNTS.values()) - 3,
            0,
        ),
        "Wycheproof RSA-OAEP": (oaep["valid"], sum(oaep[name] for name in OAEP_REFUSED), 0),
        "JWEs around Wycheproof RSA-OAEP": (
            sum(each.get(ACCEPT, 0) for each in DERIVED.values()),
            sum(each[REFUSE] for each in DERIVED.values()),
            0,
        ),
        "Wycheproof AES-GCM": (
            GCM_COUNTS["inside the profile, valid"],
            sum(GCM_COUNTS.values()) - GCM_COUNTS["inside the profile, valid"],
            0,
        ),
        "Wycheproof HMAC-SHA256": hmac_row("wycheproof"),
        "RFC 4231": hmac_row("RFC 4231"),
        "Botan HMAC-SHA256": hmac_row("Botan"),
        "RFC 7516 A.1": (0, [name.split("-")[0] for name in RFC_TOKENS].count("RFC7516"), 0),
        "RFC 7520 5.1, 5.2": (0, [name.split("-")[0] for name in RFC_TOKENS].count("RFC7520"), 0),
        "tokens of four other projects": (
            INTEROP[ACCEPT],
            sum(INTEROP.values()) - INTEROP[ACCEPT],
            0,
        ),
        "JSONPath compliance suite": (CTS["covered"], CTS["outside"] + CTS["invalid"], 0),
    }
    text = (ROOT / "vectors" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \| (\d+) \| (\d+) \| [^|]+ \|$", text, re.MULTILINE)
    assert {
        name: (int(accepted), int(refused), int(left)) for name, accepted, refused, left in rows
    } == counted


def hmac_row(source: str) -> tuple[int, int, int]:
    """Of one source of HMAC vectors: used, refused, excluded."""
    counts = {reason: count for (name, reason), count in HMAC_COUNTS.items() if name == source}
    return (
        counts.get("used", 0),
        0,
        sum(count for reason, count in counts.items() if reason != "used"),
    )
