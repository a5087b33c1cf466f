"""The steps of a Gateway and of a CallbackReceiver (S12): each alone, and each pair of them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import Any

from ..common.encode import Json, flip_bit
from ..common.errors import (
    BODY_TOO_LARGE,
    DECRYPTION_FAILED,
    DUPLICATE_HEADER,
    EMPTY_BODY,
    INACTIVE_KEY,
    MALFORMED_HEADER,
    MALFORMED_PAYLOAD,
    MALFORMED_TOKEN,
    MISSING_HEADER,
    REPLAYED,
    SIGNATURE_MISMATCH,
    TIME_OUT_OF_TOLERANCE,
    TIMES_DISAGREE,
    UNEXPECTED_HEADER,
    UNKNOWN_CRYPTO_KEY,
    WRONG_PROTECTION,
)
from ..common.jwe import HEADER, header_with, make_jwe
from ..common.requests import (
    ACCESS_KEY,
    ASP_ID_HEADER,
    DAY_MS,
    KEY_ID,
    NOW_MS,
    OTHER_ACCESS_KEY,
    OTHER_ASP_ID,
    UNKNOWN_KEY_ID,
    ZONE_HEADER,
    Headers,
    Request,
    with_header,
)
from ..common.vector_file import Group, VectorFile
from ..exchange.calls import PLAINTEXT, Call, call_around, plain_call
from ..exchange.claims import make_claim
from ..exchange.parties import party_group
from .maker import Fault, Made, Role

PAIRS = {"gateway": "platform_2048", "callback-receiver": "client_2048"}
NO_JSON = b'{"userId":"kim"'
SMALL = 10  # bytes: every body here is longer, but for an empty one
LATER_MS = 6_000  # more than tran time and token may be apart


@dataclass
class RequestDraft:
    """A request, and the settings of its receiver, to which faults are added.

    `copied` says that the request was taken before, without those faults that come before the
    claim. `plain` makes a plain request, whose answer is encrypted.
    """

    role: str
    plain: bool = False
    copied: bool = False
    header: bytes = HEADER
    plaintext: bytes = PLAINTEXT
    is_tag_wrong: bool = False
    body: bytes | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    edits: list[Callable[[Headers], Headers]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    late_error: str | None = None

    @property
    def access_key(self) -> str | None:
        """The access key of a sound request."""
        return ACCESS_KEY if self.role == "gateway" else None

    def call(self) -> Call:
        """Make the request without the faults of its headers."""
        label = f"order/{self.role}/1"
        if self.plain:
            request = Request(self.plaintext, label, access_key=self.access_key)
            call = replace(plain_call(request), answer_encrypted=True)
            return call.with_request(key_id=KEY_ID)
        jwe = make_jwe(label, self.plaintext, self.header, PAIRS[self.role])
        if self.is_tag_wrong:
            jwe = replace(jwe, tag=flip_bit(jwe.tag, 0))
        return call_around(jwe, label, self.plaintext, access_key=self.access_key)

    def inputs(self) -> Json:
        """Make the inputs of a case."""
        sound = self.call()
        changes = dict(self.changes)
        if self.copied:  # under the same correlation id, whatever the times are
            changes["own_id"] = sound.request.correlation_id
        if self.body is not None:
            changes["body"] = self.body
        call = sound.with_request(**changes)
        inputs = call.inputs
        for edit in self.edits:
            inputs["headers"] = edit(inputs["headers"])
        before = [replace(sound, refused_at=self.late_error).as_earlier] if self.copied else []
        return {**inputs, "before": before}


# --- Faults, in the order of their steps ----------------------------------------------------------


def limit_size(draft: RequestDraft) -> None:
    """A body over the limit."""
    draft.settings["max_body"] = SMALL


def empty_body(draft: RequestDraft) -> None:
    """No body."""
    draft.body = b""


def wrong_presence(draft: RequestDraft) -> None:
    """A request without its access key, or a callback with one."""
    draft.changes["access_key"] = None if draft.role == "gateway" else ACCESS_KEY


def repeat_zone(draft: RequestDraft) -> None:
    """A header that comes twice."""
    draft.edits.append(lambda headers: [*headers, [ZONE_HEADER, "KST"]])


def wrong_asp_id_form(draft: RequestDraft) -> None:
    """An asp id of another form."""
    draft.edits.append(lambda headers: with_header(headers, ASP_ID_HEADER, "TESTPROVIDER"))


def wrong_key_id_form(draft: RequestDraft) -> None:
    """A crypto key id of another form."""
    draft.changes["key_id"] = "0123"


def wrong_id_form(draft: RequestDraft) -> None:
    """A correlation id of another form."""
    draft.changes["own_id"] = "261123091509123-0a1b2c3"


def cut_token(draft: RequestDraft) -> None:
    """A token without the padding of its MAC."""
    draft.edits.append(cut_token_header)


def cut_token_header(headers: Headers) -> Headers:
    """Leave out the last character of the token."""
    return [[name, value[:-1] if name == "X-KM-Tran-Token" else value] for name, value in headers]


def times_apart(draft: RequestDraft) -> None:
    """A tran time that is not the token's."""
    draft.changes["tran_time_at"] = draft.changes.get("at", NOW_MS) + LATER_MS


