"""A project key: the identifiers and the secret that sign a project's requests.

The secret is turned into a keyed HMAC once, when the key is made; every signature starts from a copy of it, which
saves hashing the key again. The secret's text itself is not kept.
"""

from typing import Union

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from .._core.forms import is_access_key, is_asp_id
from .._core.scrub import raising
from .._core.values import expect
from ..errors import InvalidHeaderValue, InvalidKey, InvalidSetting, KeyUnavailable
from .state import ACTIVE, HasState, KeyState

Secret = Union[str, bytes]  # as it was issued


def keyed_hmac(secret: Secret) -> HMAC:
    """HMAC-SHA256 under the UTF-8 bytes of the issued text, as it was issued (S3.3, S5.4).

    Raises InvalidKey for an empty secret, control characters, or white space at either end (the traces of a bad
    copy); there is no minimum length.
    """
    expect("a secret key is str or bytes", (secret, (str, bytes)))
    with raising(InvalidKey("the secret key is not UTF-8 text (S5.4)"), UnicodeError):
        raw = (text := secret.decode() if isinstance(secret, bytes) else secret).encode()
    if not text:
        raise InvalidKey("the secret key is empty (S5.4)")
    if text.strip().strip("\ufeff") != text:
        raise InvalidKey("the secret key has white space or a byte order mark at an end (S5.4)")
    if any(character < " " or "\x7f" <= character < "\xa0" for character in text):
        raise InvalidKey("the secret key has a control character (S5.4)")
    return HMAC(raw, SHA256())


class ProjectKey(HasState):
    """A project key: `asp_id` (15 characters), `access_key` (40), secret key (text of any length) and `state`.

    `kind` is what it was issued for: "sandbox", "UAT", "SI" (S5.1), or None where nobody said. Raises
    InvalidHeaderValue, InvalidKey or InvalidSetting for values outside S1.1, S1.3, S5.4 and S5.1. Safe to share
    between threads.
    """

    asp_id: str
    access_key: str
    kind: str | None
    state: KeyState
    _hmac: HMAC

    def __init__(
        self,
        *,
        asp_id: str,
        access_key: str,
        secret_key: Secret,
        state: KeyState = ACTIVE,
        kind: str | None = None,
    ) -> None:
        expect("asp_id and access_key are str", (asp_id, str), (access_key, str))
        expect("state is a KeyState, kind str or None", (state, KeyState), (kind, str | None))
        if not is_asp_id(asp_id):
            raise InvalidHeaderValue("asp_id is not 15 letters and digits (S1.1)")
        if not is_access_key(access_key):
            raise InvalidHeaderValue("access_key is not 40 letters, digits and hyphens (S1.3)")
        if kind not in (None, "sandbox", "UAT", "SI"):
            raise InvalidSetting("the kind of a project key is sandbox, UAT or SI (S5.1)")
        self._fill(
            asp_id=asp_id,
            access_key=access_key,
            kind=kind,
            state=state,
            _hmac=keyed_hmac(secret_key),
        )

    def _signing_hmac(self) -> HMAC:
        if self.state is not ACTIVE:
            raise KeyUnavailable("only an active project key signs (S5.1)")
        return self._hmac

    def __repr__(self) -> str:
        return f"<ProjectKey {self.access_key[:4]}*** {self.state.value}>"
