"""`kmcrypto inspect`: what can be seen of a JWE without a key, and what of it is wrong.

The header is shown masked (S8), because its sender may have put anything into it.
"""

import json
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from ..._core.forms import MAX_BODY
from ..._core.strict_json import write_json
from ...encryption import jwe
from ...redact import redact
from ..common.input_file import open_input, read_whole
from ..common.printable import make_printable
from .message_keys import read_token

_PARTS = ("header", "encrypted key", "IV", "ciphertext", "tag")  # RFC 7516, 7.1


def run(args: Namespace) -> int:
    """Run the command and return its exit status: 1 if something is wrong."""
    with open_input(args.input) as (file, _):
        token = read_token(read_whole(file, args.input, MAX_BODY))
    inspection = jwe.inspect(token, kid=args.crypto_key)
    header = None if inspection.header is None else redact(dict(inspection.header))
    if args.json:
        # Only ASCII, because the header may have characters that move a terminal.
        print(json.dumps(_describe(header, inspection), separators=(",", ":")))
    else:
        for line in _format(header, inspection):
            print(make_printable(line))
    return 1 if inspection.findings else 0


def _describe(header: dict[str, Any] | None, inspection: jwe.JweInspection) -> dict[str, Any]:
    return {
        "ok": not inspection.findings,
        "header": header,
        "part_lengths": list(inspection.part_lengths),
        "findings": [finding._asdict() for finding in inspection.findings],
    }


def _format(header: dict[str, Any] | None, inspection: jwe.JweInspection) -> list[str]:
    lengths = inspection.part_lengths
    names: Sequence[str] = _PARTS
    if len(lengths) != len(_PARTS):
        names = [f"part {number}" for number in range(1, len(lengths) + 1)]
    lines = [f"{name:14} {length:,} bytes" for name, length in zip(names, lengths, strict=True)]
    if header is not None:
        lines[0] += f": {write_json(header).decode()}"
    lines += [f"{finding.code}: {finding.text}" for finding in inspection.findings]
    if not inspection.findings:
        lines.append("Nothing is wrong that can be seen without a key.")
    return lines
