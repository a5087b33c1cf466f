"""Callbacks whose key is the first issued in rings of every state, and callbacks' secrets (S10)."""

from dataclasses import replace

from ..common.errors import (
    DECRYPTION_FAILED,
    INACTIVE_KEY,
    REPLAYED,
    SIGNATURE_MISMATCH,
    UNKNOWN_CRYPTO_KEY,
)
from ..common.requests import (
    ACCESS_KEY,
    FIRST_KEY,
    KEY_ID,
    NEXT_KEY,
    NEXT_KEY_ID,
    OTHER_ASP_ID,
    make_ring,
    with_state,
)
from ..common.vector_file import Case, VectorFile
from .callback import OLD_SECRET, encrypted_callback, plain_callback
from .calls import negative_call, positive_call
from .parties import party_group

ROLE = "callback-receiver"
FLAG = "CallbackKey"
# The last key of a ring is its primary one: here it is never the first issued of two.
BOTH_ACTIVE = make_ring(FIRST_KEY, NEXT_KEY)
FIRST_DISCARDED = make_ring(with_state(FIRST_KEY, "discarded"), NEXT_KEY)
FIRST_INACTIVE = make_ring(with_state(FIRST_KEY, "inactive"), NEXT_KEY)
FIRST_REMOVED = make_ring(NEXT_KEY)

UNNAMED_FIRST = encrypted_callback("exchange/callback/10", key_id=None)
UNNAMED_NEXT = encrypted_callback("exchange/callback/11", "next_client_2048", key_id=None)
UNNAMED_NEXT_LIKE_FIRST = UNNAMED_NEXT.with_request(own_id=UNNAMED_FIRST.request.correlation_id)
NAMED_NEXT = encrypted_callback("exchange/callback/12", "next_client_2048", key_id=NEXT_KEY_ID)
PLAIN_TO_ANSWER = replace(plain_callback("exchange/callback/13"), answer_encrypted=True)


def add_callback_keys(file: VectorFile) -> None:
    """Add callbacks that name no key, and those of a ring whose first key is gone (S5.3)."""
    unnamed = add_unnamed(file)
    add_refused_first_keys(file, unnamed)
    add_removed(file)
    add_discarded(file)
    add_keys_for_answers(file)


def add_unnamed(file: VectorFile) -> Case:
    """Add callbacks that name no key: the first issued decrypts them, not the primary one."""
    group = party_group(file, ROLE, ring=BOTH_ACTIVE)
    any_key = party_group(file, ROLE, ring=BOTH_ACTIVE, any_key=True)
    settings = {"": group, ", where any key is allowed": any_key}
    for where, party in settings.items():
        comment = f"a callback names no key, and the first issued is not primary{where}"
        base = positive_call(
            party, comment, FLAG, UNNAMED_FIRST, key="client_2048", opened_by=KEY_ID
        )
        comment = f"a callback names no key, and is encrypted to the primary one{where}"
        negative_call(party, base, comment, FLAG, DECRYPTION_FAILED, UNNAMED_NEXT_LIKE_FIRST)
    return group.cases[0]


def add_refused_first_keys(file: VectorFile, unnamed: Case) -> None:
    """Add callbacks that name no key, where the first issued cannot be used."""
    rings = {
        "discarded": (FIRST_DISCARDED, UNKNOWN_CRYPTO_KEY),
        "inactive": (FIRST_INACTIVE, INACTIVE_KEY),
    }
    for state, (ring, error) in rings.items():
        group = party_group(file, ROLE, ring=ring)
        comment = f"a callback names no key, and the first issued is {state}"
        negative_call(group, unnamed, comment, FLAG, error, rule="S5.3")
    group = party_group(file, ROLE, ring=None)
    comment = "a callback names no key, and there is none"
    negative_call(group, unnamed, comment, FLAG, UNKNOWN_CRYPTO_KEY)
    group = party_group(file, ROLE, ring=FIRST_INACTIVE, accept_inactive=True)
    comment = "a callback names no key, and the first issued is inactive, which is allowed"
    positive_call(group, comment, FLAG, UNNAMED_FIRST, key="client_2048", opened_by=KEY_ID)


