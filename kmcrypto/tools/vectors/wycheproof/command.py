"""`kmcrypto vectors export`: write vectors in the form of another project.

Nothing is run. The folder is made if it is not there; files of these names in it are replaced.
"""

import json
from argparse import Namespace
from pathlib import Path

from ...common.atomic_file import PUBLIC_MODE, replace_atomically
from ...common.claimed_name import partial_path
from ...common.failure import Failure
from ...common.file_identity import require_replaceable, require_separate_files
from ..manifest import list_inputs
from .documents import make_documents


def export(args: Namespace) -> int:
    """Write the vectors in `args.folder` to `args.output`, name the files, and return 0."""
    documents = make_documents(args.folder)
    paths = {name: args.output / name for name in documents}
    for path in paths.values():
        require_replaceable(path)
    require_separate_files(list_inputs(args.folder), paths.values())
    _make_folder(args.output)
    for name, document in documents.items():
        _write(paths[name], json.dumps(document, indent=2) + "\n")
        print(f"{name}{_describe(document)}")
    return 0


def _describe(document: dict[str, object]) -> str:
    number = document.get("numberOfTests")
    return "" if number is None else f": {number} tests"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{folder} cannot be made: {error.strerror}") from None


def _write(path: Path, text: str) -> None:
    with replace_atomically(path, partial_path(path), mode=PUBLIC_MODE) as write:
        write(text.encode("ascii"))
