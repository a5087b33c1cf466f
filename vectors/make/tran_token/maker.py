"""The token that is the base of most cases, and the way to add a positive case."""

from ..common.encode import Json, b64, read_bytes, sha256_hex
from ..common.vector_file import Case, Group
from ..common.wire import compute_mac, make_token

TIME = "20261123091509123"
SECRET = "Made-up-secret-0123456789"
BODY_TEXT = '{"cardNo":"0000111122223333","type":"ATM","amount":1500}'
BODY = BODY_TEXT.encode()
MAC = compute_mac(SECRET, BODY)
MAC_TEXT = b64(MAC)
HEAD = f"KMV1:{TIME}:"
TOKEN = HEAD + MAC_TEXT


def positive_token(
    group: Group, comment: str, flags: str, body: Json, time: str = TIME, rule: str | None = None
) -> Case:
    """Add the right token of a body, under the group's secret."""
    secret = group.shared["secret"]
    raw = read_bytes(body)
    return group.positive(
        comment,
        flags,
        rule=rule,
        operation="verify",
        token=make_token(secret, time, raw),
        body=body,
        outputs={"time": time},
        intermediate={"bodySha256": sha256_hex(raw), "mac": compute_mac(secret, raw).hex()},
    )
