"""Weak readers of encrypted fields and of selectors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from tests.support.encodings import unb64
from tests.support.weakening import (
    Copy,
    Weaken,
    Weakness,
    always,
    constant,
    with_arguments,
    with_changed_arguments,
    wrapped,
)

Header = dict[str, Any]
HUGE = 1 << 60


def is_token(value: object) -> bool:
    return isinstance(value, str) and value.count(".") == 4


# --- The place of a field, and the context --------------------------------------------------------


def field_is_read_if(fits: Callable[[Header, str, str | None], bool]) -> Weaken:
    """The header of a field is judged by another rule: `fits(header, path, context)`."""

    def weaken(copy: Copy) -> None:
        def read(original: Any, value: Any, location: Any, context: str | None) -> Any:
            if not is_token(value):
                return original(value, location, context)
            parts = copy.module("encryption.jwe").read_parts(value)
            path = copy.module("encryption.json_path").normalized_path(location)
            if not fits(parts.header, path, context):
                raise copy.errors.DecryptionError
            return parts

        wrapped("encryption.fields:_read_field", read)(copy)

    return weaken


def has_path(header: Header, path: str) -> bool:
    return bool(header.get("km-path") == path)


def has_context(header: Header, context: str | None) -> bool:
    if context is None:
        return "km-ctx" not in header
    return bool(header.get("km-ctx") == context)


def has_any_path(header: Header, path: str, context: str | None) -> bool:
    return has_context(header, context)


def has_no_other_path(header: Header, path: str, context: str | None) -> bool:
    return header.get("km-path", path) == path and has_context(header, context)


def has_path_in_any_quotes(header: Header, path: str, context: str | None) -> bool:
    return str(header.get("km-path")).replace('"', "'") == path and has_context(header, context)


def has_path_in_any_case(header: Header, path: str, context: str | None) -> bool:
    return str(header.get("km-path")).lower() == path.lower() and has_context(header, context)


def has_path_with_any_index(header: Header, path: str, context: str | None) -> bool:
    without_indices = re.sub("[0-9]+", "0", str(header.get("km-path")))
    return without_indices == re.sub("[0-9]+", "0", path) and has_context(header, context)


def has_any_context(header: Header, path: str, context: str | None) -> bool:
    return has_path(header, path)


def has_no_other_context(header: Header, path: str, context: str | None) -> bool:
    return has_path(header, path) and header.get("km-ctx", context) == context


def has_context_if_there_is_one(header: Header, path: str, context: str | None) -> bool:
    return has_path(header, path) and context in (None, header.get("km-ctx"))


def has_context_in_any_case(header: Header, path: str, context: str | None) -> bool:
    return has_path(header, path) and str(header.get("km-ctx")).lower() == str(context).lower()


def has_beginning_of_context(header: Header, path: str, context: str | None) -> bool:
    return has_path(header, path) and str(context).startswith(str(header.get("km-ctx")))


def none_if_empty(context: str | None) -> str | None:
    return context or None


PLACES = [
    Weakness("any km-path", "fields", field_is_read_if(has_any_path)),
    Weakness("no km-path", "fields", field_is_read_if(has_no_other_path)),
    Weakness("a path in double quotes", "fields", field_is_read_if(has_path_in_any_quotes)),
    Weakness("a path in another case", "fields", field_is_read_if(has_path_in_any_case)),
    Weakness("a path with another index", "fields", field_is_read_if(has_path_with_any_index)),
    Weakness("any km-ctx", "fields", field_is_read_if(has_any_context)),
    Weakness("no km-ctx", "fields", field_is_read_if(has_no_other_context)),
    Weakness(
        "a context need not be given", "fields", field_is_read_if(has_context_if_there_is_one)
    ),
    Weakness("a context in another case", "fields", field_is_read_if(has_context_in_any_case)),
    Weakness("the beginning of a context", "fields", field_is_read_if(has_beginning_of_context)),
    Weakness(
        "an empty context is none",
        "fields",
        with_changed_arguments("encryption.fields:_place", context=none_if_empty),
    ),
]


# --- Keys -----------------------------------------------------------------------------------------


def find_key_or_primary(original: Any, self: Any, id: str) -> Any:
    return original(self, id) or self.primary


def without_enc(original: Any, parts: Any) -> Any:
    kid, _, encrypted_key = original(parts)
    return kid, "", encrypted_key


KEYS = [
    Weakness(
        "the primary key for an unknown kid",
        "fields",
        wrapped("keys.ring:KeyRing.get", find_key_or_primary),
    ),
    Weakness(
        "a CEK serves another enc", "fields", wrapped("encryption.fields:_wrapped_cek", without_enc)
    ),
    Weakness(
        "any number of encrypted keys",
        "fields",
        constant("encryption.fields:MAX_ENCRYPTED_KEYS", HUGE),
    ),
]


# --- The selected values --------------------------------------------------------------------------


def make_all_optional(original: Any, self: Any, ring: Any, selectors: Any, **settings: Any) -> None:
    settings["optional"] = selectors
    original(self, ring, selectors, **settings)


def only_of_tokens(matches: Iterable[Any]) -> list[Any]:
    return [match for match in matches if is_token(match.value)]


def tokens_alone(original: Any, self: Any, matches: Any) -> Any:
    fields, plain_values = original(self, matches)
    tokens = only_of_tokens(fields)
    return tokens, [*plain_values, *(field for field in fields if field not in tokens)]


def nothing_of_plain_selectors(original: Any, self: Any, matches: Any) -> Any:
    strict = [match for match in matches if self._plain.isdisjoint(match.selectors)]
    return strict, [match for match in matches if match not in strict]


def count_all(original: Any, self: Any, selection: Any, changes: Any) -> Any:
    values = {match.location: match.container[match.key] for match in selection.matches}
    return original(self, selection, {**values, **changes})


def header_if(is_jwe: Callable[[str], bool]) -> Weaken:
    """Of the texts that begin with a JWE header, only some count as JWEs."""

    def read(original: Any, value: Any) -> Any:
        return original(value) if isinstance(value, str) and is_jwe(value) else None

    return wrapped("encryption.fields:_read_header", read)


def header_within_profile(original: Any, value: Any) -> Any:
    header = original(value)
    return header if header and header["alg"] == "RSA-OAEP-256" and "zip" not in header else None


def header_or_dots(original: Any, value: Any) -> Any:
    header = original(value)
    return {} if header is None and is_token(value) else header


def any_json_header(original: Any, value: Any) -> Any:
    header = original(value)
    if header is not None or not isinstance(value, str) or "." not in value:
        return header
    try:
        parsed = json.loads(unb64(value.split(".")[0].rstrip("=")))
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def refuse_fields_of_this_place(original: Any, match: Any) -> None:
    try:
        original(match)
    except Exception:
        header = json.loads(unb64(match.value.split(".")[0]))
        if header["km-path"] == "$['cardNo']":
            raise


def refuse_fields_of_this_record(original: Any, match: Any) -> None:
    try:
        original(match)
    except Exception:
        if "km-ctx" not in json.loads(unb64(match.value.split(".")[0])):
            raise


def refuse_any_jwe(copy: Copy) -> None:
    def refuse(original: Any, match: Any) -> None:
        if copy.module("encryption.fields")._read_header(match.value) is not None:
            raise copy.errors.InvalidPayload("a JWE")

    wrapped("encryption.fields:_refuse_field", refuse)(copy)


TOKENS = [
    Weakness(
        "five segments are a JWE",
        "fields",
        wrapped("encryption.fields:_read_header", header_or_dots),
    ),
    Weakness(
        "any object is a JWE header",
        "fields",
        wrapped("encryption.fields:_read_header", any_json_header),
    ),
    Weakness("a JWE that was cut off is plain", "fields", header_if(is_token)),
    Weakness(
        "a JWE that no reader here decrypts is plain",
        "fields",
        wrapped("encryption.fields:_read_header", header_within_profile),
    ),
    Weakness(
        "fields are encrypted again", "fields", always("encryption.fields:_refuse_field", None)
    ),
    Weakness(
        "fields of another place are encrypted again",
        "fields",
        wrapped("encryption.fields:_refuse_field", refuse_fields_of_this_place),
    ),
    Weakness(
        "fields of another record are encrypted again",
        "fields",
        wrapped("encryption.fields:_refuse_field", refuse_fields_of_this_record),
    ),
    Weakness("no JWE is encrypted", "fields", refuse_any_jwe),
]


VALUES = [
    Weakness(
        "a selector may select nothing",
        "fields",
        wrapped("encryption.fields:FieldCipher.__init__", make_all_optional),
    ),
    Weakness(
        "an optional selector must select something",
        "fields",
        with_arguments("encryption.fields:FieldCipher.__init__", optional=()),
    ),
    Weakness("a field inside a field", "fields", always("encryption.fields:_nested_matches", [])),
    Weakness(
        "plain values may overlap",
        "fields",
        with_changed_arguments("encryption.fields:_nested_matches", matches=only_of_tokens),
    ),
    Weakness(
        "a plain value for a field",
        "fields",
        wrapped("encryption.fields:FieldCipher._tell_apart", tokens_alone),
    ),
    Weakness(
        "a JWE stays where plain values may be",
        "fields",
        wrapped("encryption.fields:FieldCipher._tell_apart", nothing_of_plain_selectors),
    ),
    Weakness(
        "a plain value is counted as decrypted",
        "fields",
        wrapped("encryption.fields:FieldCipher._result", count_all),
    ),
]


# --- Selectors ------------------------------------------------------------------------------------


def without_negative_indices(original: Any, self: Any, size: int) -> Any:
    return {index: states for index, states in self.by_index.items() if 0 <= index < size}


SELECTORS = [
    Weakness(
        "a selector of any length", "fields", constant("encryption.json_path:MAX_SELECTOR", HUGE)
    ),
    Weakness("an index of any size", "fields", constant("encryption.json_path:MAX_INDEX", HUGE)),
    Weakness(
        "an index with a leading zero",
        "fields",
        constant("encryption.json_path:_INDEX", re.compile("-?[0-9]+")),
    ),
    Weakness(
        "an index from the end selects nothing",
        "fields",
        wrapped("encryption.json_path:SelectorSet.by_position", without_negative_indices),
    ),
]


FIELDS = [*PLACES, *KEYS, *VALUES, *TOKENS, *SELECTORS]
