"""Callbacks: the platform calls the provider (S10). The two roles of a call change places.

A callback carries no access key, so its receiver serves one project. It is encrypted to the client
pair, and its answer to the platform pair. Nothing in the token marks the direction (S10.4): a
provider's own plain request can be sent back to it as a callback. Prefer encrypted callbacks, or
receive callbacks on a host of their own.
"""

from collections.abc import Iterable, Mapping

from .._core.forms import MAX_BODY
from .._core.values import require_items, require_types
from ..clock.instant import Clock
from ..clock.system import system_clock
from ..clock.time_zone import TimeZone
from ..errors import InvalidSetting
from ..keys.crypto_key import CryptoKey, Side
from ..keys.project import Project
from ..keys.project_key import ProjectKey
from ..keys.state import KeyState
from ..signing.correlation import CorrelationIds
from .client import Client
from .receiver import DEFAULT_TOLERANCE_S, find_key
from .refusals import REFUSALS, Refusal
from .replay import ReplayGuard
from .responding_receiver import RespondingReceiver


class CallbackSender(Client):
    """The platform's side of callbacks: seals them and opens their answers, as a Client does.

    It encrypts to the client's public key of the first issued crypto key (S5.3), and sends no
    access key (S10.1).

    Args:
        project: The project, as the platform holds it.
        clock, correlation_ids, enc, write_kid, max_body, accept_inactive: As for Client.

    Raises:
        InvalidSetting: A parameter is outside its range.
        KeyUnavailable: The project key is not active.
    """

    encrypts_to = Side.CLIENT
    decrypts_with = Side.PLATFORM
    _is_callback = True

    # Written out, so that a misspelt parameter is an error of CallbackSender() and not of Client().
    def __init__(
        self,
        project: Project,
        *,
        clock: Clock = system_clock,
        correlation_ids: CorrelationIds | None = None,
        enc: str = "A128GCM",
        write_kid: bool = False,
        max_body: int = MAX_BODY,
        accept_inactive: bool = False,
    ) -> None:
        super().__init__(
            project,
            clock=clock,
            correlation_ids=correlation_ids,
            enc=enc,
            write_kid=write_kid,
            max_body=max_body,
            accept_inactive=accept_inactive,
        )


class CallbackReceiver(RespondingReceiver):
    """The provider's side of callbacks: receives, answers and refuses them, as a Gateway does.

    Callbacks are decrypted with the client's private key, answers encrypted to the platform's
    public key. It is safe to share between threads, tasks and forked workers.

    Args:
        project: The provider's own project; its secret verifies callbacks (S10.2).
        callback_keys: Further keys whose secrets may verify them, during a rotation (S10.2).
        any_key: Whether any crypto key of the project may be named; else only the first issued
            (S10.3).
        replay_guard: Claims requests in `accept` (S11). None: only `verify` and `open` work.
        clock: Gives epoch nanoseconds as int. It is read once here, and then for each request.
        tolerance: How far a request's time may be from the clock, before or after: 0 to 86,400
            seconds.
        retention: How long encrypted requests and unique bodies stay claimed, in seconds: twice
            the tolerance or more. Other plain requests stay claimed for twice the tolerance (S11).
        zones: Further zones that a request may name, besides UTC and KST (S1.7).
        max_body: The longest request body, in bytes.
        accept_inactive: Whether requests under inactive keys are accepted (S5.1).
        allow_empty_body: Whether requests without a body are accepted (S3.7).
        enc: The content encryption of answers: "A128GCM" or "A256GCM" (S4.3).
        refusals: Rows that replace those of REFUSALS (S6.3).

    Raises:
        InvalidSetting: A parameter is outside its range, or a project key is discarded.
    """

    decrypts_with = Side.CLIENT
    encrypts_to = Side.PLATFORM
    requires_access_key = False

    def __init__(
        self,
        project: Project,
        *,
        callback_keys: Iterable[ProjectKey] = (),
        any_key: bool = False,
        replay_guard: ReplayGuard | None = None,
        clock: Clock = system_clock,
        tolerance: float = DEFAULT_TOLERANCE_S,
        retention: int = 86_400,
        zones: Iterable[TimeZone] = (),
        max_body: int = MAX_BODY,
        accept_inactive: bool = False,
        allow_empty_body: bool = False,
        enc: str = "A128GCM",
        refusals: Mapping[str, Refusal] = REFUSALS,
    ) -> None:
        super().__init__(
            replay_guard=replay_guard,
            clock=clock,
            tolerance=tolerance,
            retention=retention,
            zones=zones,
            max_body=max_body,
            accept_inactive=accept_inactive,
            allow_empty_body=allow_empty_body,
            enc=enc,
            refusals=refusals,
        )
        require_types(project=(project, Project), any_key=(any_key, bool))
        keys = [project.key, *require_items("callback_keys", callback_keys, ProjectKey)]
        if any(key.state is KeyState.DISCARDED for key in keys):
            raise InvalidSetting(
                "the keys of project and callback_keys must not be discarded (S5.1)"
            )
        self._senders: list[tuple[Project | None, ProjectKey]] = [(project, key) for key in keys]
        self._any_key = any_key

    def _candidates(self, access_key: str | None) -> list[tuple[Project | None, ProjectKey]]:
        return self._senders

    def _named_key(self, project: Project, key_id: str | None) -> CryptoKey | None:
        """Return the key that a callback uses.

        It is the named one, or the first issued if the callback names none (S10.3).
        """
        first_issued = None if project.ring is None else project.ring.first_issued
        named = first_issued if key_id is None else find_key(project, key_id)
        if named is first_issued or self._any_key:
            return named
        return None
