"""The files of a copy, as bytes.

They depend on the set and on the version alone, so the same command gives the same bytes on every
machine. Each Python file is the package's own below two lines that name its licence, which it needs
where it stands apart from the project. Only `__init__.py` is changed otherwise: public_names.py
says how.
"""

import json
from pathlib import Path, PurePosixPath

from ... import __version__
from ..common.failure import Failure
from .manifest import MANIFEST, Manifest, hash_files
from .module_set import PACKAGE, ModuleSet, list_modules, source_path
from .public_names import keep_public_names

SBOM = "kmcrypto.cdx.json"
_LICENSE = "LICENSE"
_LICENSE_ID = "Apache-2.0"
_SPDX_LINES = f"""\
# SPDX-FileCopyrightText: kmcrypto contributors
# SPDX-License-Identifier: {_LICENSE_ID}
"""


def make_contents(module_set: ModuleSet) -> dict[str, bytes]:
    """Return the files of a copy by name, the manifest included.

    The names are relative, with "/" between their parts. Raises Failure if this kmcrypto cannot be
    read, as in a program that was packed into one file.
    """
    try:
        files = _make_files(module_set)
    except OSError as error:
        raise Failure(f"the files of kmcrypto cannot be read: {error.strerror}") from None
    manifest = Manifest(__version__, module_set.value, hash_files(files))
    return {**files, MANIFEST: manifest.render()}


def _make_files(module_set: ModuleSet) -> dict[str, bytes]:
    modules = list_modules(module_set)
    files = {"py.typed": b"", _LICENSE: _find_license().read_bytes(), SBOM: _make_sbom()}
    for module in modules:
        path = source_path(module)
        source = (PACKAGE / path).read_text(encoding="utf-8")
        if not module:
            source = keep_public_names(source, modules)
        text = f"{_SPDX_LINES}\n{source}" if source else _SPDX_LINES
        files[PurePosixPath(path).as_posix()] = text.encode()
    return dict(sorted(files.items()))


def _find_license() -> Path:
    """Return the path of the licence: of an installed package, or of the project's folder."""
    beside = PACKAGE.parent
    installed = beside / f"{PACKAGE.name}-{__version__}.dist-info" / "licenses" / _LICENSE
    in_project = beside / _LICENSE
    # A file of that name among installed packages is some other package's.
    if not installed.exists() and (beside / "pyproject.toml").exists():
        return in_project
    return installed


def _make_sbom() -> bytes:
    """Return a CycloneDX document with kmcrypto as its one component, for a wheel (PEP 770)."""
    purl = f"pkg:pypi/kmcrypto@{__version__}"
    component = {
        "type": "library",
        "bom-ref": purl,
        "name": "kmcrypto",
        "version": __version__,
        "licenses": [{"license": {"id": _LICENSE_ID}}],
        "purl": purl,
        "properties": [{"name": "kmcrypto:vendored", "value": "true"}],
    }
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": [component],
    }
    return f"{json.dumps(document, indent=2)}\n".encode()
