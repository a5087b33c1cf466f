"""`kmcrypto sandbox`: run a sandbox until a signal ends it.

Standard output gets the settings of a program that calls it, and nothing else. Standard error gets
one line for each request.
"""

import time
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from ..common.atomic_file import replace_atomically
from ..common.claimed_name import partial_path
from ..common.failure import Failure
from ..common.file_identity import require_replaceable, require_separate_files
from ..common.standard_streams import print_message
from ..common.stop_signals import interrupt_on_stop_signals
from .loopback import check_listening_address, parse_loopback_url
from .sandbox import Sandbox
from .server import SandboxServer, serve
from .settings import write_settings

_AN_HOUR_S = 3600
_POLL_S = 0.2  # rarely, as it may run all day


def run(args: Namespace) -> int:
    """Run the sandbox, and return the exit status 0 when a signal has ended it. Raises Failure."""
    check_listening_address(args.address, allow_other_machines=args.allow_other_machines)
    callback_url = None if args.callback is None else parse_loopback_url(args.callback)
    if args.env is not None:
        require_replaceable(args.env)
        require_separate_files([], [args.env, partial_path(args.env)])
    try:
        with interrupt_on_stop_signals(), ExitStack() as stack:
            sandbox = Sandbox(fault=args.fault, callback_url=callback_url)
            server = _start(stack, sandbox, args)
            _tell_settings(write_settings(server.url), args.env)
            print_message(f"kmcrypto sandbox: {server.url} takes calls until Ctrl-C")
            _wait_for_signal()
    except KeyboardInterrupt:
        print_message("kmcrypto sandbox: ended")
        return 0


def _start(stack: ExitStack, sandbox: Sandbox, args: Namespace) -> SandboxServer:
    """Start the server, which the stack stops. Raises Failure if its port cannot be opened."""
    try:
        return stack.enter_context(
            serve(
                sandbox,
                address=args.address,
                port=args.port,
                log=print_message,
                poll_s=_POLL_S,
            )
        )
    except OSError as error:
        raise Failure(
            f"port {args.port} of {args.address} cannot be opened: {error.strerror};"
            " --port takes another, or 0 for a free one"
        ) from None


def _tell_settings(text: str, file: Path | None) -> None:
    """Print the settings, or write them to a file. Raises Failure."""
    if file is None:
        print(text, end="")
        return
    with replace_atomically(file, partial_path(file)) as write:
        write(text.encode())
    print(f"the settings are in {file}")


def _wait_for_signal() -> NoReturn:
    while True:
        time.sleep(_AN_HOUR_S)
