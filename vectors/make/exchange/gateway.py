"""Requests to a gateway: protection, payloads, senders, bodies, and JWEs that do not decrypt.

There are two bases: one plain request, and one encrypted request with the same payload.
"""

import hashlib
from dataclasses import replace

from ..common.encode import Json, b64, compact_json, flip_bit
from ..common.errors import (
    BODY_TOO_LARGE,
    DECRYPTION_FAILED,
    EMPTY_BODY,
    INACTIVE_KEY,
    MALFORMED_PAYLOAD,
    MALFORMED_TOKEN,
    SIGNATURE_MISMATCH,
    UNKNOWN_CRYPTO_KEY,
    WRONG_PROTECTION,
)
from ..common.jwe import HEADER_A256GCM, envelope, header_with, make_jwe
from ..common.requests import (
    ACCESS_KEY,
    KEY_ID,
    NEXT_KEY_ID,
    NOW_DIGITS,
    OTHER_ACCESS_KEY,
    OTHER_ASP_ID,
    SECRET,
    UNKNOWN_KEY_ID,
    Request,
)
from ..common.rsa_oaep import Oaep
from ..common.vector_file import Case, Group, VectorFile
from ..common.wire import compute_mac, make_token
from .calls import (
    PAYLOAD,
    PLAINTEXT,
    call_around,
    encrypted_call,
    negative_call,
    plain_call,
    positive_call,
    token_call,
)
from .parties import party_group

PLAIN_CALL = plain_call(Request(PLAINTEXT, "exchange/plain/1"))
ENCRYPTED_LABEL = "exchange/sealed/1"
ENCRYPTED_JWE = make_jwe(ENCRYPTED_LABEL, PLAINTEXT)
ENCRYPTED_CALL = call_around(ENCRYPTED_JWE, ENCRYPTED_LABEL, PLAINTEXT)


def add_gateway(file: VectorFile) -> None:
    """Add requests to a gateway."""
    group = party_group(file, "gateway")
    plain = positive_call(group, "a plain request", "Normal", PLAIN_CALL)
    encrypted = positive_call(group, "an encrypted request", "Normal", ENCRYPTED_CALL)
    add_combinations(group)
    add_token_api(group)
    add_payloads(group)
    add_unusual_jwes(group)
    add_protection(group, plain, encrypted)
    add_wrong_payloads(group, plain, encrypted)
    add_senders(group, plain)
    add_project_states(file, plain)
    add_wrong_tokens(group, plain, encrypted)
    add_reserialised_bodies(group, plain, encrypted)
    add_empty_bodies(file)
    add_sizes(file)
    add_broken_jwes(group, encrypted)
    add_key_ids(group, encrypted)


def add_combinations(group: Group) -> None:
    """Add requests and answers of two kinds, and a key id that is not needed."""
    named = plain_call(Request(PLAINTEXT, "exchange/mixed/1", key_id=KEY_ID))
    call = replace(named, answer_encrypted=True)
    positive_call(group, "a plain request, its answer encrypted", "Normal", call)
    call = replace(encrypted_call("exchange/mixed/2", PLAINTEXT), answer_encrypted=False)
    positive_call(group, "an encrypted request, its answer plain", "Normal", call)
    call = plain_call(Request(PLAINTEXT, "exchange/mixed/3", key_id=KEY_ID))
    positive_call(group, "a plain request that names its key", "CryptoKeyId", call)


def add_token_api(group: Group) -> None:
    """Add requests of the token API; their answers are among the client's cases."""
    for number, card_type in enumerate((None, "ATM", "CREDIT")):
        comment = f"token API: a request of type {card_type}"
        positive_call(group, comment, "TokenApi", token_call(number, card_type))


PAYLOADS = {
    "an empty object": b"{}",
    "Hangul": '{"이름":"비밀"}'.encode(),
    "nested": b'{"a":[{"b":null}]}',
    "blanks": b' { "a" : 1 }\n',
    "a number with digits to keep": b'{"a":12345678901234567890}',
}


def add_payloads(group: Group) -> None:
    """Add payloads of every kind, plain and encrypted."""
    for number, (name, payload) in enumerate(PAYLOADS.items()):
        label = f"exchange/payload/{number}"
        plain = plain_call(Request(payload, label))
        positive_call(group, f"a plain body: {name}", "Payload", plain)
        encrypted = encrypted_call(f"{label}/sealed", payload)
        positive_call(group, f"an encrypted payload: {name}", "Payload", encrypted)


