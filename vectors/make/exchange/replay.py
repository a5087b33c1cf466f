"""Requests that come again: the copies that are refused, and the repeats that are right (S3.6)."""

from dataclasses import replace

from ..common.encode import compact_json
from ..common.errors import DECRYPTION_FAILED, REPLAYED
from ..common.requests import FIRST_KEY, NEXT_KEY, NEXT_KEY_ID, NOW_MS, Request, make_ring
from ..common.vector_file import Group, VectorFile
from .calls import Call, encrypted_call, negative_call, plain_call, positive_call
from .parties import party_group

PAYLOAD = compact_json({"userId": "lee", "amount": 100})
OTHER_PAYLOAD = compact_json({"userId": "lee", "amount": 101})
OTHER_CALL = plain_call(Request(OTHER_PAYLOAD, "exchange/replay/4"))
ENCRYPTED_ANEW = encrypted_call("exchange/replay/2", PAYLOAD)


def add_replays(file: VectorFile) -> None:
    """Add copies and repeats of encrypted and plain requests."""
    group = party_group(file, "gateway")
    add_encrypted(group)
    add_plain(group)
    add_unique_bodies(group)
    add_other_key_ids(file)


def add_encrypted(group: Group) -> None:
    """Add an encrypted body, which is one of a kind."""
    once = encrypted_call("exchange/replay/1", PAYLOAD)
    base = positive_call(group, "an encrypted request, once", "Normal", once)
    negative_call(
        group, base, "an encrypted request comes again", "Replay", REPLAYED, before=[once]
    )
    comment = "an encrypted request came under another time and correlation id"
    negative_call(group, base, comment, "Replay", REPLAYED, before=[later(once)])
    comment = "a payload that came is encrypted anew"
    positive_call(group, comment, "Repeat", ENCRYPTED_ANEW, before=[once])


def add_plain(group: Group) -> None:
    """Add a plain body, which may rightly come again; an exact copy of its request may not."""
    once = plain_call(Request(PAYLOAD, "exchange/replay/3"))
    base = positive_call(group, "a plain request, once", "Normal", once)
    comment = "a plain request comes again"
    negative_call(group, base, comment, "Replay", REPLAYED, before=[once])
    in_capitals = once.with_request(own_id=once.request.correlation_id.upper())
    comment = "a plain request came with its correlation id in capitals"
    negative_call(group, base, comment, "Replay", REPLAYED, before=[in_capitals], rule="S2.1")
    comment = "a plain body that came under another correlation id"
    positive_call(group, comment, "Repeat", once, before=[later(once)])
    positive_call(group, "a plain body after another one", "Repeat", once, before=[OTHER_CALL])


def add_unique_bodies(group: Group) -> None:
    """Add plain bodies of an API that says that each is one of a kind."""
    once = replace(plain_call(Request(PAYLOAD, "exchange/replay/5")), unique_body=True)
    comment = "a plain body that is unique, once"
    base = positive_call(group, comment, "Normal", once, rule="S3.6")
    comment = "a unique body came under another correlation id"
    negative_call(group, base, comment, "Replay", REPLAYED, before=[later(once)])
    earlier = [later(once), OTHER_CALL, ENCRYPTED_ANEW]
    comment = "a unique body came, and two others after it"
    negative_call(group, base, comment, "Replay", REPLAYED, before=earlier)
    repeatable = plain_call(Request(PAYLOAD, "exchange/replay/6"))
    comment = "a plain body, of an API whose bodies may repeat, that came as a unique one"
    positive_call(group, comment, "Repeat", repeatable, before=[once])


BOTH_PAIRS = make_ring(FIRST_KEY, NEXT_KEY)
ONE_PAIR = make_ring(FIRST_KEY, {**NEXT_KEY, "platform": FIRST_KEY["platform"]})


def add_other_key_ids(file: VectorFile) -> None:
    """Add copies under the other crypto key id, which the MAC does not cover."""
    once = encrypted_call("exchange/replay/7", PAYLOAD)
    group = party_group(file, "gateway", ring=BOTH_PAIRS)
    copied = replace(once.with_request(key_id=NEXT_KEY_ID), refused_at=DECRYPTION_FAILED.stage)
    comment = "a copy under the other crypto key id came before the request"
    base = positive_call(group, comment, "CopiedKeyId", once, before=[copied])
    comment = "a request came, and then its copy under the other crypto key id"
    negative_call(group, base, comment, "CopiedKeyId", REPLAYED, before=[once, copied])
    group = party_group(file, "gateway", ring=ONE_PAIR)
    comment = "an encrypted request, once, by one pair under two ids"
    base = positive_call(group, comment, "CopiedKeyId", once, rule="S5.2")
    under_next = once.with_request(key_id=NEXT_KEY_ID)
    comment = "a request came under the other id of the same pair"
    negative_call(group, base, comment, "CopiedKeyId", REPLAYED, before=[under_next])
    comment = "an encrypted request under the other id of the same pair, once"
    positive_call(group, comment, "CopiedKeyId", under_next, rule="S5.2")


def later(call: Call) -> Call:
    """The same body under a new correlation id and a second later."""
    return call.with_request(at=NOW_MS + 1000, label=call.request.label + "/later")
