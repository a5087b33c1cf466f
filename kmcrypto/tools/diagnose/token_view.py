"""A tran token read leniently: its time and its MAC, in whatever way the MAC was encoded.

`TranToken.parse` says no more than that a text is not of the form. Here the usual mistakes of the
form are told apart (S3.8), and the MAC behind them is still compared.
"""

import base64
import re

from ..._core.values import Frozen
from ...errors import MalformedToken
from ...signing.tran_token import PREFIX, TranToken

_HEX = re.compile(r"[0-9A-Fa-f]+")
_HEX_CHARACTERS = 64
_PADDED_HEX_CHARACTERS = 66
_MAC_BYTES = 32
_MAX_TEXT = 512
_REAL_TIME = f"{PREFIX}%s:{'A' * 43}="


class TokenView(Frozen):
    """What can be read of a tran token.

    Attributes:
        mac: The bytes that its MAC text stands for, of any number; None if it stands for none.
        digits: The 17 digits of its time; None if it has no real time.
        faults: The codes of what is wrong with its form.
    """

    mac: bytes | None
    digits: str | None
    faults: tuple[str, ...]

    def __init__(self, text: str) -> None:
        faults = []
        prefix, digits, mac_text = _split(text[:_MAX_TEXT])
        if prefix != PREFIX:
            faults.append("token-prefix")
        if not is_real_time(digits):
            faults.append("token-time")
        mac, fault = _decode(mac_text)
        if fault is not None:
            faults.append(fault)
        if not faults and not _is_canonical(text):
            faults.append("token-form")
        if len(faults) == 3 or (mac is None and len(faults) > 1):
            faults = ["token-form"]  # it is another text
        has_time = "token-time" not in faults and is_real_time(digits)
        self._set_attributes(mac=mac, digits=digits if has_time else None, faults=tuple(faults))

    def __repr__(self) -> str:
        return f"<TokenView {self.digits}>"


def is_real_time(digits: str) -> bool:
    """Tell whether a text is 17 digits of a real date and time."""
    return len(digits) == 17 and _is_canonical(_REAL_TIME % digits)


def _is_canonical(text: str) -> bool:
    try:
        TranToken.parse(text)
    except MalformedToken:
        return False
    return True


def _split(text: str) -> tuple[str, str, str]:
    """Return the prefix with its colon, the time and the MAC."""
    parts = text.split(":")
    if len(parts) == 3:
        return f"{parts[0]}:", parts[1], parts[2]
    if len(parts) == 2:
        return "", parts[0], parts[1]
    return "", "", text


def _decode(text: str) -> tuple[bytes | None, str | None]:
    """Return the bytes of a MAC text, and the code of the mistake in its encoding."""
    if _HEX.fullmatch(text) is not None:
        if len(text) == _HEX_CHARACTERS:
            return bytes.fromhex(text), "mac-hex"
        if len(text) == _PADDED_HEX_CHARACTERS and text.endswith("00"):
            return bytes.fromhex(text[:-2]), "mac-hex-padded"
        if len(text) == _PADDED_HEX_CHARACTERS and text.startswith("00"):
            return bytes.fromhex(text[2:]), "mac-hex-padded"
    unpadded = text.rstrip("=")
    standard = unpadded.replace("-", "+").replace("_", "/")
    padding = "=" * (-len(unpadded) % 4)
    try:
        mac = base64.b64decode(standard + padding, validate=True)
    except ValueError:
        return None, "token-form"
    if len(mac) == _HEX_CHARACTERS and _HEX.fullmatch(mac.decode("latin-1")) is not None:
        return bytes.fromhex(mac.decode()), "mac-base64-of-hex"
    if len(mac) != _MAC_BYTES:
        return None, "mac-hash" if len(mac) in (16, 20, 28, 48, 64) else "token-form"
    if standard != unpadded:
        return mac, "mac-base64url"
    if text != unpadded + padding:
        return mac, "mac-base64-unpadded"
    return mac, None
