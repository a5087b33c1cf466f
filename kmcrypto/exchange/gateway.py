"""Gateway: the platform's side of a call. Requests in, answers and refusals out (S4, S6).

`find_project` alone knows the projects. It is called once for each request, with the access key
that the request names.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Callable

from .._core.forms import MAX_BODY
from .._core.scrub import calling_out
from .._core.synchronous import require_synchronous
from .._core.values import require_types
from ..clock.instant import Clock
from ..clock.system import system_clock
from ..clock.time_zone import TimeZone
from ..keys.crypto_key import Side
from ..keys.project import Project
from ..keys.state import DISCARDED
from ..signing.headers import Headers, read_access_key
from .receiver import (
    DEFAULT_TOLERANCE_S,
    AcceptedRequest,
    Candidate,
    Candidates,
    PendingRequest,
)
from .refusals import REFUSALS, Refusal
from .replay import ReplayGuard
from .responding_receiver import RespondingReceiver

FindProject = Callable[[str], Project | None]  # by access key

_AWAIT_FIRST = (
    "await the look-up by access_key(headers) first, then give accept() or verify() a find_project"
    " that returns the project"
)


class Gateway(RespondingReceiver):
    """The platform's side of calls: receives, answers and refuses requests of many projects.

    Requests are decrypted with the platform's private key, answers encrypted to the client's
    public key (S4.5). It is safe to share between threads, tasks and forked workers.

    Args:
        find_project: Called with an access key; returns its Project, or None.
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
        InvalidSetting: A parameter is outside its range.
    """

    decrypts_with = Side.PLATFORM
    encrypts_to = Side.CLIENT
    requires_access_key = True

    def __init__(
        self,
        find_project: FindProject,
        *,
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
        require_types(find_project=(find_project, Callable))
        require_synchronous("find_project", find_project, _AWAIT_FIRST)
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
        self._find_project = calling_out(find_project)

    def access_key(self, headers: Headers) -> str:
        """Return the access key that a request names. Only its form is checked (S1.3).

        It serves a look-up that is awaited: find the project by it first, then give `accept` or
        `verify` a `find_project` that returns the project.

        Args:
            headers: Any mapping or iterable of pairs, of str or bytes, in any case.

        Raises:
            MissingHeader, DuplicateHeader, MalformedHeader: The header is not as S1.3 has it.
        """
        return read_access_key(headers)

    def accept(
        self,
        headers: Headers,
        body: bytes | bytearray | memoryview,
        *,
        encrypted: bool,
        answer_encrypted: bool | None = None,
        unique_body: bool = False,
        find_project: FindProject | None = None,
    ) -> AcceptedRequest:
        """Verify a request, claim it with the replay guard, and open it.

        Args:
            find_project: Takes the place of the Gateway's own for this request.
            headers, body, encrypted, answer_encrypted, unique_body: As for `Receiver.accept`, which
                has the errors, too.
        """
        candidates = self._candidates_by(find_project)
        return self._accept(headers, body, encrypted, answer_encrypted, unique_body, candidates)

    def verify(
        self,
        headers: Headers,
        body: bytes | bytearray | memoryview,
        *,
        encrypted: bool,
        answer_encrypted: bool | None = None,
        unique_body: bool = False,
        find_project: FindProject | None = None,
    ) -> PendingRequest:
        """Do everything up to the replay claim, which the caller makes before `open`.

        Args:
            find_project: Takes the place of the Gateway's own for this request.
            headers, body, encrypted, answer_encrypted, unique_body: As for `Receiver.verify`, which
                has the errors, too.
        """
        candidates = self._candidates_by(find_project)
        return self._pend(headers, body, encrypted, answer_encrypted, unique_body, candidates)

    def _candidates_by(self, find_project: FindProject | None) -> Candidates:
        """Return the look-up of senders by a finder, or by the Gateway's own."""
        if find_project is None:
            return self._candidates
        require_types(find_project=(find_project, Callable))
        return partial(self._candidates_of, calling_out(find_project))

    def _candidates(self, access_key: str | None) -> list[Candidate]:
        return self._candidates_of(self._find_project, access_key)

    def _candidates_of(self, find_project: FindProject, access_key: str | None) -> list[Candidate]:
        # `requires_access_key` is set: a request without an access key was refused before.
        project = find_project(access_key or "")
        if project is None:
            project = self._nobody  # is refused below, after the same steps as a discarded one
        if not isinstance(project, Project):
            raise TypeError(
                f"find_project must return Project or None, not {type(project).__name__};"
                f" if it is asynchronous, {_AWAIT_FIRST}"
            )
        if project.key.state is DISCARDED or project.key.access_key != access_key:
            return [(None, self._nobody.key)]
        return [(project, project.key)]