def other_secret(draft: RequestDraft) -> None:
    """Another secret."""
    draft.changes["secret"] = "another secret"


def other_asp_id(draft: RequestDraft) -> None:
    """The asp id of another provider."""
    draft.changes["asp_id"] = OTHER_ASP_ID


def other_access_key(draft: RequestDraft) -> None:
    """An access key that nobody has."""
    draft.changes["access_key"] = OTHER_ACCESS_KEY


def discard_project_key(draft: RequestDraft) -> None:
    """A project key that was discarded."""
    draft.settings["state"] = "discarded"


def deactivate_project_key(draft: RequestDraft) -> None:
    """A project key that is inactive."""
    draft.settings["state"] = "inactive"


def day_ago(draft: RequestDraft) -> None:
    """A request of a day ago."""
    draft.changes["at"] = NOW_MS - DAY_MS
    if "tran_time_at" in draft.changes:
        draft.changes["tran_time_at"] -= DAY_MS


def plain_body(draft: RequestDraft) -> None:
    """A plain body where an encrypted one is due."""
    draft.body = PLAINTEXT


def no_json_body(draft: RequestDraft) -> None:
    """A body that is no JSON."""
    draft.body = NO_JSON


def unknown_crypto_key(draft: RequestDraft) -> None:
    """The id of no crypto key."""
    draft.changes["key_id"] = UNKNOWN_KEY_ID


def taken_before(draft: RequestDraft) -> None:
    """A request that was taken before."""
    draft.copied = True


def wrong_tag(draft: RequestDraft) -> None:
    """A JWE with another tag."""
    draft.is_tag_wrong = True
    draft.late_error = draft.late_error or "decrypt"


def other_kid(draft: RequestDraft) -> None:
    """A JWE with another kid, which decrypts but for that."""
    draft.header = header_with({"kid": UNKNOWN_KEY_ID})
    draft.late_error = "decrypt"


def no_json_payload(draft: RequestDraft) -> None:
    """A plaintext that is no JSON."""
    draft.plaintext = NO_JSON
    draft.late_error = draft.late_error or "payload"


Steps = list[Fault[RequestDraft]]

SIZE = Fault("size", "a body over the limit", BODY_TOO_LARGE, limit_size)
EMPTY = Fault("size", "no body", EMPTY_BODY, empty_body)
TOKEN = Fault("token", "a token of another form", MALFORMED_TOKEN, cut_token)
TRAN_TIME = Fault("tran-time", "a tran time 6 s from the token's", TIMES_DISAGREE, times_apart)
SENDER = Fault("sender", "a MAC under another secret", SIGNATURE_MISMATCH, other_secret)
ASP_ID = Fault("sender", "another asp id", SIGNATURE_MISMATCH, other_asp_id)
UNKNOWN_SENDER = Fault("sender", "an unknown access key", SIGNATURE_MISMATCH, other_access_key)
DISCARDED = Fault("sender", "a discarded project key", SIGNATURE_MISMATCH, discard_project_key)
STATE = Fault("project-state", "an inactive project key", INACTIVE_KEY, deactivate_project_key)
TOLERANCE = Fault("tolerance", "a time of a day ago", TIME_OUT_OF_TOLERANCE, day_ago)
ENVELOPE = Fault("envelope", "a plain body for an encrypted one", WRONG_PROTECTION, plain_body)
NO_JSON_BODY = Fault("envelope", "a body that is no JSON", MALFORMED_PAYLOAD, no_json_body)
CRYPTO_KEY = Fault("crypto-key", "an unknown crypto key id", UNKNOWN_CRYPTO_KEY, unknown_crypto_key)
CLAIM = Fault("claim", "a request that was taken before", REPLAYED, taken_before)
TAG = Fault("decrypt", "a JWE with another tag", DECRYPTION_FAILED, wrong_tag)
KID = Fault("decrypt", "a JWE with another kid", DECRYPTION_FAILED, other_kid)
PAYLOAD = Fault("payload", "a plaintext that is no JSON", MALFORMED_PAYLOAD, no_json_payload)

