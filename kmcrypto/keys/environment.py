"""Read the parts of a project from environment variables; `Project.from_env` lists their names.

Each error names its variables. The constructors that are called here name their arguments, so
`_in_variables` puts the name of a variable in the place of each argument.
"""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from ..clock.time_zone import KST, TimeZone
from ..errors import InvalidHeaderValue, InvalidKey, InvalidSetting, LocalError
from .crypto_key import CryptoKey
from .project_key import ProjectKey
from .ring import KeyRing
from .variables import Variables

_CRYPTO_KEY_NAMES = (
    "CRYPTO_KEY_ID",
    "PLATFORM_PUBLIC_KEY",
    "PLATFORM_PRIVATE_KEY",
    "CLIENT_PUBLIC_KEY",
    "CLIENT_PRIVATE_KEY",
    "KEY_PASSWORD",
)
_NAMES = (
    *("ASP_ID", "ACCESS_KEY", "SECRET_KEY", "KIND", "TIME_ZONE", "PRIMARY_CRYPTO_KEY_ID"),
    *_CRYPTO_KEY_NAMES,
    *(f"{name}_2" for name in _CRYPTO_KEY_NAMES),
)


class ProjectParts(NamedTuple):
    """The parts that a Project is made of."""

    key: ProjectKey
    ring: KeyRing | None
    zone: TimeZone


def project_variables(prefix: str, environ: Mapping[str, str] | None = None) -> Variables:
    """Return the variables of the project in `environ`, or in the environment of the process."""
    return Variables(prefix, os.environ if environ is None else environ, _NAMES)


def read_parts(prefix: str, environ: Mapping[str, str] | None) -> ProjectParts:
    """Read the parts of the project in `environ`, or in the environment of the process."""
    variables = project_variables(prefix, environ)
    return ProjectParts(
        key=_read_project_key(variables),
        ring=_read_ring(variables),
        zone=_read_zone(variables),
    )


def _read_project_key(variables: Variables) -> ProjectKey:
    names = {
        "asp_id": variables.full_name("ASP_ID"),
        "access_key": variables.full_name("ACCESS_KEY"),
        "kind": variables.full_name("KIND"),
    }
    try:
        return ProjectKey(
            asp_id=variables.required_text("ASP_ID"),
            access_key=variables.required_text("ACCESS_KEY"),
            secret_key=variables.required_text("SECRET_KEY"),
            kind=variables.text("KIND"),
        )
    except InvalidKey as error:  # of the secret key: it is the only key among them
        raise InvalidKey(f"{variables.full_name('SECRET_KEY')}: {error}") from None
    except (InvalidHeaderValue, InvalidSetting) as error:
        raise type(error)(_in_variables(str(error), names)) from None


def _read_zone(variables: Variables) -> TimeZone:
    text = variables.text("TIME_ZONE")
    if text is None:
        return KST
    try:
        return TimeZone.parse(text)
    except InvalidSetting as error:
        raise InvalidSetting(f"{variables.full_name('TIME_ZONE')}: {error}") from None


def _read_ring(variables: Variables) -> KeyRing | None:
    """Read the crypto keys, at most two, or return None where there is none."""
    by_variable: dict[str, CryptoKey] = {}
    for suffix in ("", "_2"):
        crypto_key = _read_crypto_key(variables, suffix)
        if crypto_key is not None:
            by_variable[variables.full_name("CRYPTO_KEY_ID" + suffix)] = crypto_key
    primary = variables.text("PRIMARY_CRYPTO_KEY_ID")
    primary_name = variables.full_name("PRIMARY_CRYPTO_KEY_ID")
    if primary is not None and not by_variable:
        raise InvalidSetting(f"{primary_name} is set, but there is no crypto key (S5.2)")
    if not by_variable:
        return None
    try:
        return KeyRing(by_variable.values(), primary)
    except InvalidSetting as error:
        names = {"primary": primary_name}
        names |= {crypto_key.id: variable for variable, crypto_key in by_variable.items()}
        text = _in_variables(str(error), names)
        if text == str(error):
            text = f"{' and '.join(by_variable)}: {text}"
        raise InvalidSetting(text) from None


def _read_crypto_key(variables: Variables, suffix: str) -> CryptoKey | None:
    """Read the crypto key whose variables end in a suffix, or None where none of them is set."""
    platform_public = variables.key("PLATFORM_PUBLIC_KEY" + suffix)
    platform_private = variables.key("PLATFORM_PRIVATE_KEY" + suffix)
    client_public = variables.key("CLIENT_PUBLIC_KEY" + suffix)
    client_private = variables.key("CLIENT_PRIVATE_KEY" + suffix)
    password = variables.password("KEY_PASSWORD" + suffix)
    id = variables.text("CRYPTO_KEY_ID" + suffix)
    keys = (platform_public, platform_private, client_public, client_private)
    if all(value is None for value in (*keys, password, id)):
        return None
    if id is None:
        raise variables.not_set_error("CRYPTO_KEY_ID" + suffix)
    try:
        return CryptoKey.load(
            id=id,
            platform_public=platform_public,
            platform_private=platform_private,
            client_public=client_public,
            client_private=client_private,
            password=password,
        )
    except (InvalidHeaderValue, InvalidKey) as error:
        # Only a PKCS#12 file may have an empty password.
        if password == "":
            raise variables.empty_error("KEY_PASSWORD" + suffix) from None
        raise _name_crypto_key(variables, suffix, error) from None


def _name_crypto_key(variables: Variables, suffix: str, error: LocalError) -> LocalError:
    """Return an error of CryptoKey.load with the names of variables in its text."""
    names = {
        "platform_public": variables.full_name("PLATFORM_PUBLIC_KEY" + suffix),
        "platform_private": variables.full_name("PLATFORM_PRIVATE_KEY" + suffix),
        "client_public": variables.full_name("CLIENT_PUBLIC_KEY" + suffix),
        "client_private": variables.full_name("CLIENT_PRIVATE_KEY" + suffix),
    }
    text = _in_variables(str(error), names)
    if text == str(error):
        text = f"{variables.full_name('CRYPTO_KEY_ID' + suffix)}: {text}"
    if re.search(r"\bpassword\b", text):
        text = f"{text}; its variable is {variables.full_name('KEY_PASSWORD' + suffix)}"
    return type(error)(text)


def _in_variables(text: str, names: Mapping[str, str]) -> str:
    """Replace words of an error text, arguments or key ids, by the names of their variables."""

    def variable(match: re.Match[str]) -> str:
        return names[match.group()]

    words = "|".join(map(re.escape, names))
    return re.sub(rf"\b({words})\b", variable, text)
