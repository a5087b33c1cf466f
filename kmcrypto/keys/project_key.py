"""A project key: the identifiers and the secret key that sign a project's requests (S5.1).

The secret key is turned into a keyed HMAC once, when the project key is made. Every signature and
every verification starts from a copy of that HMAC, which saves hashing the secret key again. The
text of the secret key is not kept.

Signing needs this module and those below it, and no more: RSA, X.509 and JSON are not imported.
"""

from typing import Union

from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.hmac import HMAC

from .._core.forms import is_access_key, is_asp_id
from .._core.scrub import raising
from .._core.values import require_types
from ..errors import InvalidHeaderValue, InvalidKey, InvalidSetting, KeyUnavailable
from .state import ACTIVE, DISCARDED, HasState, KeyState

Secret = Union[str, bytes]  # the text of a secret key as it was issued, or its UTF-8
_KINDS = ("sandbox", "UAT", "SI")  # S5.1
# Opening and closing quotes: those of shells and settings files, and those of word processors.
_QUOTES = ('""', "''", "\u201c\u201d", "\u2018\u2019")


def keyed_hmac(secret: Secret) -> HMAC:
    """Make an HMAC-SHA256 whose key is the UTF-8 of a secret key's text, as issued (S3.3).

    Raises InvalidKey for a secret key that is empty or that shows traces of a bad copy: control
    characters, white space or a byte order mark at an end, or a pair of quotes around it, which may
    be straight or typographic (S5.4). It may have any length.
    """
    require_types(secret=(secret, Secret))
    with raising(InvalidKey("the secret key must be UTF-8 text (S5.4)"), UnicodeError):
        text = secret.decode() if isinstance(secret, bytes) else secret
        key = text.encode()
    _check_secret_text(text)
    return HMAC(key, SHA256())


def _check_secret_text(text: str) -> None:
    """Raise InvalidKey for a text that cannot be a secret key as it was issued (S5.4)."""
    if not text:
        raise InvalidKey("the secret key must not be empty (S5.4)")
    if text.strip().strip("\ufeff") != text:
        raise InvalidKey(
            "the secret key must not have white space or a byte order mark at an end (S5.4)"
        )
    # A quote at one end alone may belong to the secret key.
    if len(text) > 1 and text[0] + text[-1] in _QUOTES:
        raise InvalidKey("the secret key must not stand in quotes: take the pair off (S5.4)")
    # Unicode's category Cc: U+0000 to U+001F, and U+007F to U+009F.
    if any(character < " " or "\x7f" <= character < "\xa0" for character in text):
        raise InvalidKey("the secret key must not contain control characters (S5.4)")


class ProjectKey(HasState):
    """A project key: what identifies and signs one project's requests. Threads may share it.

    Args:
        asp_id: The X-KM-User-AspId: 15 letters and digits (S1.1).
        access_key: The X-KM-Access-Key: 40 letters, digits and hyphens (S1.3).
        secret_key: The secret key's text as issued, or its UTF-8, of any length (S3.3, S5.4).
        state: The key's state; only an active key signs (S5.1).
        kind: "sandbox", "UAT" or "SI", or None where it is not known (S5.1).

    Attributes:
        opaque_id: 8 bytes that stand for the project and do not show its access key: the owner of
            its replay claims (S11.3).

    Raises:
        InvalidHeaderValue: `asp_id` or `access_key` is not of its form.
        InvalidKey: `secret_key` is empty or shows traces of a bad copy.
        InvalidSetting: `kind` is something else.
    """

    asp_id: str
    access_key: str
    kind: str | None
    state: KeyState
    opaque_id: bytes
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
        require_types(
            asp_id=(asp_id, str),
            access_key=(access_key, str),
            state=(state, KeyState),
            kind=(kind, str | None),
        )
        if not is_asp_id(asp_id):
            raise InvalidHeaderValue("asp_id must be 15 letters and digits (S1.1)")
        if not is_access_key(access_key):
            raise InvalidHeaderValue("access_key must be 40 letters, digits and hyphens (S1.3)")
        if kind is not None and kind not in _KINDS:
            raise InvalidSetting("kind must be sandbox, UAT or SI (S5.1)")
        require_types(secret_key=(secret_key, Secret))
        self._set_attributes(
            asp_id=asp_id,
            access_key=access_key,
            kind=kind,
            state=state,
            opaque_id=_opaque_id(access_key),
            _hmac=keyed_hmac(secret_key),
        )

    def __repr__(self) -> str:
        return f"<ProjectKey {self.access_key[:4]}*** {self.state.value}>"


def _opaque_id(access_key: str) -> bytes:
    """Return what stands for a project where its access key must not be read (S11.3)."""
    digest = Hash(SHA256())
    digest.update(b"kmcrypto owner:" + access_key.encode())
    return digest.finalize()[:8]


def signing_hmac(secret: Secret | ProjectKey) -> HMAC:
    """Return a fresh HMAC to sign with. Raises KeyUnavailable unless the key is active (S5.1)."""
    if not isinstance(secret, ProjectKey):
        return keyed_hmac(secret)
    if secret.state is not ACTIVE:
        raise KeyUnavailable(
            f"only an active project key signs, and this one is {secret.state.value} (S5.1)"
        )
    return secret._hmac.copy()


def verifying_hmac(secret: Secret | ProjectKey) -> HMAC:
    """Return a fresh HMAC to verify with. Raises KeyUnavailable for a discarded key (S5.1)."""
    if not isinstance(secret, ProjectKey):
        return keyed_hmac(secret)
    if secret.state is DISCARDED:
        raise KeyUnavailable("a discarded project key verifies nothing (S5.1)")
    return secret._hmac.copy()
