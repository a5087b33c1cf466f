"""Read the parts of a project from environment variables; `Project.from_env` lists their names.

A variable that is set but empty is a mistake, and never the same as one that is not set: if a
secret store does not answer, a deployment must not run with half of its keys. A variable and its
`_FILE` form must not both be set either, because nobody can tell which of them is meant.

Error texts name the variable. They show neither its value nor the path of a file.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from .._core.scrub import raising
from ..clock.time_zone import KST, TimeZone
from ..errors import InvalidKey, InvalidSetting
from .crypto_key import CryptoKey
from .key_text import read_source
from .project_key import ProjectKey
from .ring import KeyRing


class ProjectParts(NamedTuple):
    """The parts that a Project is made of."""

    key: ProjectKey
    ring: KeyRing | None
    zone: TimeZone


def read_parts(prefix: str, environ: Mapping[str, str] | None) -> ProjectParts:
    """Read the parts of the project in `environ`, or in the environment of the process."""
    variables = _Variables(prefix, os.environ if environ is None else environ)
    key = _read_project_key(variables)
    first = _read_crypto_key(variables, suffix="")
    second = _read_crypto_key(variables, suffix="_2")
    crypto_keys = [crypto_key for crypto_key in (first, second) if crypto_key is not None]
    primary = variables.text("PRIMARY_CRYPTO_KEY_ID")
    zone = variables.text("TIME_ZONE")
    if primary is not None and not crypto_keys:
        raise InvalidSetting(
            f"{prefix}PRIMARY_CRYPTO_KEY_ID is set, but there is no crypto key (S5.2)"
        )
    return ProjectParts(
        key=key,
        ring=KeyRing(crypto_keys, primary) if crypto_keys else None,
        zone=KST if zone is None else TimeZone.parse(zone),
    )


class _Variables(NamedTuple):
    """The environment variables whose names start with one prefix."""

    prefix: str
    environ: Mapping[str, str]

    def source(self, name: str) -> str | Path | None:
        """Return a variable's text, else the path in its `_FILE` form, else None."""
        text_name = self.prefix + name
        path_name = text_name + "_FILE"
        text = self.environ.get(text_name)
        path = self.environ.get(path_name)
        if text is not None and path is not None:
            raise InvalidSetting(f"{text_name} and {path_name} are both set: set one of them")
        if text == "":
            raise InvalidSetting(f"{text_name} is set but empty")
        if path == "":
            raise InvalidSetting(f"{path_name} is set but empty")
        return text if path is None else Path(path)

    def text(self, name: str) -> str | None:
        """Return a variable's text, or that of its file, or None where neither is set.

        Editors put a line feed at the end of a file; it is not part of the text.
        """
        source = self.source(name)
        if not isinstance(source, Path):
            return source
        unreadable = InvalidSetting(
            f"the file that {self.prefix}{name}_FILE names cannot be read as UTF-8 text"
        )
        with raising(unreadable, UnicodeDecodeError, InvalidKey):
            return read_source(source).decode().rstrip("\r\n")

    def required_text(self, name: str) -> str:
        """Return the text of a variable that must be set."""
        text = self.text(name)
        if text is None:
            raise InvalidSetting(f"{self.prefix}{name} is not set")
        return text


def _read_project_key(variables: _Variables) -> ProjectKey:
    try:
        return ProjectKey(
            asp_id=variables.required_text("ASP_ID"),
            access_key=variables.required_text("ACCESS_KEY"),
            secret_key=variables.required_text("SECRET_KEY"),
            kind=variables.text("KIND"),
        )
    except InvalidKey as error:  # of the secret key: it is the only key among them
        raise InvalidKey(f"{variables.prefix}SECRET_KEY: {error}") from None


def _read_crypto_key(variables: _Variables, suffix: str) -> CryptoKey | None:
    """Read the crypto key whose variables end in a suffix, or None where none of them is set."""
    platform_public = variables.source("PLATFORM_PUBLIC_KEY" + suffix)
    platform_private = variables.source("PLATFORM_PRIVATE_KEY" + suffix)
    client_public = variables.source("CLIENT_PUBLIC_KEY" + suffix)
    client_private = variables.source("CLIENT_PRIVATE_KEY" + suffix)
    password = variables.text("KEY_PASSWORD" + suffix)
    id = variables.text("CRYPTO_KEY_ID" + suffix)
    keys = (platform_public, platform_private, client_public, client_private)
    if all(value is None for value in (*keys, password, id)):
        return None
    if id is None:
        raise InvalidSetting(f"{variables.prefix}CRYPTO_KEY_ID{suffix} is not set")
    return CryptoKey.load(
        id=id,
        platform_public=platform_public,
        platform_private=platform_private,
        client_public=client_public,
        client_private=client_private,
        password=password,
    )
