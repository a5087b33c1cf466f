"""FieldCipher: chosen values of a JSON document, each replaced by a compact JWE (S9).

- Each field is a complete JWE, which any JOSE library decrypts. Its header says what it is for:
  `kid` names the crypto key, `km-path` the place, `km-ctx` the record. A field that was moved, or
  put into another record, is refused.
- The fields of one call share a CEK and its encrypted key, so ten fields cost one RSA operation.
  Each field has a random IV of its own.
- Nothing is left out in silence. A selector that selects nothing is an error unless it is in
  `optional`; a plain value in the place of a field is one unless its selector is in `plain`; a
  selected value inside another one is always an error.
- Nothing is encrypted twice (S9.6). A value is taken for a JWE if the text before its first dot is
  a JWE header, whatever follows: a JWE that was cut off is not plain, and text with dots is.
- The result is a new document; the caller's document does not change.
- The work is linear in the nodes of the document, and in what the fields hold (D11).

Field encryption gives confidentiality and place, not origin and not freshness (S9.5):

- Everybody who has the public key can write a field.
- An older field of the same place and context decrypts: rollback of a value is not noticed.
- Elements that were cut off at the end of an array are not noticed either, nor are other values
  that are missing, as long as each selector selects one value or is in `optional`.
- Names and contexts are compared by code points, without normalization: the two Unicode spellings
  of a Korean name, composed (NFC) and decomposed (NFD), are two places or two records.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from json import JSONEncoder
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .._core.base64url import from_base64url
from .._core.forms import MAX_JWE_HEADER, NotStrict
from .._core.scrub import raising
from .._core.strict_json import MAX_DEPTH, read_json, write_json
from .._core.unwritable import describe_unwritable
from .._core.values import KeyHolder, Value, require_items, require_types
from ..errors import (
    DecryptionError,
    InvalidPayload,
    InvalidSetting,
    MalformedPayload,
    WrongProtection,
)
from ..keys.crypto_key import Side
from ..keys.ring import KeyRing, require_usable
from . import jwe
from .json_path import (
    Location,
    Match,
    Selection,
    SelectorSet,
    TooManyMatches,
    copy_json,
    normalized_path,
    parse,
)
from .message import KM_PATH

KM_CTX = "km-ctx"
MAX_ENCRYPTED_KEYS = 16  # distinct ones that one call reads (S9.3)
# A field has some 500 characters or more: a document of 1 MiB holds about 2,000 of them.
MAX_VALUES = 10_000  # selected ones of one call (S9.3)
MAX_HEADERS = 4 << 20  # characters of the encoded headers that one call writes (S9.3)

_NO_DOCUMENT = f"the document must have str for all names, and at most {MAX_DEPTH} levels (S9.2)"
_ASCII_JSON = JSONEncoder(separators=(",", ":"))
_WrappedCek = tuple[str, str, bytes]  # kid, enc, encrypted key


class FieldResult(Value):
    """The result of a call: two are equal if document and report are. It can be pickled.

    Args:
        document: The new document.
        report: For each selector, how many of its values were changed.
    """

    document: Any
    report: dict[str, int]

    def __init__(self, document: Any, report: dict[str, int]) -> None:
        require_types(report=(report, dict))
        self._set_attributes(document=document, report=report)

    def __reduce__(self) -> tuple[type["FieldResult"], tuple[object, ...]]:
        return type(self), (self.document, self.report)

    def __repr__(self) -> str:
        return f"<FieldResult {self.report}>"


class FieldCipher(KeyHolder):
    """Encrypts and decrypts the values that selectors select in a JSON document.

    Decrypted values are confidential and in their place, no more: everybody who has the public key
    can write a field, an older value of the same place and context decrypts, elements cut off at
    the end of an array are not missed, and names and contexts are not normalized (S9.5).

    Make one with `for_client`, `for_gateway` or `for_storage`, which differ in the keys that they
    use. It does not change, and threads can share it.
    """

    def __init__(
        self,
        ring: KeyRing,
        selectors: Iterable[str],
        encrypts_to: Side,
        decrypts_with: Side,
        *,
        optional: Iterable[str] = (),
        plain: Iterable[str] = (),
        enc: str = "A128GCM",
        accept_inactive: bool = False,
    ) -> None:
        """Make a cipher that uses the public keys of one side and the private keys of one side.

        Args:
            encrypts_to: The side whose public key encrypts.
            decrypts_with: The side whose private keys decrypt.
            ring, selectors, optional, plain, enc, accept_inactive: As for `for_client`.
        """
        require_types(
            ring=(ring, KeyRing),
            encrypts_to=(encrypts_to, Side),
            decrypts_with=(decrypts_with, Side),
            accept_inactive=(accept_inactive, bool),
        )
        parsed = {text: parse(text) for text in _require_texts("selectors", selectors)}
        if not parsed:
            raise InvalidSetting("selectors must hold one selector or more (S9)")
        self._ring = ring
        self._selectors = SelectorSet(parsed)
        self._texts = tuple(parsed)
        self._optional = frozenset(_require_texts("optional", optional))
        self._plain = frozenset(_require_texts("plain", plain))
        if not parsed.keys() >= self._optional | self._plain:
            raise InvalidSetting("optional and plain must hold texts that selectors holds (S9)")
        self._encrypts_to = encrypts_to
        self._decrypts_with = decrypts_with
        self._enc = jwe.check_enc(enc)
        self._accept_inactive = accept_inactive

    @classmethod
    def for_client(
        cls,
        ring: KeyRing,
        selectors: Iterable[str],
        *,
        optional: Iterable[str] = (),
        plain: Iterable[str] = (),
        enc: str = "A128GCM",
        accept_inactive: bool = False,
    ) -> "FieldCipher":
        """Make the provider's cipher: it encrypts to the platform, and decrypts its fields.

        Args:
            ring: The crypto keys. The primary key encrypts; a field is decrypted with the key that
                it names.
            selectors: One selector or more, as `json_path` describes them.
            optional: Those of the selectors that may select nothing.
            plain: Those of the selectors whose values may be plain when a document is decrypted;
                such values stay as they are. A text that begins with a JWE header is not plain
                (S9.6).
            enc: The content algorithm that encrypts, A128GCM or A256GCM (S4.3).
            accept_inactive: Whether fields under inactive crypto keys are decrypted (S5.1).

        Raises:
            TypeError: An argument has another type.
            InvalidSetting: A selector is outside the subset (the text has the position), `optional`
                or `plain` has others than `selectors`, or `enc` is another algorithm.
        """
        return cls(
            ring,
            selectors,
            encrypts_to=Side.PLATFORM,
            decrypts_with=Side.CLIENT,
            optional=optional,
            plain=plain,
            enc=enc,
            accept_inactive=accept_inactive,
        )

    @classmethod
    def for_gateway(
        cls,
        ring: KeyRing,
        selectors: Iterable[str],
        *,
        optional: Iterable[str] = (),
        plain: Iterable[str] = (),
        enc: str = "A128GCM",
        accept_inactive: bool = False,
    ) -> "FieldCipher":
        """Make the platform's cipher: it encrypts to the provider, and decrypts its fields.

        Args:
            ring, selectors, optional, plain, enc, accept_inactive: As for `for_client`, which has
                the errors, too.
        """
        return cls(
            ring,
            selectors,
            encrypts_to=Side.CLIENT,
            decrypts_with=Side.PLATFORM,
            optional=optional,
            plain=plain,
            enc=enc,
            accept_inactive=accept_inactive,
        )

    @classmethod
    def for_storage(
        cls,
        ring: KeyRing,
        selectors: Iterable[str],
        *,
        side: Side | str | None = None,
        optional: Iterable[str] = (),
        plain: Iterable[str] = (),
        enc: str = "A128GCM",
        accept_inactive: bool = False,
    ) -> "FieldCipher":
        """Make a cipher for records that stay here: it decrypts what it encrypts.

        Args:
            side: The side whose pair is used, "platform" or "client". None means the side whose
                private key is here, if that is one side only.
            ring, selectors, optional, plain, enc, accept_inactive: As for `for_client`.

        Raises:
            InvalidSetting: `side` is another text, or None where the primary key has both private
                keys or none; or as for `for_client`.
        """
        require_types(ring=(ring, KeyRing), side=(side, Side | str | None))
        if side is None:
            side = _only_private_side(ring)
        with raising(InvalidSetting("side must be 'platform' or 'client' (S9)"), ValueError):
            side = Side(side)
        return cls(
            ring,
            selectors,
            encrypts_to=side,
            decrypts_with=side,
            optional=optional,
            plain=plain,
            enc=enc,
            accept_inactive=accept_inactive,
        )

    def encrypt(self, document: Any, context: str | None = None) -> FieldResult:
        """Copy a document with every selected value replaced by a JWE under the primary key.

        Args:
            document: A document of JSON values; a Decimal keeps its digits, a tuple becomes a list.
            context: A text that ties the fields to a record, such as its id. They are decrypted
                with the same context only (S9.4).

        Raises:
            InvalidPayload: The selectors do not fit the document, or select over 10,000 values; the
                document holds values that are not JSON; a selected value is a field already (S9.6);
                or the headers of all fields have over 4 MiB. `field` is the selector at fault, if
                it is one; the text has the place in the document of a value that is not JSON.
            KeyUnavailable: The primary key has no public key of that side.
        """
        selection = self._select(document, context, InvalidPayload)
        tokens = self._encrypt_values(selection.matches, context)
        return self._result(selection, tokens)

    def decrypt(self, document: Any, context: str | None = None) -> FieldResult:
        """Copy a document with every field replaced by its value: the inverse of `encrypt`.

        A document that a cipher of `for_client` encrypted is decrypted by one of `for_gateway`, and
        the other way round.

        Args:
            document: A document with encrypted fields.
            context: The context that they were encrypted with.

        Raises:
            MalformedPayload: The selectors do not fit the document, or select over 10,000 values;
                the document or the plaintext of a field is not JSON; or the fields have over 16
                encrypted keys. `field` is the selector at fault, if it is one; `reason` says why
                the plaintext of a field is not JSON.
            WrongProtection: A value is plain, and its selector is not in `plain`; or it is a JWE
                that was cut off.
            UnknownCryptoKey: A field names no key of the ring, or a discarded one.
            InactiveKey: A field names an inactive key, and `accept_inactive` is not set.
            KeyUnavailable: The key that a field names has no private key of that side.
            DecryptionError: A field cannot be decrypted here, whatever the reason.
        """
        selection = self._select(document, context, MalformedPayload)
        fields, plain_values = self._tell_apart(selection.matches)
        _copy_values(plain_values)
        values = self._decrypt_fields(fields, context)
        return self._result(selection, values)

    def rewrap(self, document: Any, context: str | None = None) -> FieldResult:
        """Encrypt the fields of a document again, under the current primary key: for a rotation.

        Each field is decrypted and encrypted in its place, and plain values of the selectors in
        `plain` are encrypted, too.

        Args:
            document: A JSON document. It is not changed.
            context: The context that its fields were made with, None for none (S9.4).

        Raises:
            InvalidSetting: The cipher was not made with `for_storage`, so that it cannot decrypt
                what it encrypts.

        The errors of `decrypt` and `encrypt` are raised as well.
        """
        if self._encrypts_to is not self._decrypts_with:
            raise InvalidSetting("rewrap() needs a cipher that was made with for_storage (S9)")
        selection = self._select(document, context, MalformedPayload)
        fields, plain_values = self._tell_apart(selection.matches)
        values = self._decrypt_fields(fields, context)
        decrypted = [field._replace(value=values.pop(field.location)) for field in fields]
        tokens = self._encrypt_values([*decrypted, *plain_values], context)
        return self._result(selection, tokens)

    def _select(
        self,
        document: Any,
        context: str | None,
        error_type: type[InvalidPayload] | type[MalformedPayload],
    ) -> Selection:
        """Copy the document and find the selected values.

        Raises `error_type` if the selectors do not fit the document, or if it is not JSON.
        """
        require_types(context=(context, str | None))
        try:
            selection = Selection(document, self._selectors, MAX_VALUES)
        except TooManyMatches:
            raise error_type(
                f"the selectors must select at most {MAX_VALUES:,} values of a document (S9.3)"
            ) from None
        except NotStrict:
            raise error_type(_NO_DOCUMENT) from None
        self._check_matches(selection.matches, error_type)
        return selection

    def _check_matches(
        self, matches: list[Match], error_type: type[InvalidPayload] | type[MalformedPayload]
    ) -> None:
        """Raise `error_type` for a selector that selects nothing, or a value inside another one."""
        selecting = _selectors_of(matches)
        selecting_inside = _selectors_of(_nested_matches(matches))
        for text in self._texts:
            if text not in selecting and text not in self._optional:
                raise error_type("a selector must select one value or more (S9)", field=text)
            if text in selecting_inside:
                raise error_type("a selected value must not be inside another one (S9)", field=text)

    def _encrypt_values(self, matches: list[Match], context: str | None) -> dict[Location, str]:
        """Encrypt values under the primary key. Raises InvalidPayload and KeyUnavailable."""
        for match in matches:
            _refuse_field(match)
        crypto_key = self._ring.primary
        cek = os.urandom(jwe.CEK_BYTES[self._enc])
        encrypted_key = crypto_key.public_half(self._encrypts_to).encrypt(cek, jwe.OAEP_256)
        content_cipher = AESGCM(cek)
        tokens: dict[Location, str] = {}
        characters_left = MAX_HEADERS
        for match in matches:
            plaintext = _write_value(match)
            try:
                header = _encode_header(self._enc, crypto_key.id, match.location, context)
            except NotStrict:
                raise InvalidPayload(
                    "the path of a selected value and the context must fit into a JWE header of "
                    "8 KiB, and must not have half a surrogate pair (S9.1)",
                    field=match.selectors[-1],
                ) from None
            characters_left -= len(header)
            if characters_left < 0:
                raise InvalidPayload(
                    "the headers of all fields must have at most 4 MiB together (S9.3): "
                    "encrypt fewer values, or values with shorter paths, in one call",
                    field=match.selectors[-1],
                )
            iv = os.urandom(jwe.IV_BYTES)
            token = jwe.assemble(header, plaintext, encrypted_key, content_cipher, iv)
            tokens[match.location] = token
        return tokens

    def _tell_apart(self, matches: list[Match]) -> tuple[list[Match], list[Match]]:
        """Return the values that must be fields, and the plain ones that may stay plain."""
        fields: list[Match] = []
        plain_values: list[Match] = []
        for match in matches:
            may_be_plain = self._plain.issuperset(match.selectors)
            if may_be_plain and _read_header(match.value) is None:
                plain_values.append(match)
            else:
                fields.append(match)
        return fields, plain_values

    def _decrypt_fields(self, matches: list[Match], context: str | None) -> dict[Location, Any]:
        """Decrypt fields. Raises the errors of `decrypt`."""
        fields = [_read_field(match.value, match.location, context) for match in matches]
        content_ciphers = self._unwrap(fields)
        values: dict[Location, Any] = {}
        for match, parts in zip(matches, fields, strict=True):
            plaintext = jwe.decrypt_content(parts, content_ciphers[_wrapped_cek(parts)])
            try:
                values[match.location] = read_json(plaintext, exact=True)
            except NotStrict as error:
                raise MalformedPayload(
                    f"the plaintext of a field must be strict JSON (S9.2): {error.reason}",
                    field=match.selectors[-1],
                    reason=error.reason,
                ) from None
        return values

    def _result(self, selection: Selection, changes: Mapping[Location, Any]) -> FieldResult:
        """Put the new values into the copy, and count them by their selectors."""
        report = dict.fromkeys(self._texts, 0)
        for match in selection.matches:
            if match.location not in changes:
                continue
            match.container[match.key] = changes[match.location]
            for text in match.selectors:
                report[text] += 1
        return FieldResult(selection.document, report)

    def _unwrap(self, fields: Iterable[jwe.Parts]) -> dict[_WrappedCek, AESGCM]:
        """Decrypt each encrypted key once, after every crypto key was found by its id (S9.1)."""
        wrapped_ceks = {_wrapped_cek(parts): parts for parts in fields}
        if len(wrapped_ceks) > MAX_ENCRYPTED_KEYS:
            raise MalformedPayload("the document must not have over 16 encrypted keys (S9.3)")
        crypto_keys = {
            kid: require_usable(
                self._ring.get(kid),
                accept_inactive=self._accept_inactive,
                name="a field's crypto key",
                unknown="a field names no crypto key of this ring (S9.1)",
            )
            for kid, _, _ in wrapped_ceks
        }
        private_keys = {
            kid: crypto_key.private_half(self._decrypts_with)
            for kid, crypto_key in crypto_keys.items()
        }
        content_ciphers = {}
        for wrapped_cek, parts in wrapped_ceks.items():
            kid, _, _ = wrapped_cek
            content_ciphers[wrapped_cek] = AESGCM(jwe.unwrap_cek(parts, private_keys[kid]))
        return content_ciphers


def _only_private_side(ring: KeyRing) -> Side:
    """Return the side whose private key the primary key has, if that is one side only."""
    sides = [side for side in Side if getattr(ring.primary, f"{side.value}_private") is not None]
    if len(sides) != 1:
        raise InvalidSetting(
            f"the primary key has {len(sides)} private keys, not one: "
            "pass side='platform' or side='client' (S9)"
        )
    return sides[0]


def _require_texts(name: str, texts: Iterable[str]) -> list[str]:
    """Return the selectors of an argument. Raises TypeError for anything but texts."""
    if isinstance(texts, str):
        raise TypeError(f"{name} must be an iterable of selectors, not one str")
    return require_items(name, texts, str)


def _selectors_of(matches: Iterable[Match]) -> set[str]:
    """Return the selectors that select one of the matches or more."""
    return {text for match in matches for text in match.selectors}


def _nested_matches(matches: Iterable[Match]) -> Iterator[Match]:
    """Give the matches that are inside others; in document order they come right behind them."""
    outer: Location | None = None
    for match in matches:
        if outer is not None and match.location[: len(outer)] == outer:
            yield match
        else:
            outer = match.location


def _copy_values(matches: Iterable[Match]) -> None:
    """Put copies in the places of values. Raises MalformedPayload for one that is not JSON."""
    try:
        for match in matches:
            match.container[match.key] = copy_json(match.value)
    except NotStrict:
        raise MalformedPayload(_NO_DOCUMENT) from None


def _read_header(value: Any) -> dict[str, Any] | None:
    """Return the header of a value that is a JWE, whole or cut off, and None for any other (S9.6).

    The header is the text before the first dot: canonical base64url of strict JSON of at most
    8 KiB, an object that has `alg` and `enc`, both of them text (RFC 7516, 4.1.1 and 4.1.2).
    """
    if not isinstance(value, str):
        return None
    end = value.find(".", 0, 2 * MAX_JWE_HEADER)
    if end == -1:
        return None
    try:
        text = from_base64url(value[:end])
        header = read_json(text)
    except NotStrict:
        return None
    if len(text) > MAX_JWE_HEADER or not isinstance(header, dict):
        return None
    has_both = isinstance(header.get("alg"), str) and isinstance(header.get("enc"), str)
    return header if has_both else None


def _refuse_field(match: Match) -> None:
    """Raise InvalidPayload for a value that is a field already, of this place or another (S9.6).

    In another place, a field decrypts nowhere. Encrypted once more, it would come back as text.
    """
    header = _read_header(match.value)
    if header is not None and KM_PATH in header:
        raise InvalidPayload(
            "a selected value is an encrypted field already (S9.6): "
            "decrypt it first, in its own place, or use rewrap()",
            field=match.selectors[-1],
        )


def _write_value(match: Match) -> bytes:
    """Write the plaintext of a field (S9.2).

    Raises InvalidPayload, whose text has the place of what JSON does not have, and its type.
    """
    try:
        return write_json(match.value, exact=True)
    except NotStrict:
        _, text = describe_unwritable(
            match.value, "the document", exact=True, location=match.location
        )
    raise InvalidPayload(f"{text} (S9.2)", field=match.selectors[-1])


def _place(location: Location, context: str | None) -> dict[str, str]:
    """Return the header parameters that tie a field to its place and its record (S9.1)."""
    place = {KM_PATH: normalized_path(location)}
    if context is not None:
        place[KM_CTX] = context
    return place


def _encode_header(enc: str, kid: str, location: Location, context: str | None) -> bytes:
    """Encode the first segment of a field (S9.1). Raises NotStrict as `jwe.encode_header` does."""
    header = {"enc": enc, "alg": jwe.ALG, "kid": kid, **_place(location, context)}
    return jwe.encode_header(_ASCII_JSON.encode(header))


def _read_field(value: Any, location: Location, context: str | None) -> jwe.Parts:
    """Take a field apart, if it is one of this place and context and of no other (S9.4)."""
    if not isinstance(value, str) or value.count(".") != 4:
        raise WrongProtection(
            "a selected value must be an encrypted field, not plain or cut off (S9.4)"
        )
    parts = jwe.read_parts(value)
    place = {name: parts.header[name] for name in (KM_PATH, KM_CTX) if name in parts.header}
    if place != _place(location, context):
        raise DecryptionError()
    return parts


def _wrapped_cek(parts: jwe.Parts) -> _WrappedCek:
    """Return what identifies a wrapped CEK.

    The same encrypted key under another crypto key or algorithm is another CEK.
    """
    return parts.header.get("kid", ""), parts.header["enc"], parts.encrypted_key
