"""Copies of the package, as `kmcrypto vendor` makes them."""

from __future__ import annotations

from pathlib import Path

from kmcrypto.tools.vendor.contents import make_contents
from kmcrypto.tools.vendor.module_set import ModuleSet


def write_copy(folder: Path, module_set: ModuleSet) -> None:
    """Write the files of a copy."""
    for name, data in make_contents(module_set).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