def add_unusual_jwes(group: Group) -> None:
    """Add the other content algorithm, and a kid in the header of the JWE."""
    call = encrypted_call("exchange/a256/1", PLAINTEXT, header=HEADER_A256GCM)
    positive_call(group, "a request encrypted under A256GCM", "KeySizes", call, rule="S4.3")
    call = encrypted_call("exchange/kid/1", PLAINTEXT, header=header_with({"kid": KEY_ID}))
    positive_call(group, "a kid in the JWE", "CryptoKeyId", call, rule="S4.4")


JWE_TEXT = ENCRYPTED_JWE.compact
PLAIN_ENVELOPES: Json = {
    "a second member beside encData": {"encData": JWE_TEXT, "x": 1},
    "encdata in lower case": {"encdata": JWE_TEXT},
    "an object without members": {},
}
NOT_TEXT: Json = {"null": None, "a number": 1, "a list": [JWE_TEXT]}


def add_protection(group: Group, plain: Case, encrypted: Case) -> None:
    """Add plain bodies where encrypted ones are expected, and the reverse (S4.8)."""
    flag = "Protection"
    call = PLAIN_CALL.with_request(body=ENCRYPTED_CALL.request.body)
    comment = "an encrypted body where a plain one is due"
    negative_call(group, plain, comment, flag, WRONG_PROTECTION, call)
    call = ENCRYPTED_CALL.with_request(body=PLAINTEXT)
    comment = "a plain body where an encrypted one is due"
    negative_call(group, encrypted, comment, flag, WRONG_PROTECTION, call)
    for reason, value in PLAIN_ENVELOPES.items():
        call = ENCRYPTED_CALL.with_request(body=compact_json(value))
        comment = f"{reason}, where an encrypted body is due"
        negative_call(group, encrypted, comment, flag, WRONG_PROTECTION, call)
    for reason, value in NOT_TEXT.items():
        call = ENCRYPTED_CALL.with_request(body=envelope(value))
        comment = f"encData is {reason}"
        negative_call(group, encrypted, comment, "PayloadJson", MALFORMED_PAYLOAD, call)
    body = compact_json({"encData": JWE_TEXT, "x": 1})
    call = plain_call(Request(body, "exchange/beside/1"))
    comment = "encData and another member, where a plain body is due"
    positive_call(group, comment, flag, call)


WRONG_PAYLOADS = {
    "no JSON": b"hello",
    "a list": b"[1]",
    "null": b"null",
    "a name twice": b'{"a":1,"a":2}',
    "NaN": b'{"a":NaN}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "EUC-KR": '{"이름":1}'.encode("euc-kr"),
    "text behind it": b"{}x",
    "65 levels": b'{"a":' * 65 + b"1" + b"}" * 65,
    "form data": b"a=1&b=2",
}


def add_wrong_payloads(group: Group, plain: Case, encrypted: Case) -> None:
    """Add payloads that are no strict JSON object, plain and encrypted."""
    flag = "PayloadJson"
    for number, (reason, payload) in enumerate(WRONG_PAYLOADS.items()):
        call = PLAIN_CALL.with_request(body=payload)
        negative_call(group, plain, f"a plain body: {reason}", flag, MALFORMED_PAYLOAD, call)
        jwe = make_jwe(f"exchange/json/{number}", payload)
        call = call_around(jwe, ENCRYPTED_LABEL, payload)
        negative_call(
            group, encrypted, f"an encrypted payload: {reason}", flag, MALFORMED_PAYLOAD, call
        )
    call = ENCRYPTED_CALL.with_request(body=ENCRYPTED_CALL.request.body[:-1])
    comment = "an encrypted body cut short"
    negative_call(group, encrypted, comment, flag, MALFORMED_PAYLOAD, call)


WRONG_SENDERS = {
    "an unknown access key": PLAIN_CALL.with_request(access_key=OTHER_ACCESS_KEY),
    "another asp id": PLAIN_CALL.with_request(asp_id=OTHER_ASP_ID),
    "a token under another secret": PLAIN_CALL.with_request(secret="another secret"),
    "the token of another body": PLAIN_CALL.with_request(
        token=make_token(SECRET, NOW_DIGITS, b"{}")
    ),
}


