"""The command line of `kmcrypto diagnose`, apart from it so that `--help` loads no keys."""

import argparse
from pathlib import Path
from typing import Any

from ..common.command_parser import add_command
from ..common.moment_argument import parse_moment
from ..common.number_argument import integer_between
from ..keys.arguments import add_credential_options

_MAX_ENTRY = 1_000_000
_DETAILS = """\
FILE holds a request, an answer, or both, as HTTP text, a curl command line or configuration, the
output of `curl -v` (with --body), HAR, or JSON of headers and body; so all that `kmcrypto sign`
writes. What is found comes with the most likely first, each with the one change that mends it.
Neither a secret nor a payload is printed.

Keys come from a sealed file (--keys), else from the variables that begin with KONAPLATE_. The
secret key alone, from --secret-file or KONAPLATE_SECRET_KEY, is enough to compare the MAC. Without
any, the command says what can be seen, and what to ask the partner for.
"""
_EXAMPLES = """
kmcrypto diagnose request.txt --at 2026-11-23T09:15:10+09:00
kmcrypto diagnose --keys project.kmsp --entry 3 recording.har
kmcrypto sign --plain payload.json | kmcrypto diagnose --at now -
pbpaste | kmcrypto diagnose --secret-file secret.txt --json -
"""


def add_diagnose(commands: Any) -> None:
    """Add `diagnose` to the sub-commands of `kmcrypto`."""
    parser = add_command(
        commands,
        "diagnose",
        "say what is wrong with a request or an answer, and what mends it",
        details=_DETAILS,
        examples=_EXAMPLES,
    )
    parser.add_argument("file", metavar="FILE", help="the recording; - is standard input")
    _add_files(parser)
    _add_facts(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def _add_files(parser: argparse.ArgumentParser) -> None:
    files: tuple[tuple[str, str], ...] = (
        ("--body", "a file with the exact bytes of the request's body"),
        ("--payload", "a file with the JSON that the body was meant to hold"),
        ("--keys", "a sealed project file"),
        ("--secret-file", "a file with the secret key"),
    )
    for option, text in files:
        parser.add_argument(option, type=Path, metavar="F", help=text)
    parser.add_argument(
        "--earlier",
        type=Path,
        metavar="F",
        action="append",
        default=[],
        help="a recording of an earlier request; may be repeated",
    )
    add_credential_options(parser)


def _add_facts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--at",
        type=parse_moment,
        metavar="TIME",
        help="when the request was received: now, or ISO 8601 with an offset",
    )
    parser.add_argument(
        "--entry",
        type=integer_between(1, _MAX_ENTRY),
        metavar="N",
        help="the entry of a HAR, from 1 (default: the last one with X-KM-* headers)",
    )
    for name, subject in (("request", "requests"), ("answer", "answers")):
        parser.add_argument(
            f"--{name}-is",
            choices=["encrypted", "plain"],
            help=f"whether this API's {subject} are encrypted",
        )
    parser.add_argument(
        "--zone",
        metavar="ZONE",
        action="append",
        default=[],
        help="a further zone, such as ICT+07:00; may be repeated",
    )
    parser.add_argument(
        "--callback", action="store_true", help="the request is a callback of the platform's"
    )
