"""The claims that a receiver makes of requests, so that none is taken twice (S11)."""

from hashlib import sha256

from ..common.encode import Json
from ..common.requests import Request
from ..common.wire import compute_mac

RETENTION_S = 86_400


def make_claim(
    request: Request, party: Json, *, encrypted_to: str | None, unique_body: bool
) -> Json:
    """Make the claim of a request.

    Args:
        request: The request.
        party: What the cases of the receiver's group share.
        encrypted_to: The id of the crypto key that opens it, or None for a plain request.
        unique_body: Whether plain bodies of the API are unique.
    """
    mac = compute_mac(request.secret, request.body)
    access_key = request.access_key or party["project"]["accessKey"]
    lifetime_s = RETENTION_S
    if encrypted_to is not None:
        scope = f"kmcrypto encrypted claim:{first_id_of_pair(party, access_key, encrypted_to)}"
    elif unique_body:
        scope = "kmcrypto unique claim:"
    else:
        scope = f"kmcrypto plain claim:{access_key}{request.correlation_id.lower()}"
        lifetime_s = max(1, 2 * party["settings"]["toleranceS"])
    return {
        "key": sha256(scope.encode() + mac).hexdigest(),
        "lifetimeS": lifetime_s,
        "owner": sha256(f"kmcrypto owner:{access_key}".encode()).hexdigest()[:16],
    }


def first_id_of_pair(party: Json, access_key: str, key_id: str) -> str:
    """Find the first id in the project's ring that has the pair of this one (S5.2, S11.2)."""
    side = "client" if party["role"] == "callback-receiver" else "platform"
    projects = [party["project"], *party.get("otherProjects", [])]
    (project,) = [project for project in projects if project["accessKey"] == access_key]
    keys = project["ring"]["keys"]
    (pair,) = [key[side] for key in keys if key["id"] == key_id]
    first: str = next(key["id"] for key in keys if key[side] == pair)
    return first
