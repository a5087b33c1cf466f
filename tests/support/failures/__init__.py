"""A call for each way to fail, with marked secrets wherever a call can hold one (D7).

Each module has the calls for one folder of the package, by a name. What is marked:

- secret key, card number, password and passphrase, as text;
- the body that holds the card number, and its MAC under the secret key;
- a sealing key, and a private key in each of its forms.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping

from tests.support import PASSWORD, SECRET
from tests.support.encodings import b64
from tests.support.keys import key_numbers, private_pem, rsa_key

Failures = Mapping[str, Callable[[], object]]

CARD = "9410777788881234"
BODY = b'{"cardNo":"9410777788881234"}'
PASSPHRASE = "made-up passphrase: 비밀번호"
SEALING_KEY = b"made-up sealing key of 32 bytes."
_MAC = hmac.digest(SECRET.encode(), BODY, hashlib.sha256)
_PRIVATE = rsa_key()
_PEM_LINE = private_pem(_PRIVATE).splitlines()[9].decode()
_NUMBER = key_numbers(_PRIVATE)["d"]

MARKED_TEXTS = [
    SECRET,
    CARD,
    PASSWORD,
    PASSPHRASE,
    SEALING_KEY.decode(),
    _MAC.hex(),
    base64.b64encode(_MAC).decode(),
    _PEM_LINE,
    b64(_NUMBER),
    str(_NUMBER),
]
MARKED_BYTES = [
    *(text.encode() for text in MARKED_TEXTS),
    *(text.encode("utf-16-le") for text in MARKED_TEXTS),
    _MAC,
    base64.b64decode(_PEM_LINE),
]


class Fault(Exception):
    """The error of a caller's own object."""


def raiser(error: BaseException) -> Callable[..., object]:
    """A function of the caller's that raises an error."""

    def call(*_: object) -> object:
        raise error

    return call