def add_removed(file: VectorFile) -> None:
    """Add callbacks after the first key was removed: the next issued is the first then (S5.3)."""
    group = party_group(file, ROLE, ring=FIRST_REMOVED)
    comment = "a callback names no key, after the first was removed"
    unnamed = positive_call(
        group,
        comment,
        FLAG,
        UNNAMED_NEXT,
        key="next_client_2048",
        opened_by=NEXT_KEY_ID,
        rule="S5.3",
    )
    comment = "a callback names the next key, after the first was removed"
    named = positive_call(group, comment, FLAG, NAMED_NEXT, key="next_client_2048", rule="S5.3")
    removed = NAMED_NEXT.with_request(key_id=KEY_ID)
    comment = "a callback names the first key, after it was removed"
    negative_call(group, named, comment, FLAG, UNKNOWN_CRYPTO_KEY, removed, rule="S5.3")
    group = party_group(file, ROLE, ring=FIRST_DISCARDED)
    comment = "a callback under the next key names none, and the first is discarded, not removed"
    negative_call(group, unnamed, comment, FLAG, UNKNOWN_CRYPTO_KEY, rule="S5.3")
    comment = "a callback names the next key, and the first is discarded, not removed"
    negative_call(group, named, comment, FLAG, UNKNOWN_CRYPTO_KEY, rule="S5.3")


def add_discarded(file: VectorFile) -> None:
    """Add callbacks that name the second key, where the first is discarded and any is allowed."""
    group = party_group(file, ROLE, ring=FIRST_DISCARDED, any_key=True)
    comment = "a callback names the second key, the first is discarded, and any is allowed"
    base = positive_call(group, comment, FLAG, NAMED_NEXT, key="next_client_2048", rule="S5.3")
    comment = "a callback names no key, the first is discarded, and any is allowed"
    unnamed = NAMED_NEXT.with_request(key_id=None)
    negative_call(group, base, comment, FLAG, UNKNOWN_CRYPTO_KEY, unnamed, rule="S5.3")


def add_keys_for_answers(file: VectorFile) -> None:
    """Add plain callbacks that name no key, and whose answers are encrypted."""
    group = party_group(file, ROLE, ring=BOTH_ACTIVE)
    comment = "a plain callback names no key, and its answer is encrypted"
    base = positive_call(group, comment, FLAG, PLAIN_TO_ANSWER, opened_by=KEY_ID)
    group = party_group(file, ROLE, ring=FIRST_DISCARDED)
    comment = "a plain callback whose answer is encrypted names no key, and the first is discarded"
    negative_call(group, base, comment, FLAG, UNKNOWN_CRYPTO_KEY, rule="S5.3")


def add_callback_secrets(file: VectorFile) -> None:
    """Add callbacks under one of several candidates, which the project's asp id goes with."""
    flag = "CallbackSecret"
    candidates = ["made-up secret from long before", OLD_SECRET]
    group = party_group(file, ROLE, callback_secrets=candidates)
    call = plain_callback("exchange/callback/14").with_request(secret=OLD_SECRET)
    base = positive_call(group, "a callback under the second of two candidates", flag, call)
    other = call.with_request(asp_id=OTHER_ASP_ID)
    comment = "a callback under a candidate, for another asp id"
    negative_call(group, base, comment, flag, SIGNATURE_MISMATCH, other)
    comment = "a callback under a candidate comes again"
    negative_call(group, base, comment, flag, REPLAYED, before=[call])
    under_own = plain_callback("exchange/callback/14")
    comment = "a callback under a candidate, after the same one under the own secret"
    positive_call(group, comment, flag, call, before=[under_own])
    joined = call.with_request(secret="".join(candidates))
    comment = "a callback under both candidates as one text"
    negative_call(group, base, comment, flag, SIGNATURE_MISMATCH, joined)
    encrypted = encrypted_callback("exchange/callback/15").with_request(secret=OLD_SECRET)
    comment = "an encrypted callback under a candidate"
    base = positive_call(group, comment, flag, encrypted, key="client_2048")
    neither = encrypted.with_request(secret="neither")
    comment = "an encrypted callback under neither the own secret nor a candidate"
    negative_call(group, base, comment, flag, SIGNATURE_MISMATCH, neither)
    add_secrets_at_a_gateway(file, candidates)


def add_secrets_at_a_gateway(file: VectorFile, candidates: list[str]) -> None:
    """Add requests to a gateway, which knows no candidates."""
    group = party_group(file, "gateway", callback_secrets=candidates)
    call = plain_callback("exchange/callback/16").with_request(access_key=ACCESS_KEY)
    comment = "a request under the own secret, to a gateway"
    base = positive_call(group, comment, "CallbackSecret", call)
    under_candidate = call.with_request(secret=OLD_SECRET)
    comment = "a request under a candidate for callbacks, to a gateway"
    negative_call(group, base, comment, "CallbackSecret", SIGNATURE_MISMATCH, under_candidate)