OTHER_HEADER_FAULTS = {
    "asp-id-form": Fault(
        "headers", "an asp id of another form", MALFORMED_HEADER, wrong_asp_id_form
    ),
    "key-id-form": Fault(
        "headers", "a crypto key id of another form", MALFORMED_HEADER, wrong_key_id_form
    ),
    "correlation-id-form": Fault(
        "headers", "a correlation id of another form", MALFORMED_HEADER, wrong_id_form
    ),
    "twice": Fault("headers", "a time zone that comes twice", DUPLICATE_HEADER, repeat_zone),
}
OTHER_SENDER_FAULTS = {
    "asp-id": ASP_ID,
    "unknown": UNKNOWN_SENDER,
    "discarded": DISCARDED,
}

# Pairs that cannot be: a body that is no envelope has no JWE; and a request that was taken before
# had a body of allowed size, and an active key; with another body it is another request.
IMPOSSIBLE = {
    ("envelope", "claim"),
    ("envelope", "decrypt"),
    ("envelope", "payload"),
    ("size", "claim"),
    ("project-state", "claim"),
}


def steps_of(role: str) -> Steps:
    """List a fault for each step of a receiver."""
    presence = Fault("headers", "no access key", MISSING_HEADER, wrong_presence)
    if role == "callback-receiver":
        presence = Fault("headers", "an access key", UNEXPECTED_HEADER, wrong_presence)
    return [
        SIZE,
        presence,
        TOKEN,
        TRAN_TIME,
        SENDER,
        STATE,
        TOLERANCE,
        ENVELOPE,
        CRYPTO_KEY,
        CLAIM,
        TAG,
        PAYLOAD,
    ]


def add_receiver(file: VectorFile, role: str) -> None:
    """Add every step of a receiver alone, and every pair of them that can be."""
    groups: dict[str, Group] = {}
    make = partial(make_request, file, groups)
    cases: Role[RequestDraft] = Role(role, partial(RequestDraft, role), make)
    steps = steps_of(role)
    for fault in steps:
        cases.add_alone(fault)
    for first, second in combinations(steps, 2):
        if (first.step, second.step) not in IMPOSSIBLE:
            cases.add_pair(*fitted(first, second))
    plain: Role[RequestDraft] = Role(f"plain-{role}", partial(RequestDraft, role, plain=True), make)
    plain.add_alone(CRYPTO_KEY)
    plain.add_alone(CLAIM)
    plain.add_pair(CRYPTO_KEY, CLAIM)
    add_variants(cases, role)


def fitted(
    first: Fault[RequestDraft], second: Fault[RequestDraft]
) -> tuple[Fault[RequestDraft], Fault[RequestDraft]]:
    """Choose another fault of the same step where these two would be one.

    A MAC under another secret is another claim; behind another tag, no plaintext is read by anyone.
    """
    if (first.step, second.step) == ("sender", "claim"):
        first = ASP_ID
    if (first.step, second.step) == ("decrypt", "payload"):
        first = KID
    return first, second