def add_senders(group: Group, plain: Case) -> None:
    """Add requests of somebody else, all with one outcome (S3.6)."""
    for comment, call in WRONG_SENDERS.items():
        negative_call(group, plain, comment, "Sender", SIGNATURE_MISMATCH, call)


def add_project_states(file: VectorFile, plain: Case) -> None:
    """Add project keys that are not active (S5.1)."""
    flag = "ProjectState"
    group = party_group(file, "gateway", state="discarded")
    negative_call(group, plain, "a discarded project key", flag, SIGNATURE_MISMATCH)
    group = party_group(file, "gateway", state="inactive")
    negative_call(group, plain, "an inactive project key", flag, INACTIVE_KEY)
    group = party_group(file, "gateway", state="inactive", accept_inactive=True)
    comment = "an inactive project key, where that is allowed"
    positive_call(group, comment, flag, PLAIN_CALL)


TOKEN_HEAD = f"KMV1:{NOW_DIGITS}:"
PLAIN_MAC = compute_mac(SECRET, PLAINTEXT)
WRONG_BYTES = {
    "the token over base64 of the body": b64(PLAINTEXT).encode(),
    "the token over access key and time": (ACCESS_KEY + NOW_DIGITS).encode(),
}
WRONG_MAC_TEXTS = {
    "hex": PLAIN_MAC.hex(),
    "base64 without padding": b64(PLAIN_MAC)[:-1],
    "hex and 00": PLAIN_MAC.hex() + "00",
}


def add_wrong_tokens(group: Group, plain: Case, encrypted: Case) -> None:
    """Add tokens over other bytes, or with another spelling of the MAC (S3.8)."""
    flag = "MistakeOfClients"
    for comment, signed in WRONG_BYTES.items():
        call = PLAIN_CALL.with_request(token=make_token(SECRET, NOW_DIGITS, signed))
        negative_call(group, plain, comment, flag, SIGNATURE_MISMATCH, call)
    for reason, text in WRONG_MAC_TEXTS.items():
        call = PLAIN_CALL.with_request(token=TOKEN_HEAD + text)
        negative_call(group, plain, f"the token's MAC: {reason}", flag, MALFORMED_TOKEN, call)
    call = ENCRYPTED_CALL.with_request(token=make_token(SECRET, NOW_DIGITS, PLAINTEXT))
    comment = "the token over the plaintext"
    negative_call(group, encrypted, comment, flag, SIGNATURE_MISMATCH, call)


RESERIALISED_BODIES = {
    "white space added to a body": PLAINTEXT.replace(b":", b": "),
    "members of a body in another order": compact_json(dict(reversed(PAYLOAD.items()))),
    "a letter of a body escaped": PLAINTEXT.replace(b"kim", b"\\u006bim"),
    "a line feed added to a body": PLAINTEXT + b"\n",
}


def add_reserialised_bodies(group: Group, plain: Case, encrypted: Case) -> None:
    """Add bodies that were written again after they were signed (S3.8)."""
    token = make_token(SECRET, NOW_DIGITS, PLAINTEXT)
    for comment, body in RESERIALISED_BODIES.items():
        call = PLAIN_CALL.with_request(body=body, token=token)
        negative_call(group, plain, comment, "Reserialised", SIGNATURE_MISMATCH, call)
    body = ENCRYPTED_CALL.request.body
    token = make_token(SECRET, NOW_DIGITS, body)
    spaced = body.replace(b":", b": ", 1)
    call = ENCRYPTED_CALL.with_request(body=spaced, token=token)
    comment = "a blank in the envelope"
    negative_call(group, encrypted, comment, "Reserialised", SIGNATURE_MISMATCH, call)


def add_empty_bodies(file: VectorFile) -> None:
    """Add a request without a body, allowed and not (S3.7)."""
    call = plain_call(Request(b"", "exchange/empty/1"))
    group = party_group(file, "gateway", allow_empty_body=True)
    base = positive_call(
        group, "a request without a body, where that is allowed", "EmptyBody", call
    )
    group = party_group(file, "gateway")
    negative_call(group, base, "a request without a body", "EmptyBody", EMPTY_BODY)


