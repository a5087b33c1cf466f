"""claims_v1.json: what a receiver claims, for how long, and whose it is (S11)."""

from dataclasses import replace

from ..common.derive import derive
from ..common.encode import compact_json
from ..common.requests import (
    FIRST_KEY,
    KEY_ID,
    NEXT_KEY,
    NEXT_KEY_ID,
    NOW_MS,
    UNKNOWN_KEY_ID,
    Request,
    make_ring,
)
from ..common.vector_file import VectorFile
from ..exchange.calls import Call, encrypted_call, plain_call
from .maker import (
    DAY_S,
    FIRST,
    SAME_SECRET,
    SECOND,
    Arrival,
    Sender,
    add_sequence,
    claims_group,
)
from .notes import NOTES

BODY = compact_json({"userId": "park", "amount": 700})
OTHER_BODY = compact_json({"userId": "park", "amount": 701})
SECOND_MS = 1_000


def plain(body: bytes = BODY, number: int = 1, sender: Sender = FIRST) -> Call:
    """Make a plain request."""
    request = Request(
        body,
        f"claims/plain/{number}",
        asp_id=sender.asp_id,
        access_key=sender.access_key,
        secret=sender.secret,
    )
    return plain_call(request)


def unique(body: bytes = BODY, number: int = 1, sender: Sender = FIRST) -> Call:
    """Make a plain request of an API whose bodies are unique."""
    return replace(plain(body, number, sender), unique_body=True)


def encrypted(number: int = 1, key_id: str = KEY_ID) -> Call:
    """Make an encrypted request."""
    return encrypted_call(f"claims/encrypted/{number}", BODY, key_id=key_id)


def at(call: Call, moment: int) -> Call:
    """Make the same request at another moment; the correlation id stays."""
    return call.with_request(own_id=call.request.correlation_id, at=moment)


def under_other_id(call: Call, number: int) -> Call:
    """Make the same request under another correlation id."""
    suffix = derive(f"claims/id/{number}", 4).hex()[1:]
    return call.with_request(own_id=f"261123091509-{suffix}")


def claims_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "claims",
        about="replay claims: what is claimed, its key, lifetime and owner, in sequences (S11)",
        description=[
            "Each test is a sequence: requests come to one receiver, one after the other, when its "
            "clock says atMs. A gateway serves all of projects. verdicts has, for each request, "
            "the stage that refuses it, or null where it is accepted, and its claim, which is null "
            "where it ends before that.",
            "claim.key is the SHA-256 of the bytes in intermediate's claimed, which S11.1 "
            "describes. The claim is kept for lifetimeS seconds and one more.",
            "Every sequence is valid: what must be refused in it is in its verdicts.",
        ],
        notes=NOTES,
    )
    add_kinds(file)
    add_key_ids(file)
    add_projects(file)
    add_lifetimes(file)
    add_callbacks(file)
    return file


def add_kinds(file: VectorFile) -> None:
    """Add the three kinds of requests, and requests of several kinds at one gateway."""
    group = claims_group(file)
    once = plain()
    name = "same-id-other-body"
    arrivals = [
        Arrival(once, NOW_MS),
        Arrival(plain(OTHER_BODY), NOW_MS),
        Arrival(once, NOW_MS, "replay"),
    ]
    add_sequence(group, "plain: one correlation id, two bodies", "Plain", name, arrivals)
    arrivals = [
        Arrival(once, NOW_MS),
        Arrival(under_other_id(once, 1), NOW_MS),
        Arrival(once, NOW_MS, "replay"),
    ]
    name = "same-body-other-id"
    add_sequence(group, "plain: one body, two correlation ids", "Plain", name, arrivals)
    capitals = once.with_request(own_id=once.request.correlation_id.upper())
    arrivals = [Arrival(capitals, NOW_MS), Arrival(once, NOW_MS, "replay")]
    add_sequence(group, "plain: the id in capitals, then not", "Plain", "capitals", arrivals)
    first = unique()
    arrivals = [
        Arrival(first, NOW_MS),
        Arrival(under_other_id(first, 2), NOW_MS, "replay"),
        Arrival(unique(OTHER_BODY), NOW_MS),
    ]
    comment = "unique: the body again under another id, then another body under the first id"
    add_sequence(group, comment, "UniqueBody", "same-body", arrivals)
    sealed = encrypted()
    arrivals = [
        Arrival(sealed, NOW_MS),
        Arrival(under_other_id(sealed, 3), NOW_MS, "replay"),
        Arrival(encrypted(2), NOW_MS),
    ]
    comment = "encrypted: the body again under another id, then the payload encrypted anew"
    add_sequence(group, comment, "Encrypted", "same-body", arrivals)
    arrivals = [
        Arrival(plain(), NOW_MS),
        Arrival(unique(), NOW_MS),
        Arrival(plain(), NOW_MS, "replay"),
        Arrival(unique(), NOW_MS, "replay"),
    ]
    comment = "one request to a plain API, then to one whose bodies are unique"
    add_sequence(group, comment, "Kinds", "plain-and-unique", arrivals)
    arrivals = [
        Arrival(replace(sealed, unique_body=True), NOW_MS),
        Arrival(sealed, NOW_MS, "replay"),
    ]
    comment = "encrypted, to an API whose bodies are unique, then to another"
    add_sequence(group, comment, "Kinds", "encrypted-and-unique", arrivals)


