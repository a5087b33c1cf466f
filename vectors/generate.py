"""Makes every file of vectors: `python vectors/generate.py` writes them, `--check` compares and exits 1 on drift.

Needs `cryptography` and PyNaCl, and nothing of kmcrypto: what the vectors expect is computed here by other means, so
that they can find kmcrypto wrong. RSA-OAEP is encoded by hand (RFC 8017, 7.1.1), because a library draws its seed at
random; each result is checked by decrypting it with `cryptography`. The key files in keys/ are read, never made.
"""

import sys
from hashlib import sha256

from make.common import readme, schemas
from make.common.base import HERE
from make.correlation_id import cases as correlation_id
from make.exchange import cases as exchange
from make.fields import cases as fields
from make.headers import cases as headers
from make.jwe import cases as jwe
from make.message import cases as message
from make.sealed import cases as sealed
from make.tran_token import cases as tran_token

BOOKS = (tran_token, correlation_id, headers, jwe, message, fields, exchange, sealed)


def files() -> dict[str, bytes]:
    """The content of every generated file, by its name within vectors/."""
    made: dict[str, bytes] = {}
    books = [maker.book() for maker in BOOKS]
    for book in books:
        made[f"{book.subject}_v1.json"] = book.written()
        made[f"schema/{book.subject}_v1.json"] = schemas.written(book.subject)
    made["tran_token_v1.tsv"] = tran_token.table()
    keys = {
        f"keys/{path.name}": path.read_bytes()
        for path in (HERE / "keys").iterdir()
        if path.suffix == ".pem"
    }
    lines = [
        f"{sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted({**made, **keys}.items())
    ]
    told = readme.written((HERE / "README.md").read_text(encoding="utf-8"), books).encode()
    return {**made, "MANIFEST.sha256": "".join(lines).encode(), "README.md": told}


def main(arguments: list[str]) -> int:
    """Write or compare, and say what differs."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    changed = {}
    for name, content in files().items():
        path = HERE / name
        if not path.is_file() or path.read_bytes() != content:
            changed[path] = content
    for path, content in changed.items():
        if not arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        print(f"{'differs' if arguments else 'wrote'}: {path.relative_to(HERE)}")
    return 1 if arguments and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
