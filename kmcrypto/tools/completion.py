"""`kmcrypto completion`: the script with which a shell completes the commands and their options.

shtab writes it from the parser, once. So completing a word starts no Python, as argcomplete would
at each press of the key, and the commands themselves do not need shtab.
"""

from pathlib import Path

import shtab

from .common.command_parser import CommandParser


def make_script(parser: CommandParser, shell: str) -> str:
    """Return the script for a shell: "bash" or "zsh"."""
    for command in parser.list_commands():
        for action in command.actions:
            if action.type is Path or action.metavar == "IN":
                setattr(action, "complete", shtab.FILE)  # noqa: B010 - shtab's own attribute
    script: str = shtab.complete(parser, shell=shell)
    return script
