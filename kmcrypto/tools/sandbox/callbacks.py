"""Callbacks on demand: the sandbox, as the platform, calls a URL of the provider's (S10)."""

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple

from ..._core.forms import MAX_BODY
from ...clock.instant import Clock
from ...errors import KmCryptoError
from ...exchange.callback import CallbackSender
from ...exchange.client import SealedRequest
from ...keys.project import Project
from .loopback import LoopbackUrl

_TIMEOUT_S = 5


class CallbackOutcome(NamedTuple):
    """How a callback ended.

    Attributes:
        is_success: Whether its answer was opened and is 000_000.
        text: The result code of the answer, or what went wrong.
    """

    is_success: bool
    text: str


class Callbacks:
    """Sends callbacks to one URL.

    Args:
        url: The URL, on loopback.
        project: The project, as the platform holds it.
        clock: Gives epoch nanoseconds.
    """

    def __init__(self, url: LoopbackUrl, project: Project, clock: Clock) -> None:
        self._url = url
        self._sender = CallbackSender(project, clock=clock)

    def send(self, payload: Mapping[str, Any], *, encrypted: bool) -> CallbackOutcome:
        """Seal a callback, send it, and open its answer. Redirects are not followed."""
        try:
            request = self._sender.seal(payload, encrypted=encrypted)
            status, headers, body = self._post(request)
            answer = self._sender.open(status, headers, body, request=request)
        except KmCryptoError as error:
            return CallbackOutcome(False, f"{error.code}: {error}")
        except (OSError, HTTPException) as error:
            return CallbackOutcome(False, f"no answer: {type(error).__name__}")
        return CallbackOutcome(True, str(answer["response"]["code"]))

    def _post(self, request: SealedRequest) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = HTTPConnection(self._url.host, self._url.port, timeout=_TIMEOUT_S)
        try:
            connection.request("POST", self._url.target, request.body, dict(request.headers))
            response = connection.getresponse()
            body = response.read(MAX_BODY + 1)
            return response.status, response.getheaders(), body
        finally:
            connection.close()