def add_key_ids(file: VectorFile) -> None:
    """Add copies under other crypto key ids, and requests that end before or behind the claim."""
    group = claims_group(file, ring=make_ring(FIRST_KEY, NEXT_KEY))
    sealed = encrypted()
    under_next = sealed.with_request(key_id=NEXT_KEY_ID)
    arrivals = [
        Arrival(under_next, NOW_MS, "decrypt"),
        Arrival(sealed, NOW_MS),
        Arrival(under_next, NOW_MS, "replay"),
        Arrival(sealed, NOW_MS, "replay"),
    ]
    comment = "a copy under the id of another pair, before and after the request"
    add_sequence(group, comment, "KeyId", "other-pair", arrivals)
    unknown = sealed.with_request(key_id=UNKNOWN_KEY_ID)
    arrivals = [
        Arrival(unknown, NOW_MS, "key", claims=False),
        Arrival(sealed, NOW_MS),
        Arrival(unknown, NOW_MS, "key", claims=False),
    ]
    add_sequence(group, "a copy under an unknown id", "KeyId", "unknown", arrivals)
    late = at(plain(number=2), NOW_MS)
    arrivals = [
        Arrival(late, NOW_MS + 301 * SECOND_MS, "time", claims=False),
        Arrival(late, NOW_MS + 300 * SECOND_MS),
        Arrival(late, NOW_MS + 300 * SECOND_MS, "replay"),
    ]
    comment = "a request that is too late by one clock and in time by the next"
    add_sequence(group, comment, "NoClaim", "out-of-tolerance", arrivals)
    same_pair = {**FIRST_KEY, "id": NEXT_KEY_ID}
    group = claims_group(file, ring=make_ring(FIRST_KEY, same_pair))
    arrivals = [
        Arrival(sealed, NOW_MS),
        Arrival(under_next, NOW_MS, "replay", claimed_id=KEY_ID),
    ]
    comment = "one pair under two ids: the second id after the first"
    add_sequence(group, comment, "KeyId", "same-pair", arrivals)
    arrivals = [
        Arrival(under_next, NOW_MS, claimed_id=KEY_ID),
        Arrival(sealed, NOW_MS, "replay"),
    ]
    comment = "one pair under two ids: the first id after the second"
    add_sequence(group, comment, "KeyId", "same-pair-reversed", arrivals)


