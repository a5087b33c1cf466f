"""The `kmcrypto` command.

What a person can put right ends in one line on standard error and the status 1 (2 where something that was to be
checked can't be read), never in a traceback. Arguments that are not understood are not repeated: one of them may be a
secret that was meant for a file.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .. import __version__
from ..errors import KmCryptoError
from .common.failure import Failure
from .fields.arguments import add_fields
from .keys.arguments import add_keys, add_opener
from .vectors.arguments import add_vectors


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status; `arguments` are those of the process unless given."""
    parser = _parser()
    args, unknown = parser.parse_known_args(arguments)
    if unknown:
        options = [word.partition("=")[0] for word in unknown if word.startswith("--")]
        parser.error(" ".join(["unrecognized arguments", *options]))
    if args.command == "demo" and args.keys is None and (args.passphrase_file or args.key_file):
        parser.error("--passphrase-file and --key-file are for the file that --keys names")
    try:
        status = _run(args)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where what goes wrong with it can be said
    except (KmCryptoError, Failure) as error:
        return _fail(str(error), error.status if isinstance(error, Failure) else 1)
    except KeyboardInterrupt:
        return _fail("interrupted")
    except ModuleNotFoundError as error:
        return _fail(f'this needs the package {error.name}: pip install "kmcrypto[cli]"')
    except OSError as error:
        _give_up_output()
        return _fail(f"input or output failed: {error.strerror or type(error).__name__}")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kmcrypto",
        description="Signatures, correlation ids and encryption for the KONA PLATE open API.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"kmcrypto {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser(
        "demo",
        help="run one call of the token API on a loopback socket, and six that are refused",
        allow_abbrev=False,
    )
    demo.add_argument(
        "--keys",
        type=Path,
        metavar="FILE",
        help="a sealed project to run it with, instead of keys made for the run",
    )
    add_opener(demo)
    add_keys(commands)
    add_fields(commands)
    add_vectors(commands)
    return parser


def _run(args: argparse.Namespace) -> int:
    """Run a command. What it needs is imported for it alone."""
    if args.command == "keys":
        from .keys.command import run as run_keys

        return run_keys(args)
    if args.command == "fields":
        from .fields.command import run as run_fields

        return run_fields(args)
    if args.command == "vectors":
        from .vectors.command import check as check_vectors

        return check_vectors(args)
    from .demo import run as run_demo

    if args.keys is None:
        return run_demo()
    from .keys.command import open_project

    return run_demo(project=open_project(args))


def _fail(message: str, status: int = 1) -> int:
    shown = "".join(
        character if character.isprintable() else "?" for character in message
    )  # paths may hold anything
    print(f"kmcrypto: {shown}", file=sys.stderr)
    return status


def _give_up_output() -> None:
    """If nobody reads standard output any more, or it is full, let the interpreter not fail at it again at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
