"""`kmcrypto decrypt`: decrypt a body, or a JWE alone, into its exact payload."""

from argparse import Namespace

from ..._core.forms import MAX_BODY
from ...keys.crypto_key import Side
from ..common.input_file import open_input, read_whole
from ..common.output_file import require_separate_outputs, write_output
from .message_keys import decrypt_token, find_for_token, read_token
from .project_source import find_ring, read_project

# By role: its own pair (S4.5).
_DECRYPTS_WITH = {"client": Side.CLIENT, "gateway": Side.PLATFORM}


def run(args: Namespace) -> int:
    """Run the command and return its exit status."""
    with open_input(args.input) as (file, _):
        require_separate_outputs(
            [file.fileno(), args.keys, args.passphrase_file, args.key_file], args.out
        )
        token = read_token(read_whole(file, args.input, MAX_BODY))
    ring = find_ring(read_project(args))
    key = find_for_token(ring, token, args.crypto_key, accept_inactive=args.accept_inactive)
    write_output(args.out, decrypt_token(token, key, _DECRYPTS_WITH[args.role]))
    return 0
