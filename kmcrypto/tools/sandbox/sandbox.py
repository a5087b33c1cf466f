"""The sandbox: which path does what. No sockets here, only the parts of requests and answers.

One path is the platform's: the token API (S7), behind a FakePlatform, whose Gateway verifies, opens
and answers. Two paths are the sandbox's own. They take and give plain JSON without the headers of
S1, and each of their answers says that it is not the platform's:

    /sandbox/spend      {"oneTimeToken": "..."}: spends a token, once and in time
    /sandbox/callback   {"encrypted": true, "payload": {...}}: sends a callback

A browser sends the header Origin with each POST that a page makes. Requests that have it are
refused, so that no page that a developer looks at calls the sandbox.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from threading import Lock
from typing import Any, NamedTuple

from ...apis.one_time_token import ENCRYPTED, PATH
from ...clock.instant import Clock
from ...clock.system import system_clock
from ...encryption.message import read_payload
from ...errors import KmCryptoError, MalformedPayload
from ...exchange.receiver import AcceptedRequest
from ...keys.project import Project
from ...signing.headers import read_correlation_id
from ...testing import FakePlatform, Fault, projects
from .callbacks import Callbacks
from .first_finding import Pairs, RefusedRequest, first_finding
from .loopback import LoopbackUrl
from .token_service import Spending, TokenService

TOKEN_PATH = "/open-api" + PATH
SPEND_PATH = "/sandbox/spend"
CALLBACK_PATH = "/sandbox/callback"

_NS_PER_SECOND = 1_000_000_000
_NOT_THE_PLATFORM = "this answer is the sandbox's own, not the platform's"
_SPENDING_STATUS = {
    Spending.SPENT: 200,
    Spending.SPENT_BEFORE: 409,
    Spending.EXPIRED: 410,
    Spending.UNKNOWN: 404,
}
_JSON_KINDS = {str: "a text", bool: "true or false", dict: "an object"}


class Reply(NamedTuple):
    """What the sandbox answers, and a remark for its log.

    Attributes:
        status: The HTTP status.
        headers: The headers, without Content-Length.
        body: The body.
        remark: What became of the request; nothing in it came from the request.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    remark: str


def own_reply(status: int, members: Mapping[str, Any], remark: str) -> Reply:
    """Make a reply that is the sandbox's own, and says so."""
    text = json.dumps({"sandbox": _NOT_THE_PLATFORM, **members})
    return Reply(status, {"Content-Type": "application/json"}, text.encode(), remark)


class Sandbox:
    """The platform on this computer, for one project. Threads may share it.

    Args:
        project: The project, as the platform holds it: unless given, that of `testing.projects`.
        clock: Gives epoch nanoseconds: the clock of the platform.
        fault: How the token API misbehaves: one of `testing.FAULTS`.
        callback_url: Where callbacks go, or None.

    Attributes:
        platform: The FakePlatform of the token API. Its `seen` and `refused` are those of the last
            request, so that they do not grow.

    Raises:
        InvalidSetting: `fault` is unknown.
    """

    def __init__(
        self,
        project: Project | None = None,
        *,
        clock: Clock = system_clock,
        fault: Fault | None = None,
        callback_url: LoopbackUrl | None = None,
    ) -> None:
        if project is None:
            project = projects().platform
        self._project = project
        self._clock = clock
        self._tokens = TokenService(clock)
        self.platform: FakePlatform = FakePlatform(
            self._issue, encrypted=ENCRYPTED, fault=fault, project=project, clock=clock
        )
        self._callbacks: Callbacks | None = None
        if callback_url is not None:
            self._callbacks = Callbacks(callback_url, project, clock)
        self._endpoints: Mapping[str, Callable[[Pairs, bytes], Reply]] = {
            TOKEN_PATH: self._call_platform,
            SPEND_PATH: self._spend,
            CALLBACK_PATH: self._send_callback,
        }
        self._platform_lock = Lock()
        self._result = ""  # of the last request that the token service answered

    def knows_path(self, path: str) -> bool:
        """Return whether this is the path of an endpoint, and so may be logged as it is."""
        return path in self._endpoints

    def handle(self, method: str, path: str, headers: Pairs, body: bytes) -> Reply:
        """Answer a request.

        Args:
            method: The HTTP method.
            path: The path, with the query if there is one.
            headers: All headers, as pairs of name and value.
            body: The exact bytes of the body.
        """
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            paths = ", ".join(self._endpoints)
            remark = f"no such path; the token API is {TOKEN_PATH}"
            return own_reply(404, {"error": f"no such path; there are {paths}"}, remark)
        if method != "POST":
            return own_reply(405, {"error": "this path takes POST alone"}, "not by POST")
        if any(name.lower() == "origin" for name, _ in headers):
            error = "requests of web pages are refused: they have the header Origin"
            return own_reply(403, {"error": error}, error)
        return endpoint(headers, body)

    # --- The platform's token API -----------------------------------------------------------------

    def _call_platform(self, headers: Pairs, body: bytes) -> Reply:
        """Answer a call of the token API. The calls are made one at a time."""
        with self._platform_lock:
            self.platform.seen.clear()
            self.platform.refused.clear()
            self._result = ""
            status, answer_headers, answer_body = self.platform(headers, body)
            remark = self._describe(headers, body)
        return Reply(status, answer_headers, answer_body, remark)

    def _issue(self, accepted: AcceptedRequest) -> dict[str, Any]:
        payload = self._tokens.issue(accepted.payload)
        response = payload["response"]
        self._result = f"{response['code']} {response['description']}"
        return payload

    def _describe(self, headers: Pairs, body: bytes) -> str:
        """Describe what became of the last call: its correlation id, its result, the fault."""
        parts = [str(read_correlation_id(headers) or "without a correlation id")]
        for error in self.platform.refused:
            refused = RefusedRequest(
                TOKEN_PATH, headers, body, error, project=self._project, at=self._now()
            )
            parts.append(first_finding(refused))
        if self._result:
            parts.append(self._result)
        if self.platform.fault is not None:
            parts.append(f"with the fault {self.platform.fault}")
        return ", ".join(parts)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock() / _NS_PER_SECOND, timezone.utc)

    # --- The sandbox's own endpoints --------------------------------------------------------------

    def _spend(self, headers: Pairs, body: bytes) -> Reply:
        try:
            token = _read_member(read_payload(body), "oneTimeToken", str)
        except MalformedPayload as error:
            return _bad_request(error)
        spending = self._tokens.spend(token)
        return own_reply(_SPENDING_STATUS[spending], {"result": spending.value}, spending.value)

    def _send_callback(self, headers: Pairs, body: bytes) -> Reply:
        if self._callbacks is None:
            error = "the sandbox was started without --callback URL"
            return own_reply(409, {"error": error}, error)
        try:
            document = read_payload(body)
            encrypted = _read_member(document, "encrypted", bool)
            payload = _read_member(document, "payload", dict)
        except MalformedPayload as error:
            return _bad_request(error)
        outcome = self._callbacks.send(payload, encrypted=encrypted)
        status = 200 if outcome.is_success else 502
        return own_reply(status, {"result": outcome.text}, f"callback: {outcome.text}")


def _read_member(document: Mapping[str, Any], name: str, kind: type) -> Any:
    """Return a member of a JSON object, which must be of a type. Raises MalformedPayload."""
    value = document.get(name)
    if not isinstance(value, kind):
        raise MalformedPayload(f"the body must have {name}, {_JSON_KINDS[kind]}", field=name)
    return value


def _bad_request(error: KmCryptoError) -> Reply:
    return own_reply(400, {"error": str(error)}, str(error))
