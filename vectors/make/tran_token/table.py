"""tran_token_v1.tsv: the same cases as lines of text, for a check with openssl alone.

A line has tcId, result, secret in hex, token and body, with tabs between them. A token that is not
visible ASCII is written as hex: and its UTF-8 bytes in hex.
"""

from collections.abc import Mapping

from ..common.encode import Json, read_bytes
from ..common.vector_file import VectorFile


def render_table(file: VectorFile, numbers: Mapping[str, int]) -> bytes:
    """Write the table of a file of tran tokens; `numbers` are the tcIds by the ids."""
    lines = []
    for group in file.groups:
        secret = group.shared["secret"].encode().hex()
        for case in group.cases:
            result = "valid" if case.error is None else "invalid"
            token = token_column(case.inputs["token"])
            body = body_column(case.inputs["body"])
            lines.append(f"{numbers[case.id]}\t{result}\t{secret}\t{token}\t{body}\n")
    return "".join(lines).encode()


def token_column(token: str) -> str:
    """Write a token as it is, or in hex where a line of text could not show it."""
    if token and all("!" <= character <= "~" for character in token):
        return token
    return "hex:" + token.encode().hex()


def body_column(body: Json) -> str:
    """Write a body as hex:DIGITS or repeat:DIGITS:TIMES."""
    if "repeat" in body:
        return f"repeat:{body['repeat']['hex']}:{body['repeat']['times']}"
    return "hex:" + read_bytes(body).hex()
