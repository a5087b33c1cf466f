"""Callbacks (S10): the provider receives them, and the platform opens the answers."""

from dataclasses import replace

from ..common.encode import compact_json
from ..common.errors import (
    DECRYPTION_FAILED,
    INACTIVE_KEY,
    REPLAYED,
    RESULT_ERROR,
    SIGNATURE_MISMATCH,
    TIME_OUT_OF_TOLERANCE,
    UNEXPECTED_ANSWER,
    UNEXPECTED_HEADER,
    UNKNOWN_CRYPTO_KEY,
    WRONG_PROTECTION,
)
from ..common.requests import (
    ACCESS_KEY,
    DAY_MS,
    FIRST_KEY,
    KEY_ID,
    NEXT_KEY,
    NEXT_KEY_ID,
    NOW_MS,
    OTHER_ASP_ID,
    UNKNOWN_KEY_ID,
    Request,
    make_ring,
    with_state,
)
from ..common.vector_file import Case, Group, VectorFile
from .answers import Answer, encrypted_answer, negative_answer, plain_answer, positive_answer
from .calls import (
    PLAINTEXT as REQUEST_PLAINTEXT,
    Call,
    encrypted_call,
    negative_call,
    plain_call,
    positive_call,
)
from .parties import SUCCESS, party_group

PAYLOAD = compact_json({"event": "approved", "amount": 1500})
OLD_SECRET = "made-up secret from before the rotation"


def plain_callback(label: str, payload: bytes = PAYLOAD) -> Call:
    """Make a plain callback, which has no access key."""
    return plain_call(Request(payload, label, access_key=None))


def encrypted_callback(
    label: str, key: str = "client_2048", *, key_id: str | None = KEY_ID
) -> Call:
    """Make an encrypted callback, which has no access key."""
    return encrypted_call(label, PAYLOAD, key, key_id=key_id, access_key=None)


PLAIN = plain_callback("exchange/callback/1")
ENCRYPTED = encrypted_callback("exchange/callback/2")


def add_callbacks(file: VectorFile) -> None:
    """Add callbacks and the answers to them."""
    group = party_group(file, "callback-receiver")
    plain = positive_call(group, "a plain callback", "Callback", PLAIN)
    comment = "a plain callback with an access key"
    with_access_key = PLAIN.with_request(access_key=ACCESS_KEY)
    negative_call(group, plain, comment, "Callback", UNEXPECTED_HEADER, with_access_key)
    encrypted = add_encrypted(group)
    add_protection(group, plain, encrypted)
    add_senders(group, plain)
    add_reflections(group, encrypted)
    add_secrets(file)
    add_rings(file)
    add_answers(file)


def add_encrypted(group: Group) -> Case:
    """Add callbacks encrypted to the first key: named, not named, and named wrongly."""
    comment = "an encrypted callback that names the first key"
    base = positive_call(group, comment, "Callback", ENCRYPTED, key="client_2048", rule="S10.3")
    unnamed = encrypted_callback("exchange/callback/3", key_id=None)
    comment = "an encrypted callback that names no key"
    positive_call(group, comment, "CallbackKey", unnamed, key="client_2048", opened_by=KEY_ID)
    unknown = ENCRYPTED.with_request(key_id=UNKNOWN_KEY_ID)
    comment = "an encrypted callback that names an unknown key"
    negative_call(group, base, comment, "CallbackKey", UNKNOWN_CRYPTO_KEY, unknown)
    return base


def add_protection(group: Group, plain: Case, encrypted: Case) -> None:
    """Add callbacks of the other kind, and copies."""
    call = ENCRYPTED.with_request(body=PAYLOAD)
    comment = "a plain callback where an encrypted one is due"
    negative_call(group, encrypted, comment, "Protection", WRONG_PROTECTION, call)
    call = PLAIN.with_request(body=ENCRYPTED.request.body)
    comment = "an encrypted callback where a plain one is due"
    negative_call(group, plain, comment, "Protection", WRONG_PROTECTION, call)
    comment = "an encrypted callback comes again"
    negative_call(group, encrypted, comment, "Replay", REPLAYED, before=[ENCRYPTED])
    comment = "a plain callback comes again"
    negative_call(group, plain, comment, "Replay", REPLAYED, before=[PLAIN])


def add_senders(group: Group, plain: Case) -> None:
    """Add callbacks of another time, under another secret, and for another provider."""
    old = PLAIN.with_request(at=NOW_MS - DAY_MS)
    comment = "a callback of a day ago"
    negative_call(group, plain, comment, "Tolerance", TIME_OUT_OF_TOLERANCE, old)
    other_secret = PLAIN.with_request(secret="another secret")
    comment = "a callback under another secret"
    negative_call(group, plain, comment, "CallbackSecret", SIGNATURE_MISMATCH, other_secret)
    other_asp_id = PLAIN.with_request(asp_id=OTHER_ASP_ID)
    comment = "a callback for another asp id"
    negative_call(group, plain, comment, "Sender", SIGNATURE_MISMATCH, other_asp_id)


