"""Callbacks (S10): the provider receives them, the platform opens their answers."""

from ..common.base import Json, compact
from ..common.book import Book, Group
from ..common.parties import (
    ACCESS_KEY,
    FIRST,
    KEY_ID,
    NEXT,
    NEXT_ID,
    NOW,
    UNKNOWN_ID,
    Pairs,
    Request,
    ring,
)
from .maker import (
    SUCCESS,
    Answer,
    Call,
    fault,
    good,
    party,
    plain,
    read,
    sealed,
    sealed_answer,
    told,
    unread,
)
from .notes import (
    DECRYPT,
    INACTIVE,
    MISMATCH,
    REPLAYED,
    RESULT,
    UNEXPECTED,
    UNKNOWN,
    WRONG,
)

PAYLOAD: Json = {"event": "approved", "amount": 1500}
OLD_SECRET = "made-up secret from before the rotation"


def add(made: Book) -> None:
    """All of them."""
    receivers(made)
    secrets(made)
    rings(made)
    openers(made)


def receivers(made: Book) -> None:
    """The provider's side, with one key."""
    group = made.group(**party("callback-receiver"))
    open_call = plain("exchange/callback/1", PAYLOAD, access_key=None)
    twin = good(group, "a plain callback", "Callback", "S10.1", open_call)
    fault(
        group,
        twin,
        "a plain callback with an access key",
        "Callback",
        "S10.1",
        "headers unexpected-header",
        open_call.on(access_key=ACCESS_KEY),
    )
    call = sealed("exchange/callback/2", PAYLOAD, "client_2048", access_key=None)
    closed = good(
        group,
        "an encrypted callback that names the first key",
        "Callback",
        "S10.3",
        call,
        key="client_2048",
    )
    unnamed = sealed("exchange/callback/3", PAYLOAD, "client_2048", access_key=None, key_id=None)
    good(
        group,
        "an encrypted callback that names no key",
        "CallbackKey",
        "S10.3",
        unnamed,
        key="client_2048",
        opened_by=KEY_ID,
    )
    fault(
        group,
        closed,
        "an encrypted callback that names an unknown key",
        "CallbackKey",
        "S10.3",
        UNKNOWN,
        call.on(key_id=UNKNOWN_ID),
    )
    crossed(group, twin, open_call, closed, call)
    reflected(group, closed)


def reflected(group: Group, closed: Json) -> None:
    """One's own requests, sent back."""
    good(
        group,
        "one's own plain request, without its access key",
        "Reflection",
        "S10.4",
        plain("exchange/plain/1", {"userId": "kim", "amount": 1500}, access_key=None),
    )
    own = sealed("exchange/callback/2", PAYLOAD, access_key=None)
    fault(
        group,
        closed,
        "one's own encrypted request, without its access key",
        "Reflection",
        "S10.4",
        DECRYPT,
        own,
    )


def crossed(group: Group, twin: Json, open_call: Call, closed: Json, call: Call) -> None:
    """Callbacks of the other kind, of another time or sender, and copies."""
    fault(
        group,
        closed,
        "a plain callback where an encrypted one is due",
        "Protection",
        "S4.8",
        WRONG,
        call.on(body=call.plaintext),
    )
    fault(
        group,
        twin,
        "an encrypted callback where a plain one is due",
        "Protection",
        "S4.8",
        WRONG,
        open_call.on(body=call.request.body),
    )
    fault(
        group,
        closed,
        "an encrypted callback comes again",
        "Replay",
        "S3.6",
        REPLAYED,
        before=(call,),
    )
    fault(
        group, twin, "a plain callback comes again", "Replay", "S3.6", REPLAYED, before=(open_call,)
    )
    others(group, twin, open_call)


def others(group: Group, twin: Json, open_call: Call) -> None:
    """Callbacks of another time or sender."""
    fault(
        group,
        twin,
        "a callback of a day ago",
        "Tolerance",
        "S3.6",
        "time time-out-of-tolerance",
        open_call.on(at=NOW - 86_400_000),
    )
    fault(
        group,
        twin,
        "a callback under another secret",
        "CallbackSecret",
        "S10.2",
        MISMATCH,
        open_call.on(secret="another secret"),
    )
    fault(
        group,
        twin,
        "a callback for another asp id",
        "Sender",
        "S3.6",
        MISMATCH,
        open_call.on(asp_id="TESTPROVIDER002"),
    )


