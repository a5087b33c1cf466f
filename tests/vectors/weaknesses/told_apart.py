"""Readers that were not told apart: their texts, keys, sizes and secrets are only almost right."""

from __future__ import annotations

import base64
import re
import unicodedata
from typing import Any

from kmcrypto._core.base64url import to_base64url
from tests.support.weakening import (
    Copy,
    Weakness,
    always,
    constant,
    with_arguments,
    with_changed_arguments,
    with_result,
    wrapped,
)
from tests.vectors.weaknesses.encryption import HUGE, TAG_BYTES, unreadable_segment_is

MEBIBYTE = 1 << 20
ACCESS_KEYS = (
    "1a2b3c4-00112233445566778899aabbccddeeff",
    "1a2b3c5-00112233445566778899aabbccddeeff",
)


# --- Segments and sizes ---------------------------------------------------------------------------


def spelled_again(encoded: str) -> str:
    """A header as a lenient decoder reads it, in its one spelling."""
    text = re.sub("[^A-Za-z0-9_-]", "", encoded.translate(str.maketrans("+/", "-_")))
    return to_base64url(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def with_full_tag(token: str) -> str:
    """A tag that is too short is filled up with zeros."""
    start, dot, tag = token.rpartition(".")
    if token.count(".") != 4 or len(tag) >= 22:
        return token
    raw = base64.urlsafe_b64decode(tag + "=" * (-len(tag) % 4))
    return start + dot + to_base64url(raw.ljust(TAG_BYTES, b"\0"))


def refuse_long_jwe(copy: Copy) -> None:
    """A JWE in a message has the limit of one that is opened alone."""

    def read(original: Any, token: str, *args: Any, **kwargs: Any) -> Any:
        if len(token) > MEBIBYTE:
            raise copy.errors.DecryptionError
        return original(token, *args, **kwargs)

    wrapped("encryption.message:decrypt_token", read)(copy)


def count_utf16(copy: Copy) -> None:
    """A selector's length is that in UTF-16."""

    def parse(original: Any, text: str) -> Any:
        if len(text.encode("utf-16-le", "surrogatepass")) > 2 * 1024:
            raise copy.errors.InvalidSetting("at character 1024, it is too long")
        return original(text)

    wrapped("encryption.json_path:parse", parse)(copy)


SIZES = [
    Weakness(
        "the header is read leniently, and authenticated as it came",
        "jwe",
        with_changed_arguments("encryption.jwe:_read_header", encoded=spelled_again),
    ),
    Weakness(
        "a tag that is not base64 is zeros", "jwe", unreadable_segment_is(4, bytes(TAG_BYTES))
    ),
    Weakness(
        "a short tag is filled up with zeros",
        "jwe",
        with_changed_arguments("encryption.jwe:read_parts", token=with_full_tag),
    ),
    Weakness(
        "a JWE of any length", "jwe", with_arguments("encryption.jwe:decrypt", max_length=HUGE)
    ),
    Weakness(
        "a JWE shorter than 1 MiB",
        "jwe",
        with_arguments("encryption.jwe:decrypt", max_length=MEBIBYTE - 1),
    ),
    Weakness("a JWE of 1 MiB at most in a message", "message", refuse_long_jwe),
    Weakness("a modulus of 2047 bits", "jwe", constant("keys.rsa_checks:MIN_BITS", 2047)),
    Weakness("the exponent 3", "jwe", constant("keys.rsa_checks:_MIN_EXPONENT", 3)),
    Weakness("a selector's UTF-16 units", "fields", count_utf16),
    Weakness(
        "a decimal of 129 characters",
        "fields",
        constant("_core.strict_json:MAX_DECIMAL_CHARACTERS", 129),
    ),
    Weakness(
        "a decimal of 127 characters",
        "fields",
        constant("_core.strict_json:MAX_DECIMAL_CHARACTERS", 127),
    ),
    Weakness(
        "a decimal is not written again",
        "fields",
        always("_core.strict_json:_is_within_limits", True),
    ),
]


# --- Callbacks and projects -----------------------------------------------------------------------


def take_primary(original: Any, self: Any, project: Any, key_id: str | None) -> Any:
    """A callback that names no key uses the primary one."""
    if key_id is None and project.ring is not None:
        return project.ring.primary
    return original(self, project, key_id)


def skip_discarded(original: Any, self: Any, project: Any, key_id: str | None) -> Any:
    """The first key that is not discarded stands for the first issued."""
    if project.ring is None:
        return original(self, project, key_id)
    usable = [key for key in project.ring._keys.values() if key.state.value != "discarded"]
    if key_id is None or (usable and usable[0].id == key_id):
        return usable[0] if usable else None
    return original(self, project, key_id)


def without_default(original: Any, self: Any, project: Any, key_id: str | None) -> Any:
    """A callback must name its key."""
    return None if key_id is None else original(self, project, key_id)


def first_two(candidates: Any) -> Any:
    return candidates[:2]


def last_alone(candidates: Any) -> Any:
    return candidates[-1:]


def take_first_project(original: Any, self: Any, find_project: Any, access_key: Any) -> Any:
    """Every request is the first project's."""
    return original(self, find_project, ACCESS_KEYS[0])


def take_keys_of_all(original: Any, self: Any, project: Any, key_id: str | None) -> Any:
    """A crypto key id is looked up in all projects."""
    for access_key in ACCESS_KEYS:
        other = self._find_project(access_key)
        if key_id is not None and other is not None and other.ring is not None:
            found = other.ring.get(key_id)
            if found is not None:
                return found
    return original(self, project, key_id)


PARTIES = [
    Weakness(
        "the primary key for the first issued",
        "exchange",
        wrapped("exchange.callback:CallbackReceiver._named_key", take_primary),
    ),
    Weakness(
        "the first key that is not discarded for the first issued",
        "exchange",
        wrapped("exchange.callback:CallbackReceiver._named_key", skip_discarded),
    ),
    Weakness(
        "a callback that names no key",
        "exchange",
        wrapped("exchange.callback:CallbackReceiver._named_key", without_default),
    ),
    Weakness(
        "one candidate beside the own secret",
        "exchange",
        with_result("exchange.callback:CallbackReceiver._candidates", first_two),
    ),
    Weakness(
        "the last candidate in the own secret's place",
        "exchange",
        with_result("exchange.callback:CallbackReceiver._candidates", last_alone),
    ),
    Weakness(
        "one project for all requests",
        "exchange",
        wrapped("exchange.gateway:Gateway._candidates_of", take_first_project),
    ),
    Weakness(
        "crypto keys of all projects",
        "exchange",
        wrapped("exchange.gateway:Gateway._named_key", take_keys_of_all),
    ),
]


# --- Answers --------------------------------------------------------------------------------------


def ask_no_echo_of_encrypted(original: Any, self: Any, *args: Any) -> Any:
    *before, request, require_echo = args
    return original(self, *before, request, require_echo and not request.answer_encrypted)


def in_compatibility_form(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def only_digits(text: str) -> str:
    """000_000 if the code has no other digit than 0."""
    return text if text.strip("0_- \t\n\xa0") else "000_000"


ANSWERS = [
    Weakness(
        "no echo of an encrypted answer",
        "exchange",
        wrapped("exchange.client:Client._open", ask_no_echo_of_encrypted),
    ),
    Weakness(
        "blanks around a result code are cut off",
        "exchange",
        with_result("exchange.client:read_result_code", str.strip),
    ),
    Weakness(
        "a result code in its compatibility form",
        "exchange",
        with_result("exchange.client:read_result_code", in_compatibility_form),
    ),
    Weakness(
        "a result code of zeros alone is success",
        "exchange",
        with_result("exchange.client:read_result_code", only_digits),
    ),
    Weakness(
        "a result code is told without its blanks",
        "exchange",
        with_changed_arguments("exchange.client:_result_error", result_code=str.strip),
    ),
]


# --- Normal forms ---------------------------------------------------------------------------------


def compose(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def compose_values(members: dict[str, Any]) -> dict[str, Any]:
    return {
        name: compose(value) if isinstance(value, str) else value for name, value in members.items()
    }


def compose_header(parts: Any) -> Any:
    return parts._replace(header=compose_values(parts.header))


def compare_places_in_nfc(copy: Copy) -> None:
    with_result("encryption.fields:_place", compose_values)(copy)
    with_result("encryption.jwe:read_parts", compose_header)(copy)


NORMAL_FORMS = [
    Weakness("places and contexts in NFC", "fields", compare_places_in_nfc),
    Weakness(
        "selectors in NFC",
        "fields",
        with_changed_arguments("encryption.json_path:parse", text=compose),
    ),
]


# --- Secrets and years ----------------------------------------------------------------------------


def without_marks(text: str) -> str:
    return text.strip("\ufeff") or text


def strip_secret(original: Any, secret: Any) -> Any:
    """White space around a secret is cut off instead of being refused."""
    text = secret.decode() if isinstance(secret, bytes) else secret
    return original(text.strip().strip("\ufeff"))


def without_controls(text: str) -> str:
    return "".join(character for character in text if character.isprintable()) or text


def read_years_from(first: str, last: str) -> Any:
    """A token whose year is another one is malformed."""

    def weaken(copy: Copy) -> None:
        def parse(original: Any, cls: Any, text: Any) -> Any:
            token = original(cls, text)
            if not first <= token.compact17[:4] <= last:
                raise copy.errors.MalformedToken("the year")
            return token

        wrapped("signing.tran_token:TranToken.parse", parse)(copy)

    return weaken


SECRETS = [
    Weakness("any secret", "tran_token", always("keys.project_key:_check_secret_text")),
    Weakness(
        "a byte order mark around a secret",
        "tran_token",
        with_changed_arguments("keys.project_key:_check_secret_text", text=without_marks),
    ),
    Weakness(
        "white space around a secret",
        "tran_token",
        with_changed_arguments("keys.project_key:_check_secret_text", text=str.strip),
    ),
    Weakness(
        "a control character in a secret",
        "tran_token",
        with_changed_arguments("keys.project_key:_check_secret_text", text=without_controls),
    ),
    Weakness(
        "the secret without the white space around it",
        "tran_token",
        wrapped("keys.project_key:keyed_hmac", strip_secret),
    ),
    Weakness("years from 2000 on", "tran_token", read_years_from("2000", "9999")),
    Weakness("years up to 2099", "tran_token", read_years_from("0001", "2099")),
    Weakness("years from 2 to 9998", "tran_token", read_years_from("0002", "9998")),
]

TOLD_APART = [*SIZES, *PARTIES, *ANSWERS, *NORMAL_FORMS, *SECRETS]
