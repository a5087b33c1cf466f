"""A project from environment variables. Their names are in the docstring of `Project.from_env`.

A variable that is set to nothing is a mistake, never the same as one that is not set: a deployment whose secret store
was not reachable would otherwise run with half of its keys.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .._core.scrub import raising
from ..clock.time_zone import KST, TimeZone
from ..errors import InvalidKey, InvalidSetting
from .crypto_key import CryptoKey
from .key_text import read_source
from .project_key import ProjectKey
from .ring import KeyRing

_HALVES = ("platform_public", "platform_private", "client_public", "client_private")


def read_parts(
    prefix: str, environ: Mapping[str, str] | None
) -> tuple[ProjectKey, KeyRing | None, TimeZone]:
    """The parts of the project in `environ`, or in the process's own environment."""
    given = _Variables(prefix, os.environ if environ is None else environ)
    asp_id, access_key, secret_key = (
        given.need(name) for name in ("ASP_ID", "ACCESS_KEY", "SECRET_KEY")
    )
    key = ProjectKey(
        asp_id=asp_id, access_key=access_key, secret_key=secret_key, kind=given.text("KIND")
    )
    keys = [
        found for found in (_crypto_key(given, ""), _crypto_key(given, "_2")) if found is not None
    ]
    primary, zone = given.text("PRIMARY_CRYPTO_KEY_ID"), given.text("TIME_ZONE")
    if primary is not None and not keys:
        raise InvalidSetting(f"{prefix}PRIMARY_CRYPTO_KEY_ID is set, and no crypto key (S5.2)")
    return (
        key,
        KeyRing(keys, primary) if keys else None,
        KST if zone is None else TimeZone.parse(zone),
    )


class _Variables(NamedTuple):
    """The variables behind one prefix."""

    prefix: str
    environ: Mapping[str, str]

    def source(self, name: str) -> str | Path | None:
        """A variable's text, or the path that its `_FILE` twin holds, or None where neither is set."""
        name = self.prefix + name
        text, path = self.environ.get(name), self.environ.get(name + "_FILE")
        if text is not None and path is not None:
            raise InvalidSetting(f"{name} and {name}_FILE are both set")
        # What is set to nothing was meant to be something: a secret store that did not answer, say.
        if text == "" or path == "":
            raise InvalidSetting(f"{name} or {name}_FILE is set to nothing")
        return text if path is None else Path(path)

    def text(self, name: str) -> str | None:
        """A variable's text or its file's, without the line feed that editors put at a file's end."""
        source = self.source(name)
        with raising(
            InvalidSetting(f"the file of {self.prefix}{name} can't be read"),
            UnicodeDecodeError,
            InvalidKey,
        ):
            return (
                read_source(source).decode().rstrip("\r\n") if isinstance(source, Path) else source
            )

    def need(self, name: str) -> str:
        """The text of a variable that must be set."""
        if (text := self.text(name)) is None:
            raise InvalidSetting(f"{self.prefix}{name} is not set")
        return text


def _crypto_key(given: _Variables, suffix: str) -> CryptoKey | None:
    """The crypto key whose names end in `suffix`, or None where none of them is set."""
    halves: dict[str, Any] = {half: given.source(f"{half.upper()}_KEY{suffix}") for half in _HALVES}
    password = given.text("KEY_PASSWORD" + suffix)
    if (
        given.text("CRYPTO_KEY_ID" + suffix) is None
        and password is None
        and not any(halves.values())
    ):
        return None
    return CryptoKey.load(id=given.need("CRYPTO_KEY_ID" + suffix), password=password, **halves)
