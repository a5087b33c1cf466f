"""kmcrypto: signatures, correlation ids and encryption for the KONA PLATE open API.

The public names, and nothing else. They are loaded when they are first used (PEP 562), so that signing alone does not
load RSA, X.509 or JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import errors as errors
    from .encryption import jwe as jwe
    from .encryption.message import decrypt_message as decrypt_message, encrypt_message as encrypt_message
    from .exchange import one_time_token as one_time_token
    from .exchange.callback import CallbackReceiver as CallbackReceiver, CallbackSender as CallbackSender
    from .exchange.client import Client as Client
    from .exchange.gateway import Gateway as Gateway
    from .exchange.replay import MemoryReplayGuard as MemoryReplayGuard
    from .keys.crypto_key import CryptoKey as CryptoKey
    from .keys.project import KeyState as KeyState, Project as Project, ProjectKey as ProjectKey
    from .keys.ring import KeyRing as KeyRing
    from .signing.correlation import CorrelationId as CorrelationId, CorrelationIdSource as CorrelationIdSource
    from .signing.instant import KST as KST, UTC as UTC, Instant as Instant, TimeZone as TimeZone
    from .signing.signer import Signer as Signer
    from .signing.tran_token import TranToken as TranToken

__version__ = "0.1.0"

# fmt: off
__all__ = [
    "KST", "UTC", "CallbackReceiver", "CallbackSender", "Client", "CorrelationId", "CorrelationIdSource", "CryptoKey",
    "Gateway", "Instant", "KeyRing", "KeyState", "MemoryReplayGuard", "Project", "ProjectKey", "Signer", "TimeZone",
    "TranToken", "__version__", "decrypt_message", "encrypt_message", "errors", "jwe", "one_time_token",
]
_ROOMS = {
    "encryption.message": "decrypt_message encrypt_message", "exchange.callback": "CallbackReceiver CallbackSender",
    "exchange.client": "Client", "exchange.gateway": "Gateway", "exchange.replay": "MemoryReplayGuard",
    "keys.crypto_key": "CryptoKey", "keys.project": "KeyState Project ProjectKey", "keys.ring": "KeyRing",
    "signing.correlation": "CorrelationId CorrelationIdSource", "signing.instant": "KST UTC Instant TimeZone",
    "signing.signer": "Signer", "signing.tran_token": "TranToken",
}
# fmt: on
_HOMES = {name: home for home, names in _ROOMS.items() for name in names.split()}
_MODULES = {"errors": "errors", "jwe": "encryption.jwe", "one_time_token": "exchange.one_time_token"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES and name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module("." + (_HOMES.get(name) or _MODULES[name]), __name__)
    found = globals()[name] = getattr(module, name) if name in _HOMES else module  # asked for once
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