def add_reflections(group: Group, encrypted: Case) -> None:
    """Add the provider's own requests, sent back to it (S10.4)."""
    own = plain_callback("exchange/plain/1", REQUEST_PLAINTEXT)
    comment = "one's own plain request, without its access key"
    positive_call(group, comment, "Reflection", own)
    own = encrypted_callback("exchange/callback/2", "platform_2048")
    comment = "one's own encrypted request, without its access key"
    negative_call(group, encrypted, comment, "Reflection", DECRYPTION_FAILED, own)


def add_secrets(file: VectorFile) -> None:
    """Add the secrets that a callback may be signed under: nothing in it says which (S10.2)."""
    flag = "CallbackSecret"
    call = plain_callback("exchange/callback/4")
    under_old = call.with_request(secret=OLD_SECRET)
    both = party_group(file, "callback-receiver", callback_secrets=[OLD_SECRET])
    comment = "a callback under the project's own secret, with a candidate"
    positive_call(both, comment, flag, call)
    old = positive_call(both, "a callback under the candidate secret", flag, under_old)
    neither = call.with_request(secret="neither")
    negative_call(
        both,
        old,
        "a callback under neither the own secret nor a candidate",
        flag,
        SIGNATURE_MISMATCH,
        neither,
    )
    alone = party_group(file, "callback-receiver")
    comment = "a callback under an old secret that is no candidate"
    negative_call(alone, old, comment, flag, SIGNATURE_MISMATCH)
    inactive = party_group(file, "callback-receiver", state="inactive")
    own = positive_call(alone, "a callback under the project's own secret", flag, call)
    comment = "a callback where the project key is inactive"
    negative_call(inactive, own, comment, "ProjectState", INACTIVE_KEY)


BOTH_ACTIVE = make_ring(FIRST_KEY, NEXT_KEY)


def add_rings(file: VectorFile) -> None:
    """Add rings of two keys: the first issued decrypts, unless any key is allowed (S10.3)."""
    flag = "CallbackKey"
    under_first = encrypted_callback("exchange/callback/5")
    under_next = encrypted_callback("exchange/callback/6", "next_client_2048", key_id=NEXT_KEY_ID)
    group = party_group(file, "callback-receiver", ring=BOTH_ACTIVE)
    comment = "a callback under the first issued key, which is not primary"
    first = positive_call(group, comment, flag, under_first, key="client_2048")
    any_key = party_group(file, "callback-receiver", ring=BOTH_ACTIVE, any_key=True)
    comment = "a callback under the second key, where any key is allowed"
    second = positive_call(any_key, comment, flag, under_next, key="next_client_2048")
    negative_call(group, second, "a callback under the second key", flag, UNKNOWN_CRYPTO_KEY)
    crossed = under_first.with_request(key_id=NEXT_KEY_ID, label="exchange/callback/6")
    comment = "a callback names the second key, the first was used"
    negative_call(any_key, second, comment, flag, DECRYPTION_FAILED, crossed)
    for state, error in {"inactive": INACTIVE_KEY, "discarded": UNKNOWN_CRYPTO_KEY}.items():
        ring = make_ring(with_state(FIRST_KEY, state), NEXT_KEY)
        group = party_group(file, "callback-receiver", ring=ring)
        comment = f"a callback where the first issued key is {state}"
        negative_call(group, first, comment, "Rotation", error, rule="S5.1")


def add_answers(file: VectorFile) -> None:
    """Add answers to callbacks, which are encrypted to the platform's key."""
    group = party_group(file, "callback-opener")
    callback = Request(b"", "exchange/callback/7", access_key=None, key_id=KEY_ID).headers
    payload = compact_json(SUCCESS)
    answer = encrypted_answer("exchange/callback/8", callback, payload, "platform_2048")
    comment = "an encrypted answer to a callback"
    base = positive_answer(group, comment, "Callback", answer, key="platform_2048")
    crossed = encrypted_answer("exchange/callback/9", callback, payload)
    comment = "an answer to a callback is encrypted to the client's key"
    negative_answer(group, base, comment, "BrokenJwe", DECRYPTION_FAILED, crossed, rule="S4.5")
    unprotected = replace(answer, body=payload)
    comment = "plain success where an encrypted answer to a callback is due"
    negative_answer(group, base, comment, "Protection", WRONG_PROTECTION, unprotected)
    add_plain_answers(group, answer)


def add_plain_answers(group: Group, encrypted: Answer) -> None:
    """Add plain answers to the same callback."""
    callback = encrypted.request_headers
    answer = plain_answer(callback, encrypted.payload)
    base = positive_answer(group, "a plain answer to a callback", "Callback", answer)
    unexpected = plain_answer(callback, encrypted.body)
    comment = "an encrypted answer to a callback where a plain one is due"
    negative_answer(group, base, comment, "Protection", WRONG_PROTECTION, unexpected)
    refused = compact_json({"response": {"code": "000_002", "description": "no"}})
    negative_answer(
        group,
        base,
        "an answer to a callback is a provider's error",
        "Result",
        RESULT_ERROR,
        replace(answer, body=refused, status=400),
        result_code="000_002",
    )
    page = replace(answer, body=b"<html></html>")
    negative_answer(
        group, base, "an answer to a callback is a page", "NoResult", UNEXPECTED_ANSWER, page
    )
