"""Sequences of requests at one receiver, each with its verdict and its claim (S11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from ..common.encode import Json
from ..common.requests import ACCESS_KEY, ASP_ID, SECRET, make_project, make_ring
from ..common.vector_file import Group, VectorFile
from ..common.wire import compute_mac
from ..exchange.calls import Call

DAY_S = 86_400


@dataclass(frozen=True)
class Sender:
    """A project that sends: the values of its requests."""

    asp_id: str = ASP_ID
    access_key: str = ACCESS_KEY
    secret: str = SECRET

    def project(self, ring: Json) -> Json:
        """Make the published form."""
        return make_project(
            aspId=self.asp_id, accessKey=self.access_key, secret=self.secret, ring=ring
        )


FIRST = Sender()
SECOND = Sender(
    "TESTPROVIDER002", "2b3c4d5-00112233445566778899aabbccddeeff", "another made-up secret"
)
SAME_SECRET = Sender("TESTPROVIDER003", "3c4d5e6-00112233445566778899aabbccddeeff")


@dataclass(frozen=True)
class Arrival:
    """A request, when it arrives, and what becomes of it.

    `claimed_id` is the crypto key id in the claim of an encrypted request. A request that is
    refused before its claim has `claims` False.
    """

    call: Call
    at: int
    stage: str | None = None
    sender: Sender = FIRST
    claimed_id: str | None = None
    claims: bool = True

    @property
    def scope(self) -> str:
        """What stands before the MAC in the bytes that are hashed (S11.1)."""
        if self.call.jwe is not None:
            return f"kmcrypto encrypted claim:{self.claimed_id or self.call.request.key_id}"
        if self.call.unique_body:
            return "kmcrypto unique claim:"
        correlation_id = self.call.request.correlation_id.lower()
        return f"kmcrypto plain claim:{self.sender.access_key}{correlation_id}"

    @property
    def hashed(self) -> bytes:
        """The bytes whose SHA-256 is the key of the claim."""
        return self.scope.encode() + compute_mac(self.sender.secret, self.call.request.body)

    def lifetime_s(self, settings: Json) -> int:
        """The lifetime of the claim (S11.4)."""
        if self.call.jwe is not None or self.call.unique_body:
            return int(settings["retentionS"])
        return max(1, 2 * int(settings["toleranceS"]))

    def verdict(self, settings: Json) -> Json:
        """Make the published form of what becomes of the request."""
        claim = None
        if self.claims:
            owner = sha256(f"kmcrypto owner:{self.sender.access_key}".encode())
            claim = {
                "key": sha256(self.hashed).hexdigest(),
                "lifetimeS": self.lifetime_s(settings),
                "owner": owner.hexdigest()[:16],
            }
        return {"stage": self.stage, "claim": claim}


def claims_group(
    file: VectorFile,
    role: str = "gateway",
    *,
    senders: Sequence[Sender] = (FIRST,),
    ring: Json | None = None,
    tolerance_s: int = 300,
    retention_s: int = DAY_S,
    any_key: bool = False,
) -> Group:
    """Begin a group of sequences for one receiver."""
    return file.group(
        role=role,
        projects=[sender.project(ring or make_ring()) for sender in senders],
        settings={"toleranceS": tolerance_s, "retentionS": retention_s, "anyKey": any_key},
    )


def add_sequence(
    group: Group, comment: str, flags: str, name: str, arrivals: Sequence[Arrival]
) -> None:
    """Add a sequence of requests."""
    settings = group.shared["settings"]
    group.positive(
        comment,
        flags,
        name=name,
        requests=[{"atMs": arrival.at, **arrival.call.inputs} for arrival in arrivals],
        outputs={"verdicts": [arrival.verdict(settings) for arrival in arrivals]},
        intermediate={
            "claimed": [arrival.hashed.hex() if arrival.claims else "" for arrival in arrivals]
        },
    )
