"""JSON as the readers of HAR and of JSON messages take it: lenient, and with typed members.

A recording is no message of the protocol: a byte order mark before it, say, is the editor's.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from ...._core.strict_json import too_deep
from .limits import unreadable


def parse(form: str, data: bytes) -> Any:
    """Parse JSON. Raises Unreadable."""
    if too_deep(data):
        raise unreadable(form, "its JSON is more than 64 levels deep")
    try:
        return json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise unreadable(form, "it must be JSON in UTF-8") from None


def member(form: str, owner: Mapping[str, Any], name: str, kind: type, default: Any) -> Any:
    """Return a member of its type, or the default if it is absent or null. Raises Unreadable."""
    value = owner.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise unreadable(form, f"the member {name} must be of type {kind.__name__}")
    return value


def encode_text(form: str, text: str) -> bytes:
    """Encode a body. Raises Unreadable for half a surrogate pair, which has no UTF-8."""
    try:
        return text.encode()
    except UnicodeError:
        raise unreadable(form, "a body has half a surrogate pair, which has no UTF-8") from None


def decode_base64(form: str, text: str) -> bytes:
    """Decode a body in base64. Raises Unreadable."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise unreadable(form, "a body must be base64, as the member beside it says") from None
