"""Encrypted fields made by hand (S9.1 to S9.3)."""

from typing import Any, NamedTuple

from ..common.base import Json, derive
from ..common.jwe_maker import Made, checked, header_of, make
from ..common.parties import KEY_ID, ring

PATH = "$.cardNo"
CIPHER: Json = {
    "side": "gateway", "ring": ring(), "acceptInactive": False, "selectors": [PATH], "optional": [], "plain": [], "storageSide": None,
}  # fmt: skip


class Field(NamedTuple):
    """A field and its place."""

    path: str
    made: Made

    @property
    def token(self) -> str:
        """What stands in the document."""
        return self.made.token


def header(
    path: Any = "$['cardNo']", kid: Any = KEY_ID, context: Any = None, enc: str = "A128GCM"
) -> bytes:
    """A field's header, in the order of S9.1."""
    return header_of(
        {
            "enc": enc,
            "alg": "RSA-OAEP-256",
            "kid": kid,
            "km-path": path,
            **({} if context is None else {"km-ctx": context}),
        }
    )


def field(label: str, plaintext: bytes, path: str = "$['cardNo']", key: str = "platform_2048", kid: str = KEY_ID,
          context: str | None = None, enc: str = "A128GCM", **own: Any) -> Field:  # fmt: skip
    """A genuine field, checked; `own` are those of `jwe_maker.make`, and `header` for another header."""
    head = own.pop("header", header(path, kid, context, enc))
    return Field(path, checked(make(label, plaintext, head, key, **own), plaintext, key))


def tokens(label: str, values: dict[str, str]) -> list[Field]:
    """Fields that share one CEK and one encrypted key, each with its own IV (S9.3)."""
    shared: Json = {"cek": derive(f"{label}/cek", 16), "seed": derive(f"{label}/seed", 64)}
    return [
        field(f"{label}/{number}", text.encode(), path, **shared)
        for number, (path, text) in enumerate(values.items())
    ]
