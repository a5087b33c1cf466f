"""FieldCipher: chosen values of a JSON document, each replaced by a compact JWE (S9).

- Each field is a complete JWE that any JOSE library opens. Its header says what it is for: `kid` the crypto key,
  `km-path` the place, `km-ctx` the record. One that was moved, or put into another record, does not open.
- The fields of one call share a CEK and its encrypted key, so ten cost one RSA operation; each has a random IV.
- Nothing is left out in silence: a selector that selects nothing, a value inside another selected one, a plain value
  where an encrypted one is due are errors, unless the caller named that selector.
- A new document comes back; the one that was given is never changed.

It gives confidentiality and place, not origin: whoever has the public key can write a field (S9.5).
"""

import os
from collections.abc import Iterable, Mapping
from json import JSONEncoder
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .._core.forms import NotStrict
from .._core.scrub import raising
from .._core.strict_json import read_json, write_json
from .._core.values import KeyHolder, expect
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
from .json_path import Location, normalized_path, parse, replace_values, select
from .message import KM_PATH

if TYPE_CHECKING:
    from typing_extensions import Unpack

KM_CTX = "km-ctx"
MAX_ENCRYPTED_KEYS = 16  # distinct ones that one call reads (S9.3)
_ASCII = JSONEncoder(separators=(",", ":"))
_Found = dict[str, dict[Location, Any]]  # what each selector selects


class Options(TypedDict, total=False):
    """What every FieldCipher may be told.

    Of the selectors, those in `optional` may select nothing, and those in `plain` may find plain values when they
    decrypt, which stay as they are. `enc` encrypts; `accept_inactive` opens what inactive crypto keys encrypted.
    """

    optional: Iterable[str]
    plain: Iterable[str]
    enc: str
    accept_inactive: bool


class FieldResult(NamedTuple):
    """The new document, and for each selector how many of its values were encrypted or decrypted."""

    document: Any
    report: dict[str, int]


