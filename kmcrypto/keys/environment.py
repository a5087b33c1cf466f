"""A project from environment variables. Their names are in the docstring of `Project.from_env`.

A variable that is set to nothing is a mistake, never the same as one that is not set: a deployment whose secret store
was not reachable would otherwise run with half of its keys.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InvalidKey, InvalidSetting
from .crypto_key import CryptoKey
from .key_text import read_source
from .project import KST, Project, ProjectKey, TimeZone
from .ring import KeyRing

_HALVES = ("platform_public", "platform_private", "client_public", "client_private")


def read_project(prefix: str, environ: Mapping[str, str] | None) -> Project:
    """The project in `environ`, or in the process's own environment."""
    given = _Variables(prefix, os.environ if environ is None else environ)
    key = ProjectKey(
        asp_id=given.need("ASP_ID"),
        access_key=given.need("ACCESS_KEY"),
        secret_key=given.need("SECRET_KEY"),
        kind=given.text("KIND"),
    )
    zone = given.text("TIME_ZONE")
    keys = [found for found in (_crypto_key(given, ""), _crypto_key(given, "_2")) if found is not None]
    primary = given.text("PRIMARY_CRYPTO_KEY_ID")
    if primary is not None and not keys:
        raise InvalidSetting(f"{prefix}PRIMARY_CRYPTO_KEY_ID is set, and no crypto key (S5.2)")
    ring = KeyRing(keys, primary) if keys else None
    return Project(key, ring, KST if zone is None else TimeZone.parse(zone))


class _Variables:
    """The variables behind one prefix."""

    def __init__(self, prefix: str, environ: Mapping[str, str]) -> None:
        self._prefix, self._environ = prefix, environ

    def source(self, name: str) -> str | Path | None:
        """A variable's text, or the path that its `_FILE` twin holds, or None where neither is set."""
        name = self._prefix + name
        text, path = self._environ.get(name), self._environ.get(name + "_FILE")
        if text is not None and path is not None:
            raise InvalidSetting(f"{name} and {name}_FILE are both set")
        if text == "" or path == "":
            raise InvalidSetting(f"{name} or {name}_FILE is set to nothing")
        return text if path is None else Path(path)

    def text(self, name: str) -> str | None:
        """A variable's text or its file's, without the line feed that editors put at a file's end."""
        source = self.source(name)
        if not isinstance(source, Path):
            return source
        try:
            return read_source(source).decode().rstrip("\r\n")
        except (UnicodeDecodeError, InvalidKey):
            raise InvalidSetting(f"the file of {self._prefix}{name} is no text that can be read") from None

    def need(self, name: str) -> str:
        """The text of a variable that must be set."""
        text = self.text(name)
        if text is None:
            raise InvalidSetting(f"{self._prefix}{name} is not set")
        return text


def _crypto_key(given: _Variables, suffix: str) -> CryptoKey | None:
    """The crypto key whose names end in `suffix`, or None where none of them is set."""
    halves: dict[str, Any] = {half: given.source(f"{half.upper()}_KEY{suffix}") for half in _HALVES}
    password = given.text("KEY_PASSWORD" + suffix)
    if given.text("CRYPTO_KEY_ID" + suffix) is None and password is None and not any(halves.values()):
        return None
    return CryptoKey.load(id=given.need("CRYPTO_KEY_ID" + suffix), password=password, **halves)
