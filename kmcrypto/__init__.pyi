"""The public names with their types: what `__init__.py` loads when they are first used."""

from . import errors as errors
from .encryption import jwe as jwe
from .encryption.fields import FieldCipher as FieldCipher
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

__all__: list[str]
__version__: str
