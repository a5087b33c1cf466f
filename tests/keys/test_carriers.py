"""A key is the same key, or is refused for the same reason, in whatever way it travels.

Each form of a key goes through each of its carriers (tests/support/carriers.py), and each carrier
by five ways: to `CryptoKey.load` as bytes, text and a file, to `Project.from_env` in a variable and
in a file that a variable names. All five must end as the carrier's row says.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from kmcrypto import UTC, CryptoKey, Instant, KeyRing, Project, TranToken, errors
from kmcrypto.keys.key_text import Form
from kmcrypto.keys.project_key import ProjectKey
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, NOW_NS, SECRET
from tests.support.carriers import (
    AROUND,
    BEHIND,
    LINE_ENDS,
    MEANINGLESS,
    TAKEN,
    Carrier,
    carriers_of,
)
from tests.support.key_forms import STORE_PASSWORD as PASSWORD, numbers, pem
from tests.support.written_keys import KOREAN, cryptography_made

pytestmark = pytest.mark.usefixtures("keys_checked_once")

PREFIX = "KONAPLATE_"
PROJECT = {
    "KONAPLATE_ASP_ID": ASP_ID,
    "KONAPLATE_ACCESS_KEY": ACCESS_KEY,
    "KONAPLATE_SECRET_KEY": SECRET,
    "KONAPLATE_CRYPTO_KEY_ID": KEY_ID,
}
FORMS = (
    *("public spki pem", "public spki der", "public pkcs1 pem", "public pkcs1 der"),
    *("public certificate pem", "public certificate der", "public jwk json"),
    *("private pkcs8 pem", "private pkcs8 der", "private pkcs1 pem", "private pkcs1 der"),
    *("private encrypted-pkcs8 pem", "private encrypted-pkcs8 der"),
    *("private encrypted-pkcs8-korean pem", "private pkcs12 der", "private pkcs12-3des der"),
    *("private pkcs12-key-only der", "private jwk json"),
)
# The names of the carriers are those of any key; no key is made until a test needs it.
SAMPLES = {"pem": pem("PUBLIC KEY", bytes(300)), "der": bytes(300), "json": b'{"kty": "RSA"}'}
NAMES = {coding: list(carriers_of(coding, sample)) for coding, sample in SAMPLES.items()}
LEAST = 70  # different carriers of each form


class Place(NamedTuple):
    """Where a key is given: the argument of `load`, and the variable without its `_FILE`."""

    argument: str
    variable: str


PLACES = {
    "public": Place("platform_public", "KONAPLATE_PLATFORM_PUBLIC_KEY"),
    "private": Place("client_private", "KONAPLATE_CLIENT_PRIVATE_KEY"),
}


def coding_of(form: str) -> str:
    return form.rpartition(" ")[2]


def password_of(form: str) -> str | None:
    if "encrypted" not in form and "pkcs12" not in form:
        return None
    return KOREAN if "korean" in form else PASSWORD


@cache
def carriers(form: str) -> dict[str, Carrier]:
    return carriers_of(coding_of(form), cryptography_made().texts[form])


QUICK_FORMS = ("public spki pem", "public spki der", "public jwk json")


def marks_of(place: int, form: str) -> list[pytest.MarkDecorator]:
    """Quick are all carriers of one form of each coding, and some of each other form."""
    is_quick = form in QUICK_FORMS or place % 47 == 0
    return [] if is_quick else [pytest.mark.slow]


CASES = [
    pytest.param(form, name, id=f"{form}: {name}", marks=marks_of(place, form))
    for place, (form, name) in enumerate(
        (form, name) for form in FORMS for name in NAMES[coding_of(form)]
    )
]


def verdict_of_load(place: Place, source: bytes | str | Path, password: str | None) -> str:
    """TAKEN, or the text of the error without the name of the argument."""
    try:
        key = CryptoKey.load(id=KEY_ID, password=password, **{place.argument: source})  # type: ignore[arg-type]
    except errors.InvalidKey as error:
        return str(error).removeprefix(f"{place.argument}: ")
    return verdict_of_key(key, place)


def verdict_of_environment(place: Place, more: dict[str, str], password: str | None) -> str:
    """TAKEN, or the text of the error without the names of the variables."""
    variable = next(iter(more))
    secret = {} if password is None else {"KONAPLATE_KEY_PASSWORD": password}
    try:
        project = Project.from_env(environ={**PROJECT, **secret, **more})
    except errors.InvalidKey as error:
        text = str(error).removeprefix(f"{variable}: ")
        return text.removesuffix("; its variable is KONAPLATE_KEY_PASSWORD")
    assert isinstance(project.ring, KeyRing)
    return verdict_of_key(project.ring.primary, place)


def verdict_of_key(key: CryptoKey, place: Place) -> str:
    public = key.platform_public if place is PLACES["public"] else key.client_public
    assert public is not None
    return TAKEN if public.public_numbers().n == numbers()["n"] else "another key"


def as_text(data: bytes) -> str | None:
    """The text that a `str` or a variable would hold; None for bytes that are no text."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


