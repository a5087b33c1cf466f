"""Requests to a gateway of several projects, each with an access key and keys of its own (S5.2)."""

from ..common.encode import Json, compact_json
from ..common.errors import INACTIVE_KEY, SIGNATURE_MISMATCH, UNKNOWN_CRYPTO_KEY
from ..common.requests import (
    ACCESS_KEY,
    ASP_ID,
    FIRST_KEY,
    KEY_ID,
    NEXT_KEY,
    NEXT_KEY_ID,
    OTHER_ACCESS_KEY,
    OTHER_ASP_ID,
    SECRET,
    Request,
    make_project,
    make_ring,
)
from ..common.vector_file import Case, VectorFile
from .calls import (
    PAYLOAD,
    PLAINTEXT,
    Call,
    encrypted_call,
    negative_call,
    plain_call,
    positive_call,
)
from .parties import party_group

FLAG = "Projects"
OTHER_SECRET = "made-up secret of another provider"
OTHER_BODY = compact_json({**PAYLOAD, "amount": 1600})


def make_other_project(*keys: Json, state: str = "active") -> Json:
    """Make the second project of the gateway, by default with the next key."""
    return make_project(
        aspId=OTHER_ASP_ID,
        accessKey=OTHER_ACCESS_KEY,
        secret=OTHER_SECRET,
        state=state,
        ring=make_ring(*(keys or (NEXT_KEY,))),
    )


def as_other(call: Call) -> Call:
    """Make the same call of the second project."""
    return call.with_request(asp_id=OTHER_ASP_ID, access_key=OTHER_ACCESS_KEY, secret=OTHER_SECRET)


OURS = plain_call(Request(PLAINTEXT, "exchange/projects/1"))
THEIRS = as_other(plain_call(Request(OTHER_BODY, "exchange/projects/2")))
OUR_ENCRYPTED = encrypted_call("exchange/projects/3", PLAINTEXT)
THEIR_ENCRYPTED = as_other(
    encrypted_call("exchange/projects/4", PLAINTEXT, "next_platform_2048", key_id=NEXT_KEY_ID)
)


def add_projects(file: VectorFile) -> None:
    """Add requests of two projects at one gateway, and mixtures of them."""
    group = party_group(file, "gateway", other_projects=[make_other_project()])
    comment = "two projects: an encrypted request of the first"
    positive_call(group, comment, FLAG, OUR_ENCRYPTED)
    ours = positive_call(group, "two projects: a plain request of the first", FLAG, OURS)
    theirs = positive_call(group, "two projects: a plain request of the second", FLAG, THEIRS)
    comment = "two projects: an encrypted request of the second"
    positive_call(group, comment, FLAG, THEIR_ENCRYPTED, key="next_platform_2048")
    comment = "two projects: a request of the second, after one of the first"
    positive_call(group, comment, FLAG, THEIRS, before=[OURS])
    mixtures = {
        "the second's access key": OURS.with_request(access_key=OTHER_ACCESS_KEY),
        "the second's asp id": OURS.with_request(asp_id=OTHER_ASP_ID),
        "a token under the second's secret": OURS.with_request(secret=OTHER_SECRET),
    }
    for reason, call in mixtures.items():
        comment = f"two projects: a request of the first with {reason}"
        negative_call(group, ours, comment, FLAG, SIGNATURE_MISMATCH, call, rule="S3.6")
    mixtures = {
        "the first's access key": THEIRS.with_request(access_key=ACCESS_KEY),
        "the first's asp id": THEIRS.with_request(asp_id=ASP_ID),
        "a token under the first's secret": THEIRS.with_request(secret=SECRET),
    }
    for reason, call in mixtures.items():
        comment = f"two projects: a request of the second with {reason}"
        negative_call(group, theirs, comment, FLAG, SIGNATURE_MISMATCH, call, rule="S3.6")
    add_states(file, theirs)
    add_keys_of_others(file)


def add_states(file: VectorFile, theirs: Case) -> None:
    """Add a second project that is not active, beside a first one that is (S5.1)."""
    states = {"discarded": SIGNATURE_MISMATCH, "inactive": INACTIVE_KEY}
    for state, error in states.items():
        others = [make_other_project(state=state)]
        group = party_group(file, "gateway", other_projects=others)
        comment = f"two projects: a request of the second, which is {state}"
        negative_call(group, theirs, comment, FLAG, error, rule="S5.1")
        comment = f"two projects: a request of the first, the second is {state}"
        positive_call(group, comment, FLAG, OURS, rule="S5.1")


def add_keys_of_others(file: VectorFile) -> None:
    """Add requests that name the other project's id of the very pair that they are encrypted to."""
    same_pair = {**FIRST_KEY, "id": NEXT_KEY_ID}
    group = party_group(file, "gateway", other_projects=[make_other_project(same_pair)])
    calls = {
        "first": (OUR_ENCRYPTED, NEXT_KEY_ID),
        "second": (
            as_other(encrypted_call("exchange/projects/5", PLAINTEXT, key_id=NEXT_KEY_ID)),
            KEY_ID,
        ),
    }
    for name, (call, other_id) in calls.items():
        comment = f"two projects of one pair: a request of the {name}"
        base = positive_call(group, comment, FLAG, call)
        crossed = call.with_request(key_id=other_id)
        comment = f"two projects of one pair: a request of the {name} names the other's id"
        negative_call(group, base, comment, FLAG, UNKNOWN_CRYPTO_KEY, crossed)
