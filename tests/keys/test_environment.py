"""`Project.from_env`: the variables that make a project, mistakes, and that no value is shown."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)
from hypothesis import given, strategies as st

from kmcrypto import (
    KST,
    UTC,
    Client,
    Gateway,
    Instant,
    KeyRing,
    KeyState,
    MemoryReplayGuard,
    Project,
    TimeZone,
    TranToken,
    errors,
)
from kmcrypto.keys.environment import project_variables
from kmcrypto.keys.key_text import MAX_KEY_TEXT
from tests.support import (
    ACCESS_KEY,
    ASP_ID,
    KEY_ID,
    NOW_NS,
    OTHER_KEY_ID,
    PASSWORD,
    SECRET,
    clock,
)
from tests.support.key_forms import key_bag, key_store
from tests.support.keys import encryption_under, pkcs12, private_pem, public_pem
from tests.support.leaks import refused
from tests.support.parties import Pair, Parties
from tests.support.properties import examples

pytestmark = pytest.mark.usefixtures("keys_checked_once")

PREFIX = "KONAPLATE_"
NOBODY = 65534  # a user id without rights
PAYLOAD = {"cardNo": "9410000000001234"}
SUCCESS = {"response": {"code": "000_000", "description": "Success"}}

NAMES = [
    *("ASP_ID", "ACCESS_KEY", "SECRET_KEY", "KIND", "TIME_ZONE", "PRIMARY_CRYPTO_KEY_ID"),
    *(
        name + suffix
        for suffix in ("", "_2")
        for name in (
            *("CRYPTO_KEY_ID", "PLATFORM_PUBLIC_KEY", "PLATFORM_PRIVATE_KEY", "CLIENT_PUBLIC_KEY"),
            *("CLIENT_PRIVATE_KEY", "KEY_PASSWORD"),
        )
    ),
]


def plain(**more: str) -> dict[str, str]:
    """The three variables that must be set, and others, behind the usual prefix."""
    needed = {"ASP_ID": ASP_ID, "ACCESS_KEY": ACCESS_KEY, "SECRET_KEY": SECRET}
    return {PREFIX + name: text for name, text in {**needed, **more}.items()}


def halves(
    pair: Pair, key_id: str, suffix: str = "", password: str | None = None
) -> dict[str, str]:
    """What a provider holds of a crypto key, as variables without their prefix."""
    encryption = None if password is None else encryption_under(password)
    found = {
        "CRYPTO_KEY_ID": key_id,
        "PLATFORM_PUBLIC_KEY": public_pem(pair.platform).decode(),
        "CLIENT_PRIVATE_KEY": private_pem(pair.client, encryption).decode(),
        **({} if password is None else {"KEY_PASSWORD": password}),
    }
    return {name + suffix: text for name, text in found.items()}


@pytest.fixture(scope="module")
def full(parties: Parties) -> Mapping[str, str]:
    """Every variable that a provider in a rotation may set; the second private key is encrypted."""
    return MappingProxyType(
        plain(
            KIND="UAT",
            TIME_ZONE="ICT+07:00",
            PRIMARY_CRYPTO_KEY_ID=OTHER_KEY_ID,
            **halves(parties.first, KEY_ID),
            **halves(parties.second, OTHER_KEY_ID, "_2", PASSWORD),
        )
    )


@pytest.fixture(scope="module")
def light(full: Mapping[str, str]) -> Mapping[str, str]:
    """The same without the first key's private half, which takes long to parse."""
    return MappingProxyType(
        {name: text for name, text in full.items() if name != PREFIX + "CLIENT_PRIVATE_KEY"}
    )


