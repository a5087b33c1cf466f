"""kmcrypto: signatures, correlation ids and encryption for the KONA PLATE open API.

The public names, and nothing else. They are loaded when they are first used (PEP 562), so that signing alone does not
load RSA, X.509 or JSON; `__init__.pyi` shows them to type checkers.
"""

__version__ = "0.1.0"

# fmt: off
_HOMES = {name: home for home, names in {  # where each name is from; a module's own name stands for the module
    "encryption.fields": "FieldCipher", "encryption.jwe": "jwe",
    "encryption.message": "decrypt_message encrypt_message", "errors": "errors",
    "exchange.callback": "CallbackReceiver CallbackSender", "exchange.client": "Client", "exchange.gateway": "Gateway",
    "exchange.one_time_token": "one_time_token", "exchange.replay": "MemoryReplayGuard",
    "keys.crypto_key": "CryptoKey", "keys.project": "KeyState Project ProjectKey", "keys.ring": "KeyRing",
    "signing.correlation": "CorrelationId CorrelationIdSource", "signing.instant": "KST UTC Instant TimeZone",
    "signing.signer": "Signer", "signing.tran_token": "TranToken",
}.items() for name in names.split()}
# fmt: on
__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module("." + _HOMES[name], __name__)
    found = globals()[name] = getattr(module, name, module)  # asked for once
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
