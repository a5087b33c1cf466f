"""kmcrypto: signatures, correlation ids and encryption for the KONA PLATE open API.

This module has the public names and nothing else. They are loaded when they are first used (PEP
562), so that signing alone does not load RSA, X.509 or JSON. Type checkers and programs that freeze
packages read the imports below `TYPE_CHECKING`; a test holds them and `_HOMES` against each other.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import errors as errors
    from .apis import one_time_token as one_time_token
    from .clock.instant import Instant as Instant
    from .clock.time_zone import KST as KST, UTC as UTC, TimeZone as TimeZone
    from .encryption import jwe as jwe
    from .encryption.fields import FieldCipher as FieldCipher, FieldResult as FieldResult
    from .encryption.message import (
        decrypt_message as decrypt_message,
        encrypt_message as encrypt_message,
    )
    from .exchange.callback import (
        CallbackReceiver as CallbackReceiver,
        CallbackSender as CallbackSender,
    )
    from .exchange.client import (
        Answer as Answer,
        Client as Client,
        SealedRequest as SealedRequest,
    )
    from .exchange.gateway import Gateway as Gateway
    from .exchange.receiver import (
        AcceptedRequest as AcceptedRequest,
        PendingRequest as PendingRequest,
    )
    from .exchange.refusals import REFUSALS as REFUSALS, Refusal as Refusal
    from .exchange.replay import (
        Claim as Claim,
        MemoryReplayGuard as MemoryReplayGuard,
        ReplayGuard as ReplayGuard,
    )
    from .exchange.responding_receiver import SealedAnswer as SealedAnswer
    from .keys.crypto_key import CryptoKey as CryptoKey, Side as Side
    from .keys.loading import PrivateKey as PrivateKey
    from .keys.project import Project as Project
    from .keys.project_key import ProjectKey as ProjectKey
    from .keys.ring import KeyRing as KeyRing
    from .keys.state import KeyState as KeyState
    from .signing.correlation import (
        CorrelationId as CorrelationId,
        CorrelationIdSource as CorrelationIdSource,
    )
    from .signing.signer import Signer as Signer
    from .signing.tran_token import TranToken as TranToken

__version__ = "0.1.0"
_OLDEST_CRYPTOGRAPHY = 43  # its major version, as in pyproject.toml

# The module of each public name. A name that is the module's own stands for the module.
_HOMES = {
    "AcceptedRequest": "exchange.receiver",
    "Answer": "exchange.client",
    "CallbackReceiver": "exchange.callback",
    "CallbackSender": "exchange.callback",
    "Claim": "exchange.replay",
    "Client": "exchange.client",
    "CorrelationId": "signing.correlation",
    "CorrelationIdSource": "signing.correlation",
    "CryptoKey": "keys.crypto_key",
    "FieldCipher": "encryption.fields",
    "FieldResult": "encryption.fields",
    "Gateway": "exchange.gateway",
    "Instant": "clock.instant",
    "KST": "clock.time_zone",
    "KeyRing": "keys.ring",
    "KeyState": "keys.state",
    "MemoryReplayGuard": "exchange.replay",
    "PendingRequest": "exchange.receiver",
    "PrivateKey": "keys.loading",
    "Project": "keys.project",
    "ProjectKey": "keys.project_key",
    "REFUSALS": "exchange.refusals",
    "Refusal": "exchange.refusals",
    "ReplayGuard": "exchange.replay",
    "SealedAnswer": "exchange.responding_receiver",
    "SealedRequest": "exchange.client",
    "Side": "keys.crypto_key",
    "Signer": "signing.signer",
    "TimeZone": "clock.time_zone",
    "TranToken": "signing.tran_token",
    "UTC": "clock.time_zone",
    "decrypt_message": "encryption.message",
    "encrypt_message": "encryption.message",
    "errors": "errors",
    "jwe": "encryption.jwe",
    "one_time_token": "apis.one_time_token",
}
__all__ = [*_HOMES, "__version__"]


def _load(name: str) -> object:
    """Return the public name that is used for the first time."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    _check_cryptography()
    try:
        module = import_module(f".{_HOMES[name]}", __name__)
    except AttributeError as error:
        # A damaged dependency raised it. Python would take it for "there is no such name" here, and
        # say nothing of the dependency.
        raise ImportError(f"{__name__}.{name} cannot be loaded: {error}") from error
    is_module = module.__name__.endswith(f".{name}")
    value = module if is_module else getattr(module, name)
    globals()[name] = value  # Python does not ask again for a name that is there.
    return value


if not TYPE_CHECKING:  # Type checkers would take it for a promise that every name is there.
    __getattr__ = _load


def _check_cryptography() -> None:
    """Raise ImportError beside a `cryptography` that is too old.

    An installer would have seen to that; a vendored copy has none.
    """
    from cryptography import __version__ as version

    if int(version.partition(".")[0]) < _OLDEST_CRYPTOGRAPHY:
        raise ImportError(
            f"{__name__} needs cryptography {_OLDEST_CRYPTOGRAPHY} or newer, not {version}"
        )


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