class FieldCipher(KeyHolder):
    """Encrypts and decrypts the values that `selectors` select in a JSON document (the RFC 9535 subset of json_path).

    Make it with `for_client`, `for_gateway` or `for_storage`, which say whose halves of the ring's keys it uses;
    `Options` has what else it may be told. Raises InvalidSetting for a selector outside the subset, with the position.
    Safe to share between threads.
    """

    def __init__(
        self,
        ring: KeyRing,
        selectors: Iterable[str],
        seals: Side,
        opens: Side,
        *,
        optional: Iterable[str] = (),
        plain: Iterable[str] = (),
        enc: str = "A128GCM",
        accept_inactive: bool = False,
    ) -> None:
        if isinstance(selectors, str) or isinstance(optional, str) or isinstance(plain, str):
            raise TypeError("selectors, optional and plain are lists of selectors, not one of them")
        expect(
            "ring is a KeyRing, accept_inactive is bool", (ring, KeyRing), (accept_inactive, bool)
        )
        self._selectors = {text: parse(text) for text in selectors}
        self._optional, self._plain = frozenset(optional), frozenset(plain)
        if not self._selectors or not self._selectors.keys() >= self._optional | self._plain:
            raise InvalidSetting(
                "a cipher has one selector or more, and optional and plain ones among them (S9)"
            )
        self._ring, self._seals, self._opens = ring, seals, opens
        self._enc, self._accept_inactive = jwe.check_enc(enc), accept_inactive

    @classmethod
    def for_client(
        cls, ring: KeyRing, selectors: Iterable[str], **options: "Unpack[Options]"
    ) -> "FieldCipher":
        """The provider's side: encrypts to the platform, decrypts what the platform encrypted."""
        return cls(ring, selectors, Side.PLATFORM, Side.CLIENT, **options)

    @classmethod
    def for_gateway(
        cls, ring: KeyRing, selectors: Iterable[str], **options: "Unpack[Options]"
    ) -> "FieldCipher":
        """The platform's side: encrypts to the provider, decrypts what the provider encrypted."""
        return cls(ring, selectors, Side.CLIENT, Side.PLATFORM, **options)

    @classmethod
    def for_storage(
        cls,
        ring: KeyRing,
        selectors: Iterable[str],
        *,
        side: Side | str | None = None,
        **options: "Unpack[Options]",
    ) -> "FieldCipher":
        """One's own records: encrypts and decrypts under the pair whose private half is here.

        `side`, "platform" or "client", says which of the two if both are.
        """
        expect("ring is a KeyRing", (ring, KeyRing))
        own = [one for one in Side if getattr(ring.primary, f"{one.value}_private") is not None]
        if side is None and len(own) != 1:
            raise InvalidSetting("the primary key has both private halves or none: say side= (S9)")
        with raising(InvalidSetting("side is platform or client (S9)"), ValueError):
            kept = own[0] if side is None else Side(side)
        return cls(ring, selectors, kept, kept, **options)

    def encrypt(self, document: Any, context: str | None = None) -> FieldResult:
        """A copy of the document in which every selected value is a JWE under the primary key.

        `context` ties the fields to a record, by its id, say: only with the same one do they open. Raises
        InvalidPayload, whose `field` is the selector at fault, and KeyUnavailable without the public half.
        """
        text = ""  # of the selector whose value is at work
        try:
            found, values = self._selected(document, context, InvalidPayload)
            key, secret = self._ring.primary, os.urandom(jwe.CEK_BYTES[self._enc])
            encrypted_key, cek, tokens = (
                key.public_half(self._seals).encrypt(secret, jwe.OAEP_256),
                AESGCM(secret),
                {},
            )
            for place, (text, value) in values.items():  # noqa: B007
                header = {"enc": self._enc, "alg": jwe.ALG, "kid": key.id, **_marks(place, context)}
                json, iv = write_json(value, exact=True), os.urandom(jwe.IV_BYTES)
                tokens[place] = jwe.assemble(
                    jwe.encode_header(_ASCII.encode(header)), json, encrypted_key, cek, iv
                )
        except NotStrict:
            raise InvalidPayload(
                "the document, or a value or its header, is not JSON (S9.2)", field=text
            ) from None
        return _result(document, found, tokens)

    def decrypt(self, document: Any, context: str | None = None) -> FieldResult:
        """The inverse of `encrypt`, with the same context: what `for_client` encrypts, `for_gateway` decrypts.

        Raises MalformedPayload, whose `field` is the selector at fault; WrongProtection for a plain value;
        UnknownCryptoKey or InactiveKey for the key that a field names; KeyUnavailable without its private half;
        DecryptionError, one for every reason, for a field that does not open here.
        """
        text = ""  # of the selector whose value is at work
        try:
            found, values = self._selected(document, context, MalformedPayload)
            due = {
                place
                for text, places in found.items()
                if text not in self._plain
                for place in places
            }
            fields = {
                place: value
                for place, (_, value) in values.items()
                if place in due or _is_token(value)
            }
            parts = {place: _read(value, place, context) for place, value in fields.items()}
            ceks, opened = self._unwrapped(parts.values()), {}
            for place, part in parts.items():
                text = values[place][0]
                opened[place] = read_json(jwe.decrypt_content(part, ceks[_wrapped(part)]), exact=True)
        except NotStrict:
            raise MalformedPayload(
                "the document, or what a field holds, is not JSON (S9.2)", field=text
            ) from None
        return _result(document, found, opened)

    def rewrap(self, document: Any, context: str | None = None) -> FieldResult:
        """The document with its fields under the current primary key, their values unchanged: for a rotation.

        Only who can decrypt what it encrypts can do this, a cipher made with `for_storage`: others are InvalidSetting.
        Plain values of the selectors in `plain` are encrypted, too.
        """
        if self._seals is not self._opens:
            raise InvalidSetting("rewrap() is for a cipher of one's own records: for_storage (S9)")
        return self.encrypt(self.decrypt(document, context).document, context)

    def _selected(
        self,
        document: Any,
        context: str | None,
        error: type[InvalidPayload] | type[MalformedPayload],
    ) -> tuple[_Found, dict[Location, tuple[str, Any]]]:
        """What each selector selects, and every selected value once, with a selector that selects it."""
        expect("context is str or None", (context, str | None))
        found = {text: select(selector, document) for text, selector in self._selectors.items()}
        values = {
            place: (text, value)
            for text, places in found.items()
            for place, value in places.items()
        }
        for text, places in found.items():
            if not places and text not in self._optional:
                raise error("a selector selects nothing (S9)", field=text)
            if any(place[:depth] in values for place in places for depth in range(len(place))):
                raise error(
                    "a selector selects something inside of a selected value (S9)", field=text
                )
        replace_values(document, values)  # that the rest of it is JSON must be known before RSA
        return found, values

    def _unwrapped(self, parts: Iterable[jwe.Parts]) -> dict[tuple[str, str, bytes], AESGCM]:
        """The CEK of each encrypted key, after every crypto key was found by the id that the fields name (S9.1)."""
        wrapped = {_wrapped(part): part for part in parts}
        if len(wrapped) > MAX_ENCRYPTED_KEYS:
            raise MalformedPayload("the document has more than 16 encrypted keys (S9.3)")
        name, unknown = "a field's crypto key", "a field names no crypto key of this ring (S9.1)"
        keys = {
            kid: require_usable(
                self._ring.get(kid),
                accept_inactive=self._accept_inactive,
                name=name,
                unknown=unknown,
            )
            for kid, *_ in wrapped
        }
        openers = {kid: key.private_half(self._opens) for kid, key in keys.items()}
        return {
            which: AESGCM(jwe.unwrap_cek(part, openers[which[0]])) for which, part in wrapped.items()
        }


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and value.count(".") == 4


def _marks(place: Location, context: str | None) -> dict[str, str]:
    """What the header of a field says of its place and record (S9.1)."""
    return {KM_PATH: normalized_path(place), **({} if context is None else {KM_CTX: context})}


def _read(value: Any, place: Location, context: str | None) -> jwe.Parts:
    """The parts of a field that says it is for this place and context, and for no other (S9.4)."""
    if not _is_token(value):
        raise WrongProtection("a value is plain where an encrypted field is due (S9.4)")
    part = jwe.read_parts(value)
    if {name: part.header[name] for name in (KM_PATH, KM_CTX) if name in part.header} != _marks(
        place, context
    ):
        raise DecryptionError()
    return part


def _wrapped(part: jwe.Parts) -> tuple[str, str, bytes]:
    """What an unwrapped CEK is good for: the same encrypted key may be named for another key or algorithm."""
    return part.header.get("kid", ""), part.header["enc"], part.encrypted_key


def _result(document: Any, found: _Found, changes: Mapping[Location, Any]) -> FieldResult:
    report = {text: sum(place in changes for place in places) for text, places in found.items()}
    return FieldResult(replace_values(document, changes), report)
