"""Well-formed tokens with another MAC, and the time, which the MAC does not cover."""

from base64 import b64decode

from ..common.encode import as_text, b64, flip_bit, sha256_hex
from ..common.errors import SIGNATURE_MISMATCH
from ..common.vector_file import Case, Group
from ..common.wire import compute_mac
from .maker import BODY, BODY_TEXT, HEAD, MAC, MAC_TEXT, SECRET, positive_token

DOCUMENTED_SAMPLE = "KMV1:20221108120814608:uLD+mU8mz9K95neGiSJTSsF3zzAQJglCggZAOSs5Fkg="
WRONG_MACS = {
    "the first bit flipped": flip_bit(MAC, 0, 0x80),
    "the last bit flipped": flip_bit(MAC, 31),
    "a byte in the middle changed": flip_bit(MAC, 15, 0xFF),
    "zeros": bytes(32),
    "under an empty secret": compute_mac("", BODY),
    "the MAC of no body": compute_mac(SECRET, b""),
    "the bytes reversed": MAC[::-1],
    "under the secret in lower case": compute_mac(SECRET.lower(), BODY),
    "secret and body exchanged": compute_mac(BODY, SECRET.encode()),
    "under the secret and a line feed": compute_mac(SECRET + "\n", BODY),
    "under another secret": compute_mac("Another-secret", BODY),
    # All letters but the last, which would have bits beyond the MAC.
    "the letters of its base64 in the other case": b64decode(
        MAC_TEXT[:42].swapcase() + MAC_TEXT[42:]
    ),
}
PLAIN_HASHES = {
    "secret then body": SECRET.encode() + BODY,
    "body then secret": BODY + SECRET.encode(),
}


def add_wrong_macs(group: Group, base: Case) -> None:
    """Add well-formed tokens with another MAC, and other times, which the MAC does not cover."""
    body = as_text(BODY_TEXT)
    other_time = "20200101000000000"
    positive_token(group, "the MAC of a body under another time", "NotCovered", body, other_time)
    sample_time = DOCUMENTED_SAMPLE[5:22]
    comment = "a token at the time of the documents' sample"
    at_sample_time = positive_token(group, comment, "Normal", body, sample_time, rule="S3.4")
    comment = "the documents' sample, whose secret nobody knows"
    group.negative(
        at_sample_time,
        comment,
        "WrongMac",
        SIGNATURE_MISMATCH,
        rule="S3.4",
        token=DOCUMENTED_SAMPLE,
    )
    for comment, mac in WRONG_MACS.items():
        group.negative(
            base,
            f"the MAC: {comment}",
            "WrongMac",
            SIGNATURE_MISMATCH,
            token=HEAD + b64(mac),
            intermediate={"mac": mac.hex()},
        )
    for reason, hashed in PLAIN_HASHES.items():
        token = HEAD + b64(bytes.fromhex(sha256_hex(hashed)))
        comment = f"the MAC: SHA-256 of {reason}"
        group.negative(base, comment, "LengthExtension", SIGNATURE_MISMATCH, token=token)
    add_macs_with_a_nul(group)


def add_macs_with_a_nul(group: Group) -> None:
    """Add a MAC whose first byte is NUL, where a comparison of C strings ends, and another such."""
    body = find_body_of_mac_with_a_nul()
    base = positive_token(group, "a MAC that begins with a NUL", "WrongMac", as_text(body))
    mac = compute_mac(SECRET, body.encode())
    other_mac = mac[:1] + flip_bit(mac[1:], 0, 0xFF)
    group.negative(
        base,
        "the MAC: a NUL as in the right one, other bytes behind it",
        "WrongMac",
        SIGNATURE_MISMATCH,
        token=HEAD + b64(other_mac),
        intermediate={"mac": other_mac.hex()},
    )


def find_body_of_mac_with_a_nul() -> str:
    """Find a body whose MAC begins with a NUL."""
    for number in range(9_999):
        body = f'{{"number":{number}}}'
        if compute_mac(SECRET, body.encode())[0] == 0:
            return body
    raise LookupError("no such body")