def add_projects(file: VectorFile) -> None:
    """Add two projects at one gateway."""
    group = claims_group(file, senders=(FIRST, SECOND))
    ours = plain()
    theirs = plain(sender=SECOND)
    arrivals = [
        Arrival(ours, NOW_MS),
        Arrival(theirs, NOW_MS, sender=SECOND),
        Arrival(theirs, NOW_MS, "replay", sender=SECOND),
    ]
    comment = "two projects: the same body under the same correlation id"
    add_sequence(group, comment, "Owner", "same-request", arrivals)
    arrivals = [
        Arrival(unique(), NOW_MS),
        Arrival(unique(sender=SECOND), NOW_MS, sender=SECOND),
    ]
    comment = "two projects: the same unique body"
    add_sequence(group, comment, "Owner", "same-unique-body", arrivals)
    group = claims_group(file, senders=(FIRST, SAME_SECRET))
    arrivals = [
        Arrival(ours, NOW_MS),
        Arrival(plain(sender=SAME_SECRET), NOW_MS, sender=SAME_SECRET),
    ]
    comment = "two projects of one secret: the same body under the same correlation id"
    add_sequence(group, comment, "Owner", "same-secret", arrivals)


def add_lifetimes(file: VectorFile) -> None:
    """Add copies around the end of a claim: their times are new, which the MAC does not cover."""
    cases = {
        "plain-600-s": (300, DAY_S, plain(), 600),
        "plain-20-s": (10, DAY_S, plain(), 20),
        "plain-1-s": (0, DAY_S, plain(), 1),
        "unique-1-day": (300, DAY_S, unique(), DAY_S),
        "unique-1-hour": (300, 3_600, unique(), 3_600),
        "encrypted-1-day": (300, DAY_S, encrypted(), DAY_S),
        "encrypted-1-hour": (300, 3_600, encrypted(), 3_600),
    }
    for name, (tolerance_s, retention_s, call, lifetime_s) in cases.items():
        group = claims_group(file, tolerance_s=tolerance_s, retention_s=retention_s)
        end = NOW_MS + lifetime_s * SECOND_MS
        moments = {
            end - 1: "replay",
            end: "replay",
            end + SECOND_MS - 1: "replay",
            end + SECOND_MS: None,
            end + SECOND_MS + 1: "replay",
        }
        copies = [Arrival(at(call, moment), moment, stage) for moment, stage in moments.items()]
        comment = f"claimed for {lifetime_s:,} s and one more: {name.split('-')[0]}"
        add_sequence(group, comment, "Lifetime", name, [Arrival(call, NOW_MS), *copies])
    group = claims_group(file)
    early = at(plain(), NOW_MS + 300 * SECOND_MS)
    arrivals = [
        Arrival(early, NOW_MS),
        Arrival(early, NOW_MS + 600 * SECOND_MS, "replay"),
        Arrival(early, NOW_MS + 601 * SECOND_MS, "time", claims=False),
    ]
    comment = "an exact copy is in time for twice the tolerance, and then too old"
    add_sequence(group, comment, "Lifetime", "exact-copy", arrivals)


def add_callbacks(file: VectorFile) -> None:
    """Add callbacks, which carry no access key."""
    ring = make_ring(FIRST_KEY, NEXT_KEY)
    group = claims_group(file, "callback-receiver", ring=ring, any_key=True)
    once = plain().with_request(access_key=None)
    arrivals = [
        Arrival(once, NOW_MS),
        Arrival(under_other_id(once, 4), NOW_MS),
        Arrival(once, NOW_MS, "replay"),
    ]
    add_sequence(group, "a plain callback, twice", "Callback", "plain", arrivals)
    sealed = encrypted_call("claims/callback/1", BODY, "client_2048", access_key=None)
    arrivals = [
        Arrival(sealed, NOW_MS),
        Arrival(sealed.with_request(key_id=NEXT_KEY_ID), NOW_MS, "decrypt"),
        Arrival(sealed.with_request(key_id=None), NOW_MS, "replay", claimed_id=KEY_ID),
    ]
    comment = "an encrypted callback, then under another id, then under none"
    add_sequence(group, comment, "Callback", "encrypted", arrivals)
    shared = {**NEXT_KEY, "client": FIRST_KEY["client"]}
    group = claims_group(file, "callback-receiver", ring=make_ring(FIRST_KEY, shared), any_key=True)
    arrivals = [
        Arrival(sealed, NOW_MS),
        Arrival(sealed.with_request(key_id=NEXT_KEY_ID), NOW_MS, "replay", claimed_id=KEY_ID),
    ]
    comment = "an encrypted callback, then under another id of the same client pair"
    add_sequence(group, comment, "Callback", "same-pair", arrivals)
