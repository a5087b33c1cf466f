"""What a result was made with, so that somebody else can tell whether it was the same.

Both hashes are SHA-256 over a list in the form of sha256sum: a hash, two blanks and a name with
slashes in each line, in the order of the names' code points. That of the vectors is the hash of
MANIFEST.sha256 itself if every file matches it. That of kmcrypto's own files is what
`find . -name '*.py' -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum` prints in
the folder of the package.
"""

import ctypes
import platform
from collections.abc import Iterable
from datetime import datetime, timezone
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import cryptography
import nacl
from cryptography.hazmat.backends.openssl import backend

from ... import __version__
from .manifest import list_inputs

_PACKAGE = Path(__file__).parents[2]


class Provenance(NamedTuple):
    """The moment of a run in UTC, the software, and the hashes of the vectors and of kmcrypto."""

    date: str
    versions: dict[str, str]
    vectors_sha256: str
    package_sha256: str


def find_provenance(folder: Path, moment: datetime | None = None) -> Provenance:
    """Return what the vectors in a folder are run with, now or at a moment that has a zone."""
    moment = moment or datetime.now(timezone.utc)
    _, *published = list_inputs(folder)
    return Provenance(
        date=f"{moment.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC",
        versions=list_versions(),
        vectors_sha256=hash_files(folder, published),
        package_sha256=hash_files(_PACKAGE, _PACKAGE.rglob("*.py")),
    )


def list_versions() -> dict[str, str]:
    """Return the names and versions of the software that runs the vectors."""
    return {
        "kmcrypto": __version__,
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "cryptography": cryptography.__version__,
        "OpenSSL, in cryptography": backend.openssl_version_text(),
        "PyNaCl": nacl.__version__,
        "libsodium, in PyNaCl": _find_libsodium_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def hash_files(folder: Path, paths: Iterable[Path]) -> str:
    """Return the SHA-256 over the list of some files in a folder and their own hashes.

    A file that cannot be read is listed as "unreadable". Without any file, as in a program that
    was packed into one, there is no hash.
    """
    names = sorted({path.relative_to(folder).as_posix() for path in paths})
    if not names:
        return "no files"
    lines = [f"{_hash_file(folder / name)}  {name}\n" for name in names]
    return sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def _find_libsodium_version() -> str:
    """Return the version of libsodium, or the hash of the file that it is built into.

    The wheels of PyNaCl have libsodium built in, without the function that tells its version.
    """
    spec = find_spec("nacl._sodium")
    if spec is None or spec.origin is None:
        return "of an unknown place"
    file = Path(spec.origin)
    try:
        tell = ctypes.CDLL(str(file)).sodium_version_string
    except (OSError, AttributeError):
        return f"built into {file.name}, whose SHA-256 is {_hash_file(file)}"
    tell.restype = ctypes.c_char_p
    return str(tell().decode())


def _hash_file(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"
