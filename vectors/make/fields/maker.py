"""Encrypted fields made by hand (S9.1 to S9.3), and the ways to add a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..common.derive import derive
from ..common.encode import Json, compact_text
from ..common.errors import Error
from ..common.jwe import Jwe, check_jwe, header_with, make_jwe
from ..common.requests import KEY_ID, make_ring
from ..common.vector_file import Case, Group, VectorFile

PATH = "$['cardNo']"
SELECTOR = "$.cardNo"


def field_group(
    file: VectorFile,
    *,
    side: str = "gateway",
    ring: Json | None = None,
    accept_inactive: bool = False,
    selectors: Sequence[str] = (SELECTOR,),
    optional: Sequence[str] = (),
    plain: Sequence[str] = (),
    storage_side: str | None = None,
) -> Group:
    """Begin a group of cases with one configuration of the cipher."""
    return file.group(
        side=side,
        ring=ring or make_ring(),
        acceptInactive=accept_inactive,
        selectors=list(selectors),
        optional=list(optional),
        plain=list(plain),
        storageSide=storage_side,
    )


@dataclass(frozen=True)
class Field:
    """An encrypted field, and the normalized path of its place."""

    path: str
    jwe: Jwe

    @property
    def text(self) -> str:
        """The string that stands in the document."""
        return self.jwe.compact


def field_header(
    path: Any = PATH, *, kid: Any = KEY_ID, context: Any = None, enc: str = "A128GCM"
) -> bytes:
    """Write a field's header, in the order of S9.1; the values may be of wrong types."""
    members = {"enc": enc, "alg": "RSA-OAEP-256", "kid": kid, "km-path": path}
    if context is not None:
        members["km-ctx"] = context
    return header_with(members)


def make_field(
    label: str,
    value: str,
    path: str = PATH,
    *,
    key: str = "platform_2048",
    kid: str = KEY_ID,
    context: str | None = None,
    enc: str = "A128GCM",
    header: bytes | None = None,
    cek: bytes | None = None,
    seed: bytes | None = None,
) -> Field:
    """Make a genuine field, and check it.

    Args:
        label: What the CEK, the IV and the seed are derived from.
        value: The JSON text of the value.
        path: The normalized path of its place.
        key: The name of the key pair that it is encrypted to.
        kid: The crypto key id.
        context: The record that it belongs to.
        enc: The content algorithm.
        header: The whole header, instead of the usual one.
        cek: The CEK, instead of the derived one.
        seed: The seed of OAEP, instead of the derived one.
    """
    plaintext = value.encode()
    if header is None:
        header = field_header(path, kid=kid, context=context, enc=enc)
    jwe = make_jwe(label, plaintext, header, key, cek=cek, seed=seed)
    check_jwe(jwe, plaintext, key)
    return Field(path, jwe)


def make_fields(label: str, values: dict[str, str]) -> list[Field]:
    """Make fields that share a CEK and an encrypted key, each with an IV of its own (S9.3)."""
    cek = derive(f"{label}/cek", 16)
    seed = derive(f"{label}/seed", 64)
    return [
        make_field(f"{label}/{number}", value, path, cek=cek, seed=seed)
        for number, (path, value) in enumerate(values.items())
    ]


def to_json_text(document: Any) -> str:
    """Write a document as JSON; a string is JSON text already."""
    return document if isinstance(document, str) else compact_text(document)


def positive_document(
    group: Group,
    comment: str,
    flags: str,
    *,
    document: Any,
    plain: Any,
    report: dict[str, int],
    fields: Sequence[Field] | None = None,
    context: str | None = None,
    rule: str | None = None,
) -> Case:
    """Add a document whose fields decrypt.

    Args:
        group: The group with the cipher's configuration.
        comment: What is special about the case.
        flags: The names of its notes.
        document: The document, or its JSON text.
        plain: The decrypted document, or its JSON text.
        report: How many fields each selector must find.
        fields: The fields whose values on the way are shown.
        context: The record that the document belongs to.
        rule: The rule, where it is not that of the flag.
    """
    intermediate: Json = {}
    if fields is not None:
        intermediate["fields"] = {field.path: field.jwe.intermediate for field in fields}
    return group.positive(
        comment,
        flags,
        rule=rule,
        operation="decrypt",
        document=to_json_text(document),
        context=context,
        outputs={"plain": to_json_text(plain), "report": report},
        intermediate=intermediate,
    )


def negative_document(
    group: Group,
    base: Case,
    comment: str,
    flags: str,
    error: Error,
    document: Any,
    rule: str | None = None,
) -> None:
    """Add another document, or its JSON text, in the base's place."""
    text = to_json_text(document)
    group.negative(base, comment, flags, error, rule=rule, document=text)


def negative_value(
    group: Group,
    base: Case,
    comment: str,
    flags: str,
    error: Error,
    value: Any,
    rule: str | None = None,
) -> None:
    """Add the usual document with another value, a compact JWE or not, in the field's place."""
    document = {"cardNo": value, "amount": 1500}
    negative_document(group, base, comment, flags, error, document, rule)
