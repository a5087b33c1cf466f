"""The command line of `kmcrypto vendor`, apart from the command so that `--help` loads no keys."""

from pathlib import Path
from typing import Any

from ..common.command_parser import add_command

_SET_HELP = {
    "signing": "what signs requests: headers, tokens and correlation ids",
    "client": "what makes calls and opens their answers, with the contracts of the APIs",
    "all": "everything but the command line",
}
_EXAMPLES = """
kmcrypto vendor src/your_sdk/_vendor/kmcrypto --signing
kmcrypto vendor --check src/your_sdk/_vendor/kmcrypto
"""
_NOTES = """\
Without an option, an existing copy keeps its set, and a new one has that of --client.
A folder that is not a copy, or that was changed, is not overwritten.

What --check finds wrong are files that are modified, missing or added.
"""


def add_vendor(commands: Any) -> None:
    """Add `vendor` to the sub-commands of `kmcrypto`."""
    vendor = add_command(
        commands,
        "vendor",
        "copy a part of kmcrypto into another package, or check such a copy",
        examples=_EXAMPLES,
        notes=_NOTES,
    )
    vendor.add_argument(
        "path",
        type=Path,
        metavar="PATH",
        help="the folder of the copy, such as src/your_sdk/_vendor/kmcrypto",
    )
    actions = vendor.add_mutually_exclusive_group()
    for name, text in _SET_HELP.items():
        actions.add_argument(
            f"--{name}",
            dest="module_set",
            action="store_const",
            const=name,
            help=f"copy {text}",
        )
    actions.add_argument(
        "--check",
        action="store_true",
        help="say which version a copy is of and whether it is unmodified",
    )
