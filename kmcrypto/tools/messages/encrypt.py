"""`kmcrypto encrypt`: encrypt a payload into a body."""

from argparse import Namespace

from ..._core.forms import MAX_BODY
from ..._core.strict_json import write_json
from ...keys.crypto_key import Side
from ..common.input_file import open_input, read_whole
from ..common.output_file import require_separate_outputs, write_output
from .message_keys import encrypt_body, find_by_id
from .project_source import find_ring, read_project

# By role: the pair of the other side (S4.5).
_ENCRYPTS_TO = {"client": Side.PLATFORM, "gateway": Side.CLIENT}


def run(args: Namespace) -> int:
    """Run the command and return its exit status."""
    with open_input(args.input) as (file, _):
        require_separate_outputs(
            [file.fileno(), args.keys, args.passphrase_file, args.key_file], args.out
        )
        payload = read_whole(file, args.input, MAX_BODY)
    ring = find_ring(read_project(args))
    key = ring.primary if args.crypto_key is None else find_by_id(ring, args.crypto_key)
    body = encrypt_body(payload, key, _ENCRYPTS_TO[args.role], args.enc, kid=args.kid)
    if args.json:
        body = write_json({"crypto_key_id": key.id, "body": body.decode()}) + b"\n"
    write_output(args.out, body)
    return 0
