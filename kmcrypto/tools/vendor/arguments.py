"""The command line of `kmcrypto vendor`, apart from the command so that `--help` loads no keys."""

import argparse
from pathlib import Path
from typing import Any

_SET_HELP = {
    "signing": "what signs requests: headers, tokens and correlation ids",
    "client": "what makes calls and opens their answers, with the contracts of the APIs",
    "all": "everything but the command line",
}
_EPILOG = """\
Without an option, an existing copy keeps its set, and a new one has that of --client.
A folder that is not a copy, or that was changed, is not overwritten.

The exit status is 0 if the copy is in place or --check finds it unmodified, 1 if --check
finds files that are modified, missing or added, and 2 if the command could not do its work.
"""


def add_vendor(commands: Any) -> None:
    """Add `vendor` to the sub-commands of `kmcrypto`."""
    summary = "copy a part of kmcrypto into another package, or check such a copy"
    vendor = commands.add_parser(
        "vendor",
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
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