def add_sizes(file: VectorFile) -> None:
    """Add a body at the limit and above it (S4.1)."""
    length = len(PLAINTEXT)
    group = party_group(file, "gateway", max_body=length)
    base = positive_call(group, "a request as long as the limit", "Size", PLAIN_CALL)
    group = party_group(file, "gateway", max_body=length - 1)
    negative_call(group, base, "a request a byte longer than the limit", "Size", BODY_TOO_LARGE)


# It has a CEK of 32 bytes, as its header says, and was authenticated under the other header.
SWAPPED_HEADER = make_jwe(
    "exchange/broken/7", PLAINTEXT, HEADER_A256GCM, aad=ENCRYPTED_JWE.protected.encode()
)
BROKEN_JWES = {
    "a bit of the tag flipped": replace(ENCRYPTED_JWE, tag=flip_bit(ENCRYPTED_JWE.tag, 0)),
    "a bit of the ciphertext flipped": replace(
        ENCRYPTED_JWE, ciphertext=flip_bit(ENCRYPTED_JWE.ciphertext, 0)
    ),
    "a bit of the encrypted key flipped": replace(
        ENCRYPTED_JWE, encrypted_key=flip_bit(ENCRYPTED_JWE.encrypted_key, -1)
    ),
    "the header of A256GCM on a token of A128GCM": SWAPPED_HEADER,
    "MGF1 with SHA-1": make_jwe("exchange/broken/1", PLAINTEXT, oaep=Oaep(mgf_hash=hashlib.sha1)),
    "encrypted to the client's key": make_jwe("exchange/broken/2", PLAINTEXT, key="client_2048"),
    "encrypted to a stranger": make_jwe("exchange/broken/3", PLAINTEXT, key="other_2048"),
    "zip": make_jwe("exchange/broken/4", PLAINTEXT, header_with({"zip": "DEF"})),
    "another kid": make_jwe("exchange/broken/5", PLAINTEXT, header_with({"kid": NEXT_KEY_ID})),
    "alg RSA1_5": make_jwe("exchange/broken/6", PLAINTEXT, header_with({"alg": "RSA1_5"})),
    "a tag of zeros": replace(ENCRYPTED_JWE, tag=bytes(16)),
}


def add_broken_jwes(group: Group, encrypted: Case) -> None:
    """Add JWEs of an authentic sender that do not decrypt; jwe_v1.json has every reason."""
    for reason, jwe in BROKEN_JWES.items():
        call = call_around(jwe, ENCRYPTED_LABEL, PLAINTEXT)
        comment = f"the JWE: {reason}"
        negative_call(group, encrypted, comment, "BrokenJwe", DECRYPTION_FAILED, call)
    field = make_jwe("exchange/field/1", PLAINTEXT, header_with({"kid": KEY_ID, "km-path": "$"}))
    call = call_around(field, ENCRYPTED_LABEL, PLAINTEXT)
    negative_call(
        group,
        encrypted,
        "an encrypted field in a request's place",
        "Field",
        DECRYPTION_FAILED,
        call,
    )


def add_key_ids(group: Group, encrypted: Case) -> None:
    """Add key ids that are missing, or that name no key of the ring (S1.4, S5.2)."""
    flag = "CryptoKeyId"
    unnamed = ENCRYPTED_CALL.with_request(key_id=None)
    comment = "an encrypted request that names no key"
    negative_call(group, encrypted, comment, flag, UNKNOWN_CRYPTO_KEY, unnamed)
    unknown = ENCRYPTED_CALL.with_request(key_id=UNKNOWN_KEY_ID)
    comment = "an encrypted request that names an unknown key"
    negative_call(group, encrypted, comment, flag, UNKNOWN_CRYPTO_KEY, unknown, rule="S5.2")
    upper = ENCRYPTED_CALL.with_request(key_id=KEY_ID.upper())
    negative_call(
        group,
        encrypted,
        "an encrypted request, the key id in capitals",
        flag,
        UNKNOWN_CRYPTO_KEY,
        upper,
    )
    named = plain_call(Request(PLAINTEXT, "exchange/mixed/4", key_id=KEY_ID))
    named = replace(named, answer_encrypted=True)
    base = positive_call(group, "a plain request whose answer is encrypted", flag, named)
    unnamed = named.with_request(key_id=None)
    negative_call(
        group,
        base,
        "a plain request whose answer is encrypted names no key",
        flag,
        UNKNOWN_CRYPTO_KEY,
        unnamed,
    )
