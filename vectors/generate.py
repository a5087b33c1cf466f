"""Makes every file of vectors: `generate.py` writes them, `generate.py --check` compares.

    python vectors/generate.py            write what differs
    python vectors/generate.py --check    write nothing, and exit with 1 if anything differs
    python vectors/generate.py --register assign tcIds to new tests, then write what differs

It needs `cryptography` and PyNaCl, and nothing of kmcrypto: the vectors can find kmcrypto wrong
only because their expectations are computed by other means. RSA-OAEP is encoded by hand (RFC 8017,
7.1.1), because a library draws its seed at random; each result is checked by decrypting it with
`cryptography`. The key files in keys/ are read, never written.

Each invalid test has one fault, which make/common/one_fault.py proves.

make/ has a folder for each file of vectors; its docstring says how a test is added. Tests may be
added; none is renumbered, renamed or removed, which make/register/ remembers.
"""

import json
import sys
from collections.abc import Mapping
from hashlib import sha256

from make.claims.cases import claims_vectors
from make.common.key_files import VECTORS
from make.common.one_fault import require_one_fault
from make.common.readme import update_readme
from make.common.register import (
    UnregisteredError,
    number_tests,
    read_register,
    register_name,
    render_register,
)
from make.common.schemas import render_common, render_schema
from make.correlation_id.cases import correlation_id_vectors
from make.exchange.cases import exchange_vectors
from make.fields.cases import fields_vectors
from make.headers.cases import headers_vectors
from make.jwe.cases import jwe_vectors
from make.message.cases import message_vectors
from make.order.cases import order_vectors
from make.sealed.cases import sealed_vectors
from make.tran_token.cases import tran_token_vectors
from make.tran_token.table import render_table

# Files that are written by hand, and so only listed in the manifest.
HAND_WRITTEN = (
    "LICENSE",
    "keys/README.md",
    "verify_independent.mjs",
    "verify_openssl.sh",
    "verify_sealed.mjs",
)


def generate(*, extend_register: bool = False) -> dict[str, bytes]:
    """Make the content of every generated file, by its name within vectors/.

    Raises UnregisteredError if a test has no tcId, unless the register may be extended.
    """
    files = [
        tran_token_vectors(),
        correlation_id_vectors(),
        headers_vectors(),
        jwe_vectors(),
        message_vectors(),
        fields_vectors(),
        exchange_vectors(),
        order_vectors(),
        claims_vectors(),
        sealed_vectors(),
    ]
    contents: dict[str, bytes] = {"schema/common.json": render_common()}
    registers: dict[str, bytes] = {}
    for file in files:
        test_ids = [case.id for case in file.cases()]
        register = read_register(file.subject)
        numbers = number_tests(file.subject, test_ids, register, extend=extend_register)
        registers[register_name(file.subject)] = render_register(numbers)
        content = file.render(numbers)
        if file.subject != "order":
            require_one_fault(json.loads(content))
        contents[f"{file.subject}_v1.json"] = content
        contents[f"schema/{file.subject}_v1.json"] = render_schema(file.subject)
        if file.subject == "tran_token":
            contents["tran_token_v1.tsv"] = render_table(file, numbers)
    readme = (VECTORS / "README.md").read_text(encoding="utf-8")
    contents["README.md"] = update_readme(readme, files).encode()
    contents["MANIFEST.sha256"] = render_manifest({**contents, **read_files()})
    return {**registers, **contents}


def read_files() -> dict[str, bytes]:
    """Read the files that are published and not generated."""
    keys = [f"keys/{path.name}" for path in (VECTORS / "keys").glob("*.pem")]
    return {name: (VECTORS / name).read_bytes() for name in [*keys, *HAND_WRITTEN]}


def render_manifest(contents: Mapping[str, bytes]) -> bytes:
    """List the SHA-256 of every file, as sha256sum does, in the order of their names."""
    lines = [
        f"{sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items())
    ]
    return "".join(lines).encode()


def main(arguments: list[str]) -> int:
    """Write the files that differ, or only name them. Returns the exit status."""
    if arguments not in ([], ["--check"], ["--register"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        contents = generate(extend_register=arguments == ["--register"])
    except UnregisteredError as error:
        print(error, file=sys.stderr)
        return 1
    check_only = arguments == ["--check"]
    status = 0
    for name, content in contents.items():
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
