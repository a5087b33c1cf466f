"""The command line of `kmcrypto sandbox`, apart from the command so that `--help` loads no keys."""

from pathlib import Path
from typing import Any

from ..common.command_parser import add_command
from ..common.number_argument import integer_between

DEFAULT_PORT = 8080
_LAST_PORT = 65_535
# Those of kmcrypto.testing, which loads keys.
FAULTS = (
    *("bad-tag", "wrong-key", "clear-answer", "unknown-key-id", "other-id", "no-id", "not-json"),
    *("empty", "html-502", "stale", "replayed"),
    *("000_002", "000_003", "000_015", "006_001", "006_002", "006_003", "006_031"),
)
_DETAILS = """\
The program that is tried may be written in any language.

Requests are verified, decrypted and answered as a gateway does it; the result
follows from the card number. The settings of a program that calls it are
printed as lines of a shell: the variables that Project.from_env reads, and a
first call. Standard error gets a line for each request, which says what is
wrong with it.

It is not the platform, and its keys are made up and the same for everybody: use
no real card numbers.
"""
_EXAMPLES = """
kmcrypto sandbox --env sandbox.env      # in one terminal
. ./sandbox.env                         # in another, before the program starts
kmcrypto sandbox --fault bad-tag
kmcrypto sandbox --callback http://127.0.0.1:9000/callback
"""
_NOTES = """\
The faults are bad-tag, wrong-key, clear-answer, unknown-key-id, other-id, no-id, not-json,
empty, html-502, stale and replayed, and the result codes 000_002, 000_003, 000_015, 006_001,
006_002, 006_003 and 006_031.

Ctrl-C or SIGTERM ends it with status 0.
"""


def add_sandbox(commands: Any) -> None:
    """Add `sandbox` to the sub-commands of `kmcrypto`."""
    sandbox = add_command(
        commands,
        "sandbox",
        "run the platform's token API on a loopback port, to try a program against",
        details=_DETAILS,
        examples=_EXAMPLES,
        notes=_NOTES,
    )
    sandbox.add_argument(
        "--port",
        type=integer_between(0, _LAST_PORT),
        default=DEFAULT_PORT,
        metavar="N",
        help=f"the port to listen on; 0: any free one (default: {DEFAULT_PORT})",
    )
    sandbox.add_argument(
        "--env",
        type=Path,
        metavar="FILE",
        help="write the settings to this file as soon as calls are taken, and do not print them",
    )
    sandbox.add_argument(
        "--fault",
        choices=FAULTS,
        metavar="FAULT",
        help="answer each right call of the token API wrongly, as said below",
    )
    sandbox.add_argument(
        "--callback",
        metavar="URL",
        help="where POST /sandbox/callback sends callbacks; the URL must be on loopback",
    )
    sandbox.add_argument(
        "--address",
        default="127.0.0.1",
        metavar="IP",
        help="the address to listen on (default: 127.0.0.1)",
    )
    sandbox.add_argument(
        "--allow-other-machines",
        action="store_true",
        help="let --address be one that other machines reach; all who reach it can call the "
        "sandbox and make it send callbacks, as everybody has its keys",
    )