def add_variants(cases: Role[RequestDraft], role: str) -> None:
    """Add the other faults of some steps, each with one of the step behind it."""
    cases.add_alone(EMPTY, "empty-body")
    cases.add_pair(EMPTY, TOKEN, "empty-body-before-token")
    for name, fault in OTHER_HEADER_FAULTS.items():
        cases.add_alone(fault, name)
        cases.add_pair(fault, TOKEN, f"{name}-before-token")
        cases.add_pair(fault, TRAN_TIME, f"{name}-before-tran-time")
    for name, fault in OTHER_SENDER_FAULTS.items():
        if role == "callback-receiver" and fault is not ASP_ID:
            continue  # a callback has no access key, and no receiver a project key of that state
        cases.add_alone(fault, name)
        cases.add_pair(fault, TOLERANCE, f"{name}-before-tolerance")
    cases.add_pair(ASP_ID, STATE, "asp-id-before-project-state")
    cases.add_alone(NO_JSON_BODY, "no-json")
    cases.add_pair(TOLERANCE, NO_JSON_BODY, "tolerance-before-no-json")
    cases.add_pair(NO_JSON_BODY, CRYPTO_KEY, "no-json-before-crypto-key")
    cases.add_alone(KID, "kid")


def make_request(file: VectorFile, groups: dict[str, Group], draft: RequestDraft) -> Made:
    """Make the case of a draft, in the group of its receiver."""
    group = group_of(file, groups, draft.role, draft.settings)
    call = draft.call()
    key_id = call.request.key_id
    outputs = {
        "payload": PLAINTEXT.decode(),
        "cryptoKeyId": key_id,
        "replayProtected": not draft.plain,
        "claim": make_claim(
            call.request,
            group.shared,
            encrypted_to=None if draft.plain else key_id,
            unique_body=False,
        ),
    }
    return Made(group, draft.inputs(), outputs)


def group_of(
    file: VectorFile, groups: dict[str, Group], role: str, settings: dict[str, Any]
) -> Group:
    """Find the group of a party with these settings, or begin it."""
    key = repr(sorted(settings.items()))
    if key not in groups:
        groups[key] = party_group(file, role, **settings)
    return groups[key]


# --- Refusals that look alike ---------------------------------------------------------------------


def add_alike(file: VectorFile, role: str) -> None:
    """Add the refusals that a stranger can provoke, and those of JWEs that do not open."""
    group = party_group(file, role, max_body=2_000)
    strangers = [EMPTY, steps_of(role)[1], *OTHER_HEADER_FAULTS.values()]
    strangers += [TOKEN, TRAN_TIME, SENDER, ASP_ID]
    if role == "gateway":
        strangers.append(UNKNOWN_SENDER)
    requests = [refused(role, fault) for fault in strangers]
    long_body = {"repeat": {"hex": "20", "times": 2_001}}
    requests.append({**requests[0], "body": long_body})
    group.positive(
        f"{role}: everything that comes before the MAC was found right",
        "Alike",
        name=f"{role}/alike-before-the-mac",
        requests=requests,
        outputs={"alike": True},
    )
    group.positive(
        f"{role}: JWEs that do not open, whatever the reason",
        "Alike",
        name=f"{role}/alike-jwes",
        requests=[refused(role, fault) for fault in (TAG, KID, ZIP, FIELD, OTHER_PAIR)],
        outputs={"alike": True},
    )


def refused(role: str, fault: Fault[RequestDraft]) -> Json:
    """Make a request with one fault, and the stage that refuses it."""
    draft = RequestDraft(role)
    fault.apply(draft)
    inputs = draft.inputs()
    del inputs["before"]
    return {**inputs, "stage": fault.error.stage}


def with_zip(draft: RequestDraft) -> None:
    """A JWE that is compressed, it says."""
    draft.header = header_with({"zip": "DEF"})


def with_path(draft: RequestDraft) -> None:
    """A field in a message's place."""
    draft.header = header_with({"km-path": "$['cardNo']"})


def for_other_pair(draft: RequestDraft) -> None:
    """A JWE for the key of the other side."""
    label = f"order/{draft.role}/2"
    other = PAIRS["callback-receiver" if draft.role == "gateway" else "gateway"]
    jwe = make_jwe(label, draft.plaintext, draft.header, other)
    draft.body = call_around(jwe, label, draft.plaintext).request.body


ZIP = Fault("decrypt", "a JWE with zip", DECRYPTION_FAILED, with_zip)
FIELD = Fault("decrypt", "a field in a message's place", DECRYPTION_FAILED, with_path)
OTHER_PAIR = Fault("decrypt", "a JWE for another key", DECRYPTION_FAILED, for_other_pair)
