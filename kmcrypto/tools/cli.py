"""The `kmcrypto` command.

An error that the user can put right ends in one line on standard error, and never in a traceback.
The exit statuses are those of `common/failure.py`. Unknown arguments are not repeated, because one
of them may be a secret that was meant for a file.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from .. import __version__
from ..errors import KmCryptoError
from .common.failure import STATUS_HELP, Failure
from .common.file_identity import require_separate_files
from .common.standard_streams import print_message, standard_streams
from .diagnose.arguments import add_diagnose
from .fields.arguments import add_fields
from .keys.arguments import add_credential_options, add_keys
from .vectors.arguments import add_vectors


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; `arguments` default to those of the process.

    A wrong command line, --help and --version end in SystemExit with the status.
    """
    with standard_streams():
        try:
            return _run(_parse(arguments))
        except Failure as failure:
            return _report(str(failure), failure.status)
        except KmCryptoError as error:
            return _report(str(error))
        except KeyboardInterrupt:
            return _report("interrupted")
        except ModuleNotFoundError as error:
            return _report(f'this needs the package {error.name}: pip install "kmcrypto[cli]"')
        except OSError as error:
            return _report(f"input or output failed: {error.strerror or type(error).__name__}")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line. One that is wrong ends the process with status 2."""
    parser = _make_parser()
    args, unknown = parser.parse_known_args(arguments)
    if unknown:
        options = [word.partition("=")[0] for word in unknown if word.startswith("--")]
        parser.error(" ".join(["unrecognized arguments", *options]))
    if args.command == "demo" and args.keys is None and (args.passphrase_file or args.key_file):
        parser.error("--passphrase-file and --key-file need --keys")
    return args


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kmcrypto",
        description="Signatures, correlation ids and encryption for the KONA PLATE open API.",
        epilog=STATUS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"kmcrypto {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser(
        "demo",
        help="run one call of the token API over a loopback socket, and six that are refused",
        epilog=STATUS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    demo.add_argument(
        "--keys",
        type=Path,
        metavar="FILE",
        help="a sealed project file to run it with (default: new keys)",
    )
    add_credential_options(demo)
    add_keys(commands)
    add_fields(commands)
    add_vectors(commands)
    add_diagnose(commands)
    return parser


def _run(args: argparse.Namespace) -> int:
    """Run a command. Its modules are imported here so that no command waits for another's."""
    if args.command == "keys":
        from .keys.command import run as run_keys

        return run_keys(args)
    if args.command == "fields":
        from .fields.command import run as run_fields

        return run_fields(args)
    if args.command == "vectors":
        from .vectors.command import check as check_vectors

        return check_vectors(args)
    if args.command == "diagnose":
        from .diagnose.command import run as run_diagnose

        return run_diagnose(args)
    from .demo import run as run_demo

    require_separate_files([args.keys, args.passphrase_file, args.key_file])
    if args.keys is None:
        return run_demo()
    from .keys.command import open_project

    return run_demo(project=open_project(args))


def _report(message: str, status: int = Failure.status) -> int:
    """Print an error and return the exit status."""
    print_message(f"kmcrypto: {message}")
    return status