def secrets(made: Book) -> None:
    """Which secret signs is written nowhere: candidates."""
    call = plain("exchange/callback/4", PAYLOAD, access_key=None)
    both = made.group(**party("callback-receiver", {"callbackSecrets": [OLD_SECRET]}))
    good(both, "under the project's own secret, with a candidate", "CallbackSecret", "S10.2", call)
    old = good(both, "under the candidate", "CallbackSecret", "S10.2", call.on(secret=OLD_SECRET))
    fault(
        both, old, "under neither", "CallbackSecret", "S10.2", MISMATCH, call.on(secret="neither")
    )
    alone = made.group(**party("callback-receiver"))
    fault(
        alone, old, "under an old secret that is no candidate", "CallbackSecret", "S10.2", MISMATCH
    )
    inactive = made.group(**party("callback-receiver", state="inactive"))
    active = good(alone, "under the project's own secret", "CallbackSecret", "S10.2", call)
    fault(inactive, active, "the project key is inactive", "ProjectState", "S5.1", INACTIVE)


def rings(made: Book) -> None:
    """The first issued, unless any key is allowed."""
    first = sealed("exchange/callback/5", PAYLOAD, "client_2048", access_key=None)
    second = sealed(
        "exchange/callback/6", PAYLOAD, "next_client_2048", access_key=None, key_id=NEXT_ID
    )
    both = ring(FIRST, NEXT)
    group = made.group(**party("callback-receiver", ring=both))
    twin = good(
        group,
        "the first issued, which is not primary",
        "CallbackKey",
        "S10.3",
        first,
        key="client_2048",
    )
    any_key = made.group(**party("callback-receiver", {"anyKey": True}, ring=both))
    allowed = good(
        any_key,
        "the second, where any key is allowed",
        "CallbackKey",
        "S10.3",
        second,
        key="next_client_2048",
    )
    fault(group, allowed, "the second key", "CallbackKey", "S10.3", UNKNOWN)
    fault(
        any_key,
        allowed,
        "the second key is named, the first was used",
        "CallbackKey",
        "S10.3",
        DECRYPT,
        first.on(key_id=NEXT_ID, label="exchange/callback/6"),
    )
    resting = made.group(
        **party("callback-receiver", ring=ring({**FIRST, "state": "inactive"}, NEXT))
    )
    fault(resting, twin, "the first issued is inactive", "Rotation", "S5.1", INACTIVE)
    gone = made.group(
        **party("callback-receiver", ring=ring({**FIRST, "state": "discarded"}, NEXT))
    )
    fault(gone, twin, "the first issued is discarded", "Rotation", "S5.1", UNKNOWN)


def openers(made: Book) -> None:
    """The platform's side: answers to callbacks are for the platform's key."""
    group = made.group(**party("callback-opener"))
    pairs = Request(b"", "exchange/callback/7", access_key=None, key_id=KEY_ID).pairs
    answer: Answer = sealed_answer("exchange/callback/8", pairs, SUCCESS, "platform_2048")
    closed = read(
        group, "an encrypted answer to a callback", "Callback", "S10.1", answer, "platform_2048"
    )
    unread(
        group,
        closed,
        "it is encrypted to the client's key",
        "BrokenJwe",
        "S4.5",
        DECRYPT,
        sealed_answer("exchange/callback/9", pairs, SUCCESS),
    )
    unread(
        group,
        closed,
        "plain success where an encrypted answer is due",
        "Protection",
        "S4.8",
        WRONG,
        answer._replace(body=answer.plaintext),
    )
    open_answers(group, pairs, answer)


def open_answers(group: Group, pairs: Pairs, answer: Answer) -> None:
    """Plain answers, and errors, which are plain, too."""
    open_answer = told(pairs, SUCCESS)
    twin = read(group, "a plain answer to a callback", "Callback", "S10.1", open_answer)
    unread(
        group,
        twin,
        "an encrypted answer where a plain one is due",
        "Protection",
        "S4.8",
        WRONG,
        told(pairs, answer.body),
    )
    refused = compact({"response": {"code": "000_002", "description": "no"}})
    unread(
        group,
        twin,
        "a provider's error",
        "Result",
        "S6.1",
        RESULT,
        open_answer._replace(body=refused, status=400),
        resultCode="000_002",
    )
    unread(
        group,
        twin,
        "a page",
        "NoResult",
        "S4.8",
        UNEXPECTED,
        open_answer._replace(body=b"<html></html>"),
    )