@pytest.mark.parametrize(("form", "name"), CASES)
def test_all_ways_of_a_carrier_end_alike(tmp_path: Path, form: str, name: str) -> None:
    """D9, D14: the same key, or the same reason."""
    data, verdicts = carriers(form)[name]
    place = PLACES[form.partition(" ")[0]]
    password = password_of(form)
    file = tmp_path / "key"
    file.write_bytes(data)
    ended = {
        "bytes": verdict_of_load(place, data, password),
        "file": verdict_of_load(place, file, password),
        "variable of a file": verdict_of_environment(
            place, {f"{place.variable}_FILE": str(file)}, password
        ),
    }
    text = as_text(data)
    if text is not None:
        ended["text"] = verdict_of_load(place, text, password)
        ended["variable"] = verdict_of_environment(place, {place.variable: text}, password)
    assert len(set(ended.values())) == 1, ended
    assert ended["bytes"] in verdicts


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_carriers_enough(form: str) -> None:
    """Different ones; and at least as many as half of them give the key."""
    assert list(carriers(form)) == NAMES[coding_of(form)]
    assert len({carrier.data for carrier in carriers(form).values()}) >= LEAST
    taken = [name for name, carrier in carriers(form).items() if carrier.verdicts == (TAKEN,)]
    assert len(taken) >= LEAST // 2


def test_every_form_that_is_taken_goes_through_the_carriers() -> None:
    """The forms of the package, by the words that the tables of the tests have for them."""
    words = {
        Form.SPKI: "spki",
        Form.PKCS1_PUBLIC: "public pkcs1",
        Form.CERTIFICATE: "certificate",
        Form.PKCS1: "private pkcs1",
        Form.PKCS8: "private pkcs8",
        Form.ENCRYPTED_PKCS8: "encrypted-pkcs8",
        Form.PKCS12: "pkcs12",
        Form.JWK: "jwk",
    }
    assert set(words) == set(Form)
    assert set(FORMS) == set(cryptography_made().texts)
    assert [word for word in words.values() if not any(word in form for form in FORMS)] == []


# --- The secret key -------------------------------------------------------------------------------

# Any text is a secret key, but for one that a carrier left its traces on (S5.4).
WHITE_SPACE = "the secret key must not have white space or a byte order mark at an end (S5.4)"
QUOTES = "the secret key must not stand in quotes: take the pair off (S5.4)"
CONTROL = "the secret key must not contain control characters (S5.4)"
SECRET_WRAPPINGS = {**MEANINGLESS, **BEHIND, **AROUND}
# Format characters, which are no white space, and may belong to a secret key.
WITHOUT_WIDTH = ("a zero-width space behind", "a word joiner before")


def secret_carriers() -> dict[str, str]:
    """The wrappings of a secret key, and a secret key that has each line end inside."""
    wrapped = {name: wrap(SECRET) for name, wrap in SECRET_WRAPPINGS.items()}
    inside = {f"{name}, inside": f"made{end}up" for name, end in LINE_ENDS.items()}
    behind = {f"{name}, behind": f"{SECRET}{end}" for name, end in LINE_ENDS.items()}
    return {**wrapped, **inside, **behind}


SECRETS = secret_carriers()


def verdict_of_secret(text: str | bytes) -> str:
    """What the secret key signs, or the text of the error."""
    try:
        return signed_by(ProjectKey(asp_id=ASP_ID, access_key=ACCESS_KEY, secret_key=text))
    except errors.InvalidKey as error:
        return str(error)


def verdict_of_secret_variable(name: str, value: str) -> str:
    others = {key: text for key, text in PROJECT.items() if key.endswith(("ASP_ID", "ACCESS_KEY"))}
    try:
        return signed_by(Project.from_env(environ={**others, name: value}).key)
    except errors.InvalidKey as error:
        return str(error).removeprefix(f"{name}: ")


def signed_by(key: ProjectKey) -> str:
    return TranToken.sign(key, b"{}", at=Instant(NOW_NS // 1_000_000, UTC)).mac.hex()


@pytest.mark.parametrize("name", SECRETS)
def test_all_ways_of_a_secret_key_end_alike(tmp_path: Path, name: str) -> None:
    """As text, as bytes and in a variable; a file loses the line feeds at its end."""
    text = SECRETS[name]
    file = tmp_path / "secret"
    file.write_bytes(text.encode())
    expected = verdict_of_secret(text)
    assert verdict_of_secret(text.encode()) == expected
    assert verdict_of_secret_variable("KONAPLATE_SECRET_KEY", text) == expected
    in_file = verdict_of_secret_variable("KONAPLATE_SECRET_KEY_FILE", str(file))
    assert in_file == verdict_of_secret(text.rstrip("\r\n"))


@pytest.mark.parametrize("name", [name for name in MEANINGLESS if name not in WITHOUT_WIDTH])
def test_what_means_nothing_around_a_key_is_refused_around_a_secret_key(name: str) -> None:
    """S5.4: each character of a secret key counts, so that nothing is taken off in silence."""
    assert verdict_of_secret(SECRETS[name]) in (WHITE_SPACE, QUOTES, CONTROL)


def test_the_secret_key_has_carriers_enough() -> None:
    assert len(set(SECRETS.values())) >= LEAST