def summary(project: Project) -> tuple[Any, ...]:
    """All that can be told of a project, its secret by what it signs."""
    key, at = project.key, Instant(NOW_NS // 1_000_000, UTC)
    ring = None if project.ring is None else (project.ring.info(), project.ring.first_issued.id)
    mac = TranToken.sign(key, b"{}", at=at).mac
    return (key.asp_id, key.access_key, mac, key.kind, key.state, ring, project.zone)


def secrets_in(environ: Mapping[str, str]) -> list[str]:
    """The values that no error may show."""
    return [value for value in environ.values() if len(value) > 3]


def told(
    environ: Mapping[str, str], error: type[Exception] = errors.InvalidSetting, prefix: str = PREFIX
) -> str:
    """The text of the error that an environment ends in; nothing that it carries shows a value."""
    return refused(lambda: Project.from_env(prefix, environ), *secrets_in(environ), error=error)


# --- what is read -------------------------------------------------------------------------------


def test_three_variables_make_a_project_for_plain_calls() -> None:
    """The defaults: KST (S1.10), no kind, active, no ring."""
    project = Project.from_env(environ=plain())
    mac = TranToken.sign(SECRET, b"{}", at=Instant(NOW_NS // 1_000_000, UTC)).mac
    assert summary(project) == (ASP_ID, ACCESS_KEY, mac, None, KeyState.ACTIVE, None, KST)


def test_all_variables_make_a_project_in_a_rotation(
    parties: Parties, full: Mapping[str, str]
) -> None:
    """The ring is that of `make_parties`: the first issued key first, the second primary."""
    project = Project.from_env(environ=full)
    assert (project.key.kind, project.zone) == ("UAT", TimeZone("ICT", hours=7))
    assert project.ring is not None
    assert parties.provider.ring is not None
    assert project.ring.info() == parties.provider.ring.info()
    assert (project.ring.first_issued.id, project.ring.primary.id) == (KEY_ID, OTHER_KEY_ID)


@pytest.mark.parametrize("primary", [KEY_ID, OTHER_KEY_ID])
def test_the_primary_is_the_one_that_is_named_and_the_first_issued_the_one_without_a_suffix(
    light: Mapping[str, str], primary: str
) -> None:
    """S5.3."""
    project = Project.from_env(environ={**light, PREFIX + "PRIMARY_CRYPTO_KEY_ID": primary})
    assert project.ring is not None
    assert (project.ring.first_issued.id, project.ring.primary.id) == (KEY_ID, primary)


def test_the_platforms_halves_have_names_of_their_own(parties: Parties) -> None:
    """S5.2."""
    pair = parties.first
    project = Project.from_env(
        environ=plain(
            CRYPTO_KEY_ID=KEY_ID,
            PLATFORM_PRIVATE_KEY=private_pem(pair.platform).decode(),
            CLIENT_PUBLIC_KEY=public_pem(pair.client).decode(),
        )
    )
    assert project.ring is not None
    assert project.ring.info() == KeyRing([pair.platform_half]).info()


def test_one_half_alone_is_enough(parties: Parties) -> None:
    """A provider whose answers are plain needs no private key."""
    for name, source in halves(parties.first, KEY_ID).items():
        if name != "CRYPTO_KEY_ID":
            project = Project.from_env(environ=plain(CRYPTO_KEY_ID=KEY_ID, **{name: source}))
            assert project.ring is not None
            assert [project.ring.info()[0][side] is None for side in ("platform", "client")].count(
                True
            ) == 1


@pytest.mark.parametrize("suffix", ["", "_2"])
def test_with_one_crypto_key_no_primary_is_needed(parties: Parties, suffix: str) -> None:
    """After a rotation, the names with `_2` may stay."""
    environ = plain(**halves(parties.second, OTHER_KEY_ID, suffix))
    for named in ({}, {PREFIX + "PRIMARY_CRYPTO_KEY_ID": OTHER_KEY_ID}):
        project = Project.from_env(environ={**environ, **named})
        assert project.ring is not None
        assert project.ring.primary is project.ring.first_issued
        assert project.ring.primary.id == OTHER_KEY_ID


@pytest.mark.parametrize("kind", ["sandbox", "UAT", "SI"])
def test_the_kinds(kind: str) -> None:
    """S5.1."""
    assert Project.from_env(environ=plain(KIND=kind)).key.kind == kind


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("KST", KST),
        ("UTC", UTC),
        ("KST+09:00", KST),
        ("UTC-00:00", UTC),
        ("ICT+07:00", TimeZone("ICT", hours=7)),
        ("NST-03:30", TimeZone("NST", hours=-3, minutes=-30)),
        ("IST+05:30", TimeZone("IST", hours=5, minutes=30)),
        ("XXX+14:00", TimeZone("XXX", hours=14)),
        ("XXX-00:30", TimeZone("XXX", minutes=-30)),
    ],
)
def test_the_text_of_a_zone(text: str, zone: TimeZone) -> None:
    """S1.7."""
    assert Project.from_env(environ=plain(TIME_ZONE=text)).zone == TimeZone.parse(text) == zone


@pytest.mark.parametrize(
    "text",
    [
        *(
            "ICT",
            "kst",
            "KST ",
            " KST",
            "KST\n",
            "GMT",
            "Asia/Seoul",
            "+09:00",
            "ICT+7",
            "ICT+7:00",
            "ICT+0700",
        ),
        *(
            "ICT 07:00",
            "ICT+07:60",
            "ICT+15:00",
            "ICT-12:30",
            "KST+08:00",
            "UTC+01:00",
            "ICTX+07:00",
            "ICT+07:00:00",
        ),
        *("\uff29\uff23\uff34+07:00", "ICT+\uff10\uff17:00", "ICT+\u0660\u0667:00", "\ud800"),
    ],
    ids=ascii,
)
def test_another_text_of_a_zone_is_refused(text: str) -> None:
    """S1.7."""
    told(plain(TIME_ZONE=text))
    refused(lambda: TimeZone.parse(text), error=errors.InvalidSetting)


@pytest.mark.parametrize(
    "form",
    ["as it is", "backslash-n", "backslash-r-n", "spaces", "CR LF", "base64", "base64 in lines"],
)
def test_keys_in_the_forms_that_fit_into_a_variable(light: Mapping[str, str], form: str) -> None:
    """Line feeds are lost or spelled out in many stores of variables."""

    def spell(pem: str) -> str:
        body = "".join(pem.splitlines()[1:-1])
        return {
            "as it is": pem,
            "backslash-n": pem.replace("\n", "\\n"),
            "backslash-r-n": pem.replace("\n", "\\r\\n"),
            "spaces": pem.replace("\n", " "),
            "CR LF": pem.replace("\n", "\r\n"),
            "base64": body,
            "base64 in lines": body[:64] + "\n" + body[64:] + "\n",
        }[form]

    environ = dict(light)
    spelled = {
        name: spell(text) if "-----BEGIN" in text else text for name, text in environ.items()
    }
    assert sum(environ[name] != spelled[name] for name in environ) == (
        0 if form == "as it is" else 3
    )
    assert summary(Project.from_env(environ=spelled)) == summary(Project.from_env(environ=environ))


def test_only_the_names_behind_the_prefix_are_looked_at(light: Mapping[str, str]) -> None:
    environ = {name.replace(PREFIX, "OTHER_"): text for name, text in light.items()}
    assert summary(Project.from_env("OTHER_", environ)) == summary(Project.from_env(environ=light))
    mixed = {**environ, **plain()}
    assert Project.from_env(environ=mixed).ring is None
    assert Project.from_env("OTHER_", mixed).ring is not None
    assert (
        Project.from_env(
            "", {name.replace(PREFIX, ""): text for name, text in plain().items()}
        ).ring
        is None
    )
    assert "OTHER_ASP_ID is not set" in told(plain(), prefix="OTHER_")


def test_the_processs_own_environment_is_read_where_no_other_is_given(
    light: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    refused(Project.from_env, error=errors.InvalidSetting)
    for name, text in light.items():
        monkeypatch.setenv(name, text)
    assert summary(Project.from_env()) == summary(Project.from_env(environ=light))
    refused(lambda: Project.from_env(environ={}), error=errors.InvalidSetting)


def test_the_environment_is_read_and_not_changed(light: Mapping[str, str]) -> None:
    environ = dict(light)
    Project.from_env(environ=environ)
    assert environ == light


# --- files --------------------------------------------------------------------------------------


def in_files(
    environ: Mapping[str, str], folder: Path, names: list[str], end: str = ""
) -> dict[str, str]:
    """The same environment with some variables in files."""
    moved = dict(environ)
    for name in names:
        path = folder / name
        path.write_bytes(moved.pop(name).encode() + end.encode())
        moved[name + "_FILE"] = str(path)
    return moved


def test_any_variable_can_lie_in_a_file(full: Mapping[str, str], tmp_path: Path) -> None:
    """Each alone, and all of them; the line feed at a file's end is not part of a secret."""
    assert len(full) == 13
    due = summary(Project.from_env(environ=full))
    ends = ("", "\n", "\r\n")
    for name, end in zip(full, cycle(ends)):
        assert summary(Project.from_env(environ=in_files(full, tmp_path, [name], end))) == due
    for end in ends:
        assert summary(Project.from_env(environ=in_files(full, tmp_path, list(full), end))) == due


def test_a_key_file_may_hold_what_no_variable_can(parties: Parties, tmp_path: Path) -> None:
    """DER, and PKCS#12 with its password."""
    pair = parties.first
    der = pair.platform.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    bundle = pkcs12(pair.client, password=PASSWORD)
    (tmp_path / "platform.der").write_bytes(der)
    (tmp_path / "client.p12").write_bytes(bundle)
    environ = plain(
        CRYPTO_KEY_ID=KEY_ID,
        PLATFORM_PUBLIC_KEY_FILE=str(tmp_path / "platform.der"),
        CLIENT_PRIVATE_KEY_FILE=str(tmp_path / "client.p12"),
        KEY_PASSWORD=PASSWORD,
    )
    project = Project.from_env(environ=environ)
    assert project.ring is not None
    assert project.ring.info() == KeyRing([pair.provider_half]).info()
    in_base64 = {**environ, PREFIX + "CLIENT_PRIVATE_KEY": b64encode(bundle).decode()}
    del in_base64[PREFIX + "CLIENT_PRIVATE_KEY_FILE"]
    assert summary(Project.from_env(environ=in_base64)) == summary(project)


def test_white_space_of_another_kind_at_a_files_end_stays_and_is_refused(tmp_path: Path) -> None:
    """S5.4: only line feeds are taken off; so is a byte order mark not."""
    for start, end in (
        ("", " "),
        ("", "\t\n"),
        ("", "\n \n"),
        (" ", ""),
        ("\n", ""),
        ("\ufeff", ""),
    ):
        path = tmp_path / "secret"
        path.write_bytes((start + SECRET + end).encode())
        environ = plain()
        del environ[PREFIX + "SECRET_KEY"]
        told({**environ, PREFIX + "SECRET_KEY_FILE": str(path)}, errors.InvalidKey)


@pytest.mark.parametrize("quoted", [f'"{SECRET}"', f"'{SECRET}'"], ids=["double", "single"])
def test_a_secret_in_quotes_is_refused_by_the_name_of_its_variable(
    tmp_path: Path, quoted: str
) -> None:
    """S5.4: settings files and orchestrators hand quotes on."""
    path = tmp_path / "secret"
    path.write_bytes(f"{quoted}\n".encode())
    in_file = plain(SECRET_KEY_FILE=str(path))
    del in_file[PREFIX + "SECRET_KEY"]
    text = "the secret key must not stand in quotes: take the pair off (S5.4)"
    assert told(plain(SECRET_KEY=quoted), errors.InvalidKey) == f"{PREFIX}SECRET_KEY: {text}"
    assert told(in_file, errors.InvalidKey) == f"{PREFIX}SECRET_KEY_FILE: {text}"


class Unreadable(NamedTuple):
    """A path in a `_FILE` variable, and what its error says."""

    path: str
    reason: str
    is_shown: bool = True


def _unreadable(folder: Path) -> list[Unreadable]:
    (folder / "long").write_bytes(b"x" * (MAX_KEY_TEXT + 1))
    os.mkfifo(folder / "pipe")
    missing = "there is no such file"
    return [
        Unreadable(str(folder / "missing"), missing),
        Unreadable(str(folder / "no folder" / "missing"), missing, is_shown=False),
        Unreadable("a-secret-in-the-wrong-variable", missing, is_shown=False),
        Unreadable("/a-secret-that-starts-with-a-slash=", missing, is_shown=False),
        Unreadable("-----BEGIN PRIVATE KEY-----\nMIIE/aaaaaaa\n", missing, is_shown=False),
        Unreadable(str(folder), "expected a regular file, got a folder"),
        Unreadable(str(folder / "pipe"), "expected a regular file, got a pipe or device"),
        Unreadable(str(folder / "long" / "x"), missing, is_shown=False),
        Unreadable(str(folder / "x\0y"), "the file cannot be read", is_shown=False),
        Unreadable(str(folder / "x\ny"), missing, is_shown=False),
        Unreadable(str(folder / "\ud800"), "the file cannot be read", is_shown=False),
        Unreadable(str(folder / ("x" * 5000)), "the file cannot be read"),
        Unreadable(str(folder / "long"), "must not be longer than 64 KiB"),
    ]


def _error_of(environ: Mapping[str, str], *hidden: str) -> str:
    """The text of the error that an environment ends in, which may show a path."""
    return refused(lambda: Project.from_env(environ=environ), *hidden, error=errors.KmCryptoError)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_can_not_be_read_is_named_with_its_variable_and_the_reason(
    light: Mapping[str, str], tmp_path: Path, name: str
) -> None:
    """The path is shown if its folder exists; else it may be a secret in the wrong variable."""
    variable = f"{PREFIX}{name}_FILE"
    for path, reason, is_shown in _unreadable(tmp_path):
        environ = {**light, variable: path}
        environ.pop(PREFIX + name, None)
        text = _error_of(environ, *secrets_in({**environ, variable: ""}))
        assert text.startswith(variable)
        assert reason in text
        assert (path[-70:] in text) == is_shown


def test_a_file_that_may_not_be_read_is_named_with_its_path(tmp_path: Path) -> None:
    """Secrets are often mounted for another user."""
    with TemporaryDirectory() as folder, another_user(Path(folder)):
        path = Path(folder) / "secret"
        path.write_text(SECRET)
        path.chmod(0)
        environ = plain(SECRET_KEY_FILE=str(path))
        del environ[PREFIX + "SECRET_KEY"]
        text = _error_of(environ, SECRET)
    reason = "the file cannot be read: permission denied"
    assert text == f"{PREFIX}SECRET_KEY_FILE ({path}): {reason}"


@contextmanager
def another_user(folder: Path) -> Iterator[None]:
    """A user who owns a folder and, unlike root, cannot read every file."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(folder, NOBODY, -1)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_text_file_in_another_encoding_is_refused(
    light: Mapping[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "utf-16"
    path.write_bytes("비밀".encode("utf-16"))
    for name in (name for name in NAMES if "PLATFORM" not in name and "CLIENT" not in name):
        variable = f"{PREFIX}{name}_FILE"
        environ = {**light, variable: str(path)}
        environ.pop(PREFIX + name, None)
        assert _error_of(environ) == f"{variable}: the file must hold UTF-8 text"


def test_an_empty_file_is_refused(light: Mapping[str, str], tmp_path: Path) -> None:
    """A secret store that cannot be reached leaves one; it is never taken for "not set"."""
    for name in NAMES:
        for content in ("", "\n"):
            told(
                in_files({**light, PREFIX + name: content}, tmp_path, [PREFIX + name]),
                errors.KmCryptoError,
            )


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ASP_ID", "ACCESS_KEY", "SECRET_KEY"])
def test_a_variable_that_must_be_set_is_named(name: str) -> None:
    environ = plain()
    del environ[PREFIX + name]
    assert told(environ) == f"{PREFIX}{name} is not set"


@pytest.mark.parametrize(
    "unread",
    [
        "KONAPLATE_ACCES_KEY",
        "KONAPLATE_ACCESSKEY",
        "KONAPLATE_ACCESS_KEY_FIEL",
        "KONA_PLATE_ACCESS_KEY",
        "konaplate_access_key",
        "KONAPLATE_ACCESS_KEY ",  # as a file of variables with blanks around its = gives
    ],
)
def test_a_missing_variable_is_named_with_a_misspelling_of_it(unread: str) -> None:
    environ = plain(BASE_URL="https://api.invalid")
    environ[unread] = environ.pop(f"{PREFIX}ACCESS_KEY")
    expected = f"{PREFIX}ACCESS_KEY is not set, but {unread!r} is, and that name is not read"
    assert told(environ) == expected


@pytest.mark.parametrize("other", ["KONAPLATE_API_KEY", "KONAPLATE_ACCESS_URL", "AWS_ACCESS_KEY"])
def test_a_variable_of_another_name_is_no_misspelling(other: str) -> None:
    environ = plain()
    environ[other] = environ.pop(f"{PREFIX}ACCESS_KEY")
    assert told(environ) == f"{PREFIX}ACCESS_KEY is not set"


def test_a_variable_that_is_read_is_no_misspelling_of_another(light: Mapping[str, str]) -> None:
    """CRYPTO_KEY_ID_2 is nearly CRYPTO_KEY_ID."""
    environ = plain(CRYPTO_KEY_ID_2=KEY_ID, KEY_PASSWORD="whatever")
    assert told(environ) == f"{PREFIX}CRYPTO_KEY_ID is not set"
    assert list(project_variables(PREFIX, light).misspelled()) == []


@pytest.mark.parametrize(
    ("unread", "meant"),
    [
        ("TIMEZONE", "TIME_ZONE"),
        ("CLIENT_PRIVATE_KEY_FILE_2", "CLIENT_PRIVATE_KEY_2_FILE"),
        ("KEY_PASSWORD_FILE_2", "KEY_PASSWORD_2_FILE"),
        ("PRIMARY_CRYPTO_KEY", "PRIMARY_CRYPTO_KEY_ID"),
    ],
)
def test_the_name_that_may_be_meant_is_one_that_is_not_set(unread: str, meant: str) -> None:
    environ = plain(CLIENT_PRIVATE_KEY="whatever", KEY_PASSWORD="whatever", **{unread: "whatever"})
    variables = project_variables(PREFIX, environ)
    assert list(variables.misspelled()) == [(PREFIX + unread, PREFIX + meant)]
    environ[PREFIX + meant] = "whatever"
    assert list(variables.misspelled()) == []


def test_a_variable_that_is_set_to_nothing_is_never_one_that_is_not_set(
    light: Mapping[str, str],
) -> None:
    """Every name, optional or not, and every twin."""
    for name in (PREFIX + name for name in NAMES):
        assert told({**light, name: ""}) == f"{name} is set but empty"
        without = {other: text for other, text in light.items() if other != name}
        assert told({**without, name + "_FILE": ""}) == f"{name}_FILE is set but empty"


def test_a_variable_that_is_given_twice_is_named(light: Mapping[str, str], tmp_path: Path) -> None:
    """Which of the two is meant can't be guessed, not even where they agree or one is empty."""
    same = tmp_path / "same"
    for name in (PREFIX + name for name in NAMES):
        text = light.get(name, "whatever")
        same.write_text(text, encoding="utf-8")
        for given_, path in ((text, str(same)), (text, ""), ("", str(same)), ("", "")):
            environ = {**light, name: given_, name + "_FILE": path}
            assert f"{name} and {name}_FILE are both set" in told(environ)


@pytest.mark.parametrize("suffix", ["", "_2"])
def test_a_crypto_key_without_its_id_is_refused(parties: Parties, suffix: str) -> None:
    """Whatever else of it is set, the password alone included."""
    parts = halves(parties.first, KEY_ID, suffix, PASSWORD)
    del parts["CRYPTO_KEY_ID" + suffix]
    for name, text in parts.items():
        assert told(plain(**{name: text})) == f"{PREFIX}CRYPTO_KEY_ID{suffix} is not set"
    assert told(plain(**parts)) == f"{PREFIX}CRYPTO_KEY_ID{suffix} is not set"


@pytest.mark.parametrize("suffix", ["", "_2"])
def test_an_id_without_a_half_is_refused(suffix: str) -> None:
    """S5.2."""
    told_of = told(plain(**{"CRYPTO_KEY_ID" + suffix: KEY_ID}), errors.InvalidKey)
    assert "at least one public or private key" in told_of


def test_two_crypto_keys_need_a_primary(light: Mapping[str, str]) -> None:
    """S5.2: which of them encrypts can't be guessed."""
    environ = dict(light)
    del environ[PREFIX + "PRIMARY_CRYPTO_KEY_ID"]
    assert f"{PREFIX}PRIMARY_CRYPTO_KEY_ID must be given" in told(environ)


@pytest.mark.parametrize("primary", ["f" * 32, KEY_ID.upper(), KEY_ID + " ", "1", "second"])
def test_a_primary_that_is_none_of_the_keys_is_refused(
    parties: Parties, light: Mapping[str, str], primary: str
) -> None:
    told({**light, PREFIX + "PRIMARY_CRYPTO_KEY_ID": primary})
    told(plain(**halves(parties.first, KEY_ID), PRIMARY_CRYPTO_KEY_ID=primary))


def test_a_primary_without_any_crypto_key_is_refused_by_name() -> None:
    """Half of a configuration."""
    assert f"{PREFIX}PRIMARY_CRYPTO_KEY_ID" in told(plain(PRIMARY_CRYPTO_KEY_ID=KEY_ID))


def test_one_id_twice_is_refused(parties: Parties) -> None:
    """S5.2."""
    second = halves(parties.second, KEY_ID, "_2")
    told(plain(PRIMARY_CRYPTO_KEY_ID=KEY_ID, **halves(parties.first, KEY_ID), **second))


PATH = "must be key text, not a path: put the path into"
PATHS = [
    *("/run/secrets/platform.pem", "platform.pem", "./keys/platform", "~/platform", "C:\\keys\\p"),
    *("C:/keys/p", "file:///run/secrets/p", '"/run/secrets/platform.pem"', "keys\\p.p12\n"),
]
TEXT = "expected PEM, JWK, or base64 of DER"
PLATFORM_KEYS = ["PLATFORM_PUBLIC_KEY", "PLATFORM_PRIVATE_KEY"]
CLIENT_KEYS = ["CLIENT_PUBLIC_KEY", "CLIENT_PRIVATE_KEY"]
UNFIT: list[tuple[str, str, type[errors.KmCryptoError], str]] = [
    # variable, value, error, part of its text
    ("ASP_ID", ASP_ID + "X", errors.InvalidHeaderValue, "15 letters"),
    ("ASP_ID", ASP_ID + "\n", errors.InvalidHeaderValue, "15 letters"),
    ("ACCESS_KEY", ACCESS_KEY[:-1], errors.InvalidHeaderValue, "40 letters"),
    ("SECRET_KEY", SECRET + "\n", errors.InvalidKey, "white space"),
    ("SECRET_KEY", "\udcff not UTF-8 in the environment", errors.InvalidKey, "UTF-8"),
    ("KIND", "production", errors.InvalidSetting, "sandbox, UAT or SI"),
    ("KIND", "uat", errors.InvalidSetting, "sandbox, UAT or SI"),
    ("TIME_ZONE", "Asia/Seoul", errors.InvalidSetting, "as in ICT+07:00"),
    ("TIME_ZONE", "KST+08:00", errors.InvalidSetting, "built in"),
    ("PRIMARY_CRYPTO_KEY_ID", "f" * 32, errors.InvalidSetting, "a key of the ring"),
    ("PRIMARY_CRYPTO_KEY_ID", "second", errors.InvalidSetting, "a key of the ring"),
    *(
        (f"CRYPTO_KEY_ID{suffix}", value, errors.InvalidHeaderValue, "32 letters")
        for suffix in ("", "_2")
        for value in (KEY_ID + "\n", "the second key")
    ),
    *(
        (name + suffix, value, errors.InvalidKey, text)
        for suffix in ("", "_2")
        for name in (*PLATFORM_KEYS, *CLIENT_KEYS)
        for value, text in (
            *((path, PATH) for path in PATHS),
            ("not a key, but as secret", TEXT),
            ("ssh-rsa AAAAB3NzaC1yc2E somebody@example.com", ""),
            ("/CN=made-up -----BEGIN NONSENSE----- MIIB -----END NONSENSE-----", "PEM block"),
            ("\udcff\udcfe", TEXT),
            ("-----BEGIN NONSENSE-----\nMIIB\n-----END NONSENSE-----", "PEM block"),
        )
    ),
    ("KEY_PASSWORD", "needless: the key is not encrypted", errors.InvalidKey, "password"),
    ("KEY_PASSWORD_2", "the wrong password", errors.InvalidKey, "the password is wrong"),
]


@pytest.mark.parametrize(
    ("name", "value", "error", "part"),
    UNFIT,
    ids=[f"{name} {ascii(value)[:20]}" for name, value, _, _ in UNFIT],
)
@pytest.mark.parametrize("end", ["", "_FILE"])
def test_the_variable_of_an_unfit_value_is_named_and_the_value_not_shown(
    full: Mapping[str, str],
    tmp_path: Path,
    name: str,
    value: str,
    error: type[errors.KmCryptoError],
    part: str,
    end: str,
) -> None:
    """Every variable, its second form, and its file."""
    variable = PREFIX + name
    environ = {**full, variable: value}
    if end:
        if value.endswith("\n") or "\udcff" in value:
            return  # no part of a text in a file
        environ = in_files(environ, tmp_path, [variable])
        part = TEXT if part == PATH else part
    text = told(environ, error)
    assert part in text
    assert re.search(rf"\b{variable}{end}\b(?!_)", text)
    assert value.strip() not in text


@pytest.mark.parametrize("value", [5, b"bytes", ["list"]], ids=repr)
def test_a_value_that_is_no_text_is_a_type_error_that_names_its_variable(
    light: Mapping[str, str], value: Any
) -> None:
    """A mapping of one's own may hold anything."""
    for name in NAMES:
        for variable in (f"{PREFIX}{name}", f"{PREFIX}{name}_FILE"):
            text = refused(
                lambda: Project.from_env(environ={**light, variable: value}),  # noqa: B023
                error=TypeError,
            )
            assert text == f"{variable} must be str or None, not {type(value).__name__}"


def test_errors_of_two_variables_name_both(parties: Parties, full: Mapping[str, str]) -> None:
    """Keys that do not belong together, one pair on both sides, one id twice."""
    stranger = public_pem(parties.second.client).decode()
    own = public_pem(parties.first.client).decode()
    for changes, named in (
        ({"CLIENT_PUBLIC_KEY": stranger}, ("CLIENT_PUBLIC_KEY", "CLIENT_PRIVATE_KEY")),
        ({"PLATFORM_PUBLIC_KEY": own}, ("CRYPTO_KEY_ID",)),
        ({"PLATFORM_PUBLIC_KEY_2": own}, ("CRYPTO_KEY_ID_2", "CRYPTO_KEY_ID")),
        ({"CRYPTO_KEY_ID_2": KEY_ID}, ("CRYPTO_KEY_ID", "CRYPTO_KEY_ID_2")),
    ):
        changed = {PREFIX + name: value for name, value in changes.items()}
        text = told({**full, **changed}, errors.LocalError)
        variables = re.findall(rf"\b{PREFIX}(\w+)", text)
        assert sorted(variables) == sorted(named), text


def test_halves_of_two_keys_are_refused(parties: Parties, full: Mapping[str, str]) -> None:
    """S5.2: the second key's public half beside the first key's private one."""
    environ = dict(full)
    public = {PREFIX + "CLIENT_PUBLIC_KEY": public_pem(parties.second.client).decode()}
    assert "must be of one pair" in told({**environ, **public}, errors.InvalidKey)


def test_a_password_that_opens_nothing_is_refused(
    parties: Parties, full: Mapping[str, str]
) -> None:
    """S4.5: with public keys alone, with plain private keys, and under the other key's name."""
    public = plain(
        CRYPTO_KEY_ID=KEY_ID, PLATFORM_PUBLIC_KEY=public_pem(parties.first.platform).decode()
    )
    told({**public, PREFIX + "KEY_PASSWORD": PASSWORD}, errors.InvalidKey)
    told(plain(**halves(parties.first, KEY_ID), KEY_PASSWORD=PASSWORD), errors.InvalidKey)
    environ = dict(full)
    environ[PREFIX + "KEY_PASSWORD"] = environ.pop(PREFIX + "KEY_PASSWORD_2")
    told(environ, errors.InvalidKey)


def test_a_missing_password_is_refused_by_the_names_of_both_variables(
    light: Mapping[str, str],
) -> None:
    environ = dict(light)
    del environ[PREFIX + "KEY_PASSWORD_2"]
    text = told(environ, errors.InvalidKey)
    assert text.startswith(f"{PREFIX}CLIENT_PRIVATE_KEY_2: the key is an encrypted PKCS#8")
    assert text.endswith(f"its variable is {PREFIX}KEY_PASSWORD_2")


@pytest.mark.parametrize("in_a_file", [False, True])
def test_a_pkcs12_file_may_have_an_empty_password(
    parties: Parties, tmp_path: Path, in_a_file: bool
) -> None:
    """Nothing else can: an empty password of another key is one that a secret store lost."""
    client = parties.first.client
    (tmp_path / "client.p12").write_bytes(key_store(key_bag(client), password=""))
    (tmp_path / "empty").write_text("\n")
    password = {"KEY_PASSWORD_FILE": str(tmp_path / "empty")} if in_a_file else {"KEY_PASSWORD": ""}
    environ = plain(
        CRYPTO_KEY_ID=KEY_ID, CLIENT_PRIVATE_KEY_FILE=str(tmp_path / "client.p12"), **password
    )
    project = Project.from_env(environ=environ)
    assert project.ring is not None
    assert project.ring.primary.client_public == client.public_key()
    (tmp_path / "client.p12").write_bytes(pkcs12(client, password=PASSWORD))
    empty = "_FILE: the file is empty" if in_a_file else " is set but empty"
    assert told(environ) == f"{PREFIX}KEY_PASSWORD{empty}"


def test_other_names_behind_the_prefix_are_not_looked_at(light: Mapping[str, str]) -> None:
    """An application may have variables of its own there."""
    others = (
        "CRYPTO_KEY_ID_3",
        "CLIENT_PRIVATE_KEY_1",
        "CRYPTO_KEY_ID_FILE_2",
        "ASP_ID_2",
        "STATE",
        "",
    )
    environ = {**light, **{PREFIX + name: "whatever" for name in others}}
    assert summary(Project.from_env(environ=environ)) == summary(Project.from_env(environ=light))


# --- end to end ---------------------------------------------------------------------------------


@pytest.fixture
def environments(parties: Parties) -> tuple[dict[str, str], dict[str, str]]:
    """A provider's and its platform's, of one project."""
    pair = parties.first
    return (
        plain(**halves(pair, KEY_ID, password=PASSWORD)),
        plain(
            CRYPTO_KEY_ID=KEY_ID,
            PLATFORM_PRIVATE_KEY=private_pem(pair.platform).decode().replace("\n", "\\n"),
            CLIENT_PUBLIC_KEY=public_pem(pair.client).decode(),
        ),
    )


@pytest.mark.parametrize("encrypted", [False, True])
def test_two_projects_from_two_environments_make_a_call(
    environments: tuple[dict[str, str], dict[str, str]], encrypted: bool
) -> None:
    provider, platform = (Project.from_env(environ=environ) for environ in environments)
    client = Client(provider, clock=clock)
    gateway = Gateway({ACCESS_KEY: platform}.get, replay_guard=MemoryReplayGuard(), clock=clock)
    sealed = client.seal(PAYLOAD, encrypted=encrypted)
    assert sealed.headers.get("X-KM-Crypto-Key-Id") == (KEY_ID if encrypted else None)
    accepted = gateway.accept(sealed.headers, sealed.body, encrypted=encrypted)
    answer = gateway.answer(accepted, SUCCESS)
    opened = client.open(answer.status, answer.headers, answer.body, request=sealed)
    assert (accepted.payload, dict(opened)) == (PAYLOAD, SUCCESS)


def test_a_project_from_the_environment_shows_no_more_than_another(
    parties: Parties, full: Mapping[str, str]
) -> None:
    """S8."""
    project = Project.from_env(environ=full)
    for shown in (repr(project), repr(project.ring), repr(project.key)):
        assert [text for text in secrets_in(plain(A=SECRET)) if text in shown] == []
    assert repr(project) == repr(parties.provider)


# --- whatever the environment -------------------------------------------------------------------


@pytest.mark.parametrize(
    "junk",
    [
        {"prefix": None},
        {"prefix": 5},
        {"prefix": b"KONAPLATE_"},
        {"environ": []},
        {"environ": "text"},
        {"environ": 5},
    ],
    ids=repr,
)
def test_arguments_of_another_type_are_type_errors(junk: dict[str, Any]) -> None:
    """D8."""
    refused(lambda: Project.from_env(**{"environ": plain(), **junk}), SECRET, error=TypeError)


FINE = st.sampled_from(
    [ASP_ID, ACCESS_KEY, SECRET, KEY_ID, OTHER_KEY_ID, "UTC", "KST", "SI", "/dev/null", "/", "."]
)


@examples(200)
@given(
    start=st.sampled_from([{}, plain()]),
    more=st.dictionaries(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "", "_FILE"])).map("".join),
        st.one_of(FINE, st.text(max_size=60), st.text(st.characters(), max_size=8)),
        max_size=6,
    ),
)
def test_whatever_the_texts_are_it_ends_in_a_project_or_in_an_error_of_ours(
    start: dict[str, str], more: dict[str, str]
) -> None:
    """D8."""
    environ = {**start, **{PREFIX + name: text for name, text in more.items()}}
    try:
        project = Project.from_env(environ=environ)
    except errors.KmCryptoError as error:
        shown = f"{error!s} {error!r} {error.__cause__} {error.__context__}"
    else:
        shown = repr(project)
    assert [text for text in more.values() if len(text) > 20 and text in shown] == []


@examples(100)
@given(text=st.text(min_size=1, max_size=40))
def test_a_secret_of_any_text_signs_as_that_text_or_is_refused(text: str) -> None:
    """S3.3, S5.4: nothing is taken off or changed on the way."""
    at, due = Instant(NOW_NS // 1_000_000, UTC), None
    with suppress(errors.InvalidKey):
        due = TranToken.sign(text, b"{}", at=at)
    if due is None:
        refused(partial(Project.from_env, environ=plain(SECRET_KEY=text)), error=errors.InvalidKey)
    else:
        assert (
            TranToken.sign(Project.from_env(environ=plain(SECRET_KEY=text)).key, b"{}", at=at)
            == due
        )
