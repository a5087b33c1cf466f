"""The `kmcrypto` command.

An error that the user can put right ends in one line on standard error, and never in a traceback.
The exit statuses are those of `common/failure.py`. No command writes colours.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .. import __version__
from ..errors import KmCryptoError
from .common.command_parser import CommandParser, add_command
from .common.failure import Failure, status_of
from .common.file_identity import require_separate_files
from .common.standard_streams import print_message, standard_streams
from .diagnose.arguments import add_diagnose
from .fields.arguments import add_fields
from .keys.arguments import add_credential_options, add_keys, require_sealed_file
from .messages.arguments import (
    add_decrypt,
    add_encrypt,
    add_inspect,
    add_redact,
    add_sign,
    add_verify,
)
from .sandbox.arguments import add_sandbox
from .vectors.arguments import add_vectors
from .vendor.arguments import add_vendor


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; `arguments` default to those of the process.

    A wrong command line, --help and --version end in SystemExit with the status.
    """
    with standard_streams():
        try:
            args = _make_parser().parse_known_command(arguments)
            return _COMMANDS[args.command].run(args)
        except Failure as failure:
            return _report(str(failure), failure.status)
        except KmCryptoError as error:
            return _report(f"{error.code}: {error}", status_of(error))
        except KeyboardInterrupt:
            return _report("interrupted")
        except ModuleNotFoundError as error:
            return _report(f'this needs the package {error.name}: pip install "kmcrypto[cli]"')
        except OSError as error:
            return _report(f"input or output failed: {error.strerror or type(error).__name__}")


def _make_parser() -> CommandParser:
    parser = CommandParser(
        prog="kmcrypto",
        description="Signatures, correlation ids and encryption for the KONA PLATE open API.",
    )
    parser.add_argument("--version", action="version", version=f"kmcrypto {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for command in _COMMANDS.values():
        command.add(commands)
    return parser


def _report(message: str, status: int = Failure.status) -> int:
    """Print an error and return the exit status."""
    print_message(f"kmcrypto: {message}")
    return status


# --- The commands -------------------------------------------------------------------------------


class Command(NamedTuple):
    """A command: the functions that add it to the command line, and that run it.

    `run` imports the modules that the command needs, so that no command waits for another's.
    """

    add: Callable[[Any], None]
    run: Callable[[argparse.Namespace], int]


def _add_demo(commands: Any) -> None:
    demo = add_command(
        commands,
        "demo",
        "run one call of the token API over a loopback socket, and six that are refused",
        examples="""
kmcrypto demo
kmcrypto demo --keys project.kmsp --passphrase-file passphrase
""",
    )
    demo.add_argument(
        "--keys",
        type=Path,
        metavar="FILE",
        help="a sealed project file to run it with (default: new keys)",
    )
    add_credential_options(demo)


def _run_demo(args: argparse.Namespace) -> int:
    from .demo import run

    require_sealed_file(args)
    require_separate_files([args.keys, args.passphrase_file, args.key_file])
    if args.keys is None:
        return run()
    from .keys.command import open_project

    return run(project=open_project(args))


def _add_completion(commands: Any) -> None:
    completion = add_command(
        commands,
        "completion",
        "write the script with which bash or zsh completes these commands",
        details='It needs the package shtab: pip install "kmcrypto[cli]".',
        examples="""
eval "$(kmcrypto completion bash)"     # in ~/.bashrc
kmcrypto completion zsh > ~/.zfunc/_kmcrypto   # a folder of fpath
""",
    )
    completion.add_argument("shell", choices=["bash", "zsh"])


def _run_completion(args: argparse.Namespace) -> int:
    from .completion import make_script

    print(make_script(_make_parser(), args.shell))
    return 0


def _run_keys(args: argparse.Namespace) -> int:
    from .keys.command import run

    return run(args)


def _run_fields(args: argparse.Namespace) -> int:
    from .fields.command import run

    return run(args)


def _run_vectors(args: argparse.Namespace) -> int:
    if args.action == "export":
        from .vectors.wycheproof.command import export

        return export(args)
    from .vectors.command import check

    return check(args)


def _run_diagnose(args: argparse.Namespace) -> int:
    from .diagnose.command import run

    return run(args)


def _run_sandbox(args: argparse.Namespace) -> int:
    from .sandbox.command import run

    return run(args)


def _run_vendor(args: argparse.Namespace) -> int:
    from .vendor.command import run

    return run(args)


def _run_sign(args: argparse.Namespace) -> int:
    from .messages.sign import run

    return run(args)


def _run_verify(args: argparse.Namespace) -> int:
    from .messages.verify import run

    return run(args)


def _run_encrypt(args: argparse.Namespace) -> int:
    from .messages.encrypt import run

    return run(args)


def _run_decrypt(args: argparse.Namespace) -> int:
    from .messages.decrypt import run

    return run(args)


def _run_inspect(args: argparse.Namespace) -> int:
    from .messages.inspect import run

    return run(args)


def _run_redact(args: argparse.Namespace) -> int:
    from .messages.redact import run

    return run(args)


# By name, in the order of `kmcrypto --help`. A new command is a line here and its two functions.
_COMMANDS = {
    "demo": Command(_add_demo, _run_demo),
    "keys": Command(add_keys, _run_keys),
    "sign": Command(add_sign, _run_sign),
    "verify": Command(add_verify, _run_verify),
    "encrypt": Command(add_encrypt, _run_encrypt),
    "decrypt": Command(add_decrypt, _run_decrypt),
    "inspect": Command(add_inspect, _run_inspect),
    "redact": Command(add_redact, _run_redact),
    "fields": Command(add_fields, _run_fields),
    "diagnose": Command(add_diagnose, _run_diagnose),
    "sandbox": Command(add_sandbox, _run_sandbox),
    "completion": Command(_add_completion, _run_completion),
    "vectors": Command(add_vectors, _run_vectors),
    "vendor": Command(add_vendor, _run_vendor),
}
