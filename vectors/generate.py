"""Makes every file of vectors: `generate.py` writes them, `generate.py --check` compares.

    python vectors/generate.py            write what differs
    python vectors/generate.py --check    write nothing, and exit with 1 if anything differs

It needs `cryptography` and PyNaCl, and nothing of kmcrypto: the vectors can find kmcrypto wrong
only because their expectations are computed by other means. RSA-OAEP is encoded by hand (RFC 8017,
7.1.1), because a library draws its seed at random; each result is checked by decrypting it with
`cryptography`. The key files in keys/ are read, never written.

make/ has a folder for each file of vectors; its docstring says how a test is added.
"""

import sys
from collections.abc import Mapping
from hashlib import sha256

from make.common.key_files import VECTORS
from make.common.readme import update_readme
from make.common.schemas import render_schema
from make.correlation_id.cases import correlation_id_vectors
from make.exchange.cases import exchange_vectors
from make.fields.cases import fields_vectors
from make.headers.cases import headers_vectors
from make.jwe.cases import jwe_vectors
from make.message.cases import message_vectors
from make.sealed.cases import sealed_vectors
from make.tran_token.cases import tran_token_vectors
from make.tran_token.table import render_table


def generate() -> dict[str, bytes]:
    """Make the content of every generated file, by its name within vectors/."""
    tran_tokens = tran_token_vectors()
    files = [
        tran_tokens,
        correlation_id_vectors(),
        headers_vectors(),
        jwe_vectors(),
        message_vectors(),
        fields_vectors(),
        exchange_vectors(),
        sealed_vectors(),
    ]
    contents: dict[str, bytes] = {}
    for file in files:
        contents[f"{file.subject}_v1.json"] = file.render()
        contents[f"schema/{file.subject}_v1.json"] = render_schema(file.subject)
    contents["tran_token_v1.tsv"] = render_table(tran_tokens)
    contents["MANIFEST.sha256"] = render_manifest({**contents, **key_files()})
    readme = (VECTORS / "README.md").read_text(encoding="utf-8")
    contents["README.md"] = update_readme(readme, files).encode()
    return contents


def key_files() -> dict[str, bytes]:
    """Read the key files."""
    paths = (VECTORS / "keys").glob("*.pem")
    return {f"keys/{path.name}": path.read_bytes() for path in paths}


def render_manifest(contents: Mapping[str, bytes]) -> bytes:
    """List the SHA-256 of every file, as sha256sum does."""
    lines = [
        f"{sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items())
    ]
    return "".join(lines).encode()


def main(arguments: list[str]) -> int:
    """Write the files that differ, or only name them. Returns the exit status."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    check_only = arguments == ["--check"]
    status = 0
    for name, content in generate().items():
        path = VECTORS / name
        if path.is_file() and path.read_bytes() == content:
            continue
        if check_only:
            status = 1
            print(f"differs: {name}")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            print(f"wrote: {name}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
