"""`kmcrypto demo`: one call of the token API (S7) over real HTTP on loopback, both sides, and calls that are refused.

The platform here is ours: a Gateway and a small token service behind an HTTP server on a free port. The keys are made
for the run unless a project is given; card numbers and tokens are made up. What is printed is masked as SPEC S8 says.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import rsa

from .. import errors
from ..apis.one_time_token import (
    LIFETIME_MS,
    PATH,
    ExpiryTime,
    ResultCode,
    TokenAnswer,
    TokenRequest,
    TokenType,
)
from ..clock.time_zone import KST
from ..exchange.client import Answer, Client, SealedRequest
from ..exchange.gateway import Gateway, SealedAnswer
from ..exchange.receiver import AcceptedRequest
from ..exchange.replay import MemoryReplayGuard
from ..keys.crypto_key import CryptoKey, Side
from ..keys.project import Project
from ..keys.project_key import ProjectKey
from ..keys.ring import KeyRing
from .common.masking import masked, masked_headers

URL_PATH = "/open-api" + PATH
KEY_ID = "5eedc0de5eedc0de5eedc0de5eedc0de"
KNOWN_CARD = "9410" + 8 * "0" + "1234"
UNKNOWN_CARD = "9410" + 8 * "0" + "9999"
TEN_MINUTES_NS = 600 * 10**9


class Platform(ThreadingHTTPServer):
    """The platform's side: an HTTP server that hands every request to a Gateway, and what it accepts to a service."""

    daemon_threads = True

    def __init__(self, project: Project) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.gateway: Gateway = Gateway(
            {project.key.access_key: project}.get,
            replay_guard=MemoryReplayGuard(),
            zones=[project.zone],
        )
        self.accepted: AcceptedRequest | None = None
        self.refused_for: str = ""

    def respond(self, headers: Mapping[str, str], body: bytes) -> SealedAnswer:
        """The answer to one request."""
        try:
            self.accepted = self.gateway.accept(headers, body, encrypted=True)
            return self.gateway.answer(
                self.accepted, issue_token(self.accepted.payload), encrypted=True
            )
        except errors.KmCryptoError as error:
            self.refused_for = error.code
            return self.gateway.refuse(error, headers)


class _Handler(BaseHTTPRequestHandler):
    server: Platform

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.respond(dict(self.headers.items()), body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the demo prints what there is to see."""


def issue_token(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The token service: a token for the one card that it knows."""
    request = TokenRequest.read(payload)
    if request.card_no != KNOWN_CARD:
        return ResultCode.CARD_NOT_FOUND.payload()
    expiry = ExpiryTime(time.time_ns() // 1_000_000 + LIFETIME_MS[request.type])
    return TokenAnswer(_random_digits(16), _random_digits(3), expiry).payload()


def _random_digits(length: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(length))


class Provider:
    """The provider's side: a Client and an HTTP connection."""

    def __init__(
        self, project: Project, port: int, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self.client: Client = Client(project, clock=clock)
        self.port = port

    def seal(self, card_no: str) -> SealedRequest:
        """A request for a token of type ATM."""
        return self.client.seal(TokenRequest(card_no, TokenType.ATM).payload(), encrypted=True)

    def send(self, request: SealedRequest, body: bytes | None = None) -> Answer:
        """Send a request, or its headers with another body, and open the answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(
                "POST", URL_PATH, request.body if body is None else body, dict(request.headers)
            )
            response = connection.getresponse()
            status, headers, answer = response.status, response.getheaders(), response.read()
        finally:
            connection.close()
        return self.client.open(
            status, headers, answer, request=request, encrypted=True, require_echo=True
        )


class Refused(NamedTuple):
    """A call that must be refused: how, and with what gateway error (none if the service says no) and result code."""

    title: str
    provider: Provider
    request: SealedRequest
    body: bytes
    gateway_error: str
    result_code: str


def run(say: Callable[[str], None] = print, project: Project | None = None) -> int:
    """Run the demo; the exit status is 0 only if every call ended as it must.

    A `project` lends its key, its zone and its primary crypto key, with the private halves of both sides. Raises
    KeyUnavailable, naming what is missing, where it does not have them.
    """
    ours, theirs, wrong = _sides(_made_up() if project is None else project)
    with Platform(theirs) as platform:
        thread = Thread(target=platform.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            done = _show_calls(platform, ours, wrong, say)
        finally:
            platform.shutdown()
            thread.join()
    say("\nAll of it happened as it must." if all(done) else "\nNot all of it happened as it must.")
    return 0 if all(done) else 1


def _show_calls(
    platform: Platform, ours: Project, wrong: Project, say: Callable[[str], None]
) -> list[bool]:
    """Make the call that works and those that must be refused; whether each ended as it must."""
    port = platform.server_port
    provider = Provider(ours, port)
    late = Provider(ours, port, lambda: time.time_ns() - TEN_MINUTES_NS)
    forger = Provider(_with_wrong_secret(ours), port)
    mistaken = Provider(wrong, port)
    first = provider.seal(KNOWN_CARD)
    done = [_show_success(platform, provider, first, say)]
    unknown, fresh = provider.seal(UNKNOWN_CARD), provider.seal(KNOWN_CARD)
    changed = fresh.body.replace(b'"}', b' "}')
    for refused in (
        Refused("An unknown card", provider, unknown, unknown.body, "", "006_001"),
        Refused("The first request once more", provider, first, first.body, "replayed", "900_003"),
        Refused("A changed body", provider, fresh, changed, "signature-mismatch", "900_001"),
        _refused("A clock 10 minutes off", late, "time-out-of-tolerance", "900_002"),
        _refused("A wrong secret key", forger, "signature-mismatch", "900_001"),
        _refused("A wrong platform key", mistaken, "decryption-failed", "900_005"),
    ):
        done.append(_show_refusal(platform, refused, say))
    return done


def _made_up() -> Project:
    """A project of the run's own."""
    access_key = f"{secrets.token_hex(4)[:7]}-{secrets.token_hex(16)}"
    key = ProjectKey(
        asp_id="KMCRYPTODEMO001", access_key=access_key, secret_key=secrets.token_urlsafe(24)
    )
    platform_pair, client_pair = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    both = CryptoKey.load(id=KEY_ID, platform_private=platform_pair, client_private=client_pair)
    return Project(key, KeyRing([both]), zone=KST)


def _sides(project: Project) -> tuple[Project, Project, Project]:
    """The project as its provider holds it, as the platform does, and as a provider with a wrong platform key would.

    Each side has its own halves of the primary crypto key alone.
    """
    if project.ring is None:
        raise errors.KeyUnavailable("the demo needs a crypto key, and the project has none (S5.2)")
    both = project.ring.primary
    missing = [
        f"{side.value} private half"
        for side in Side
        if getattr(both, f"{side.value}_private") is None
    ]
    if missing:
        halves = " and no ".join(missing)
        raise errors.KeyUnavailable(
            f"the demo plays both sides, and the primary crypto key has no {halves} (S4.5)"
        )
    stranger = rsa.generate_private_key(65537, 2048).public_key()
    ours, wrong = (
        CryptoKey.load(id=both.id, platform_public=public, client_private=both.client_private)
        for public in (both.platform_public, stranger)
    )
    theirs = CryptoKey.load(
        id=both.id, platform_private=both.platform_private, client_public=both.client_public
    )
    provider, platform, mistaken = (
        Project(project.key, KeyRing([key]), zone=project.zone) for key in (ours, theirs, wrong)
    )
    return provider, platform, mistaken


def _with_wrong_secret(ours: Project) -> Project:
    """The provider's project with the same identifiers and another secret."""
    key = ProjectKey(
        asp_id=ours.key.asp_id, access_key=ours.key.access_key, secret_key=secrets.token_urlsafe(24)
    )
    return Project(key, ours.ring, zone=ours.zone)


def _refused(title: str, provider: Provider, gateway_error: str, result_code: str) -> Refused:
    request = provider.seal(KNOWN_CARD)
    return Refused(title, provider, request, request.body, gateway_error, result_code)


def _show_success(
    platform: Platform, provider: Provider, request: SealedRequest, say: Callable[[str], None]
) -> bool:
    """Print the call that works, from the request's headers to the opened answer."""
    say(f"POST {URL_PATH}")
    for name, value in masked_headers(request.headers).items():
        say(f"{name}: {value}")
    say(
        f"\n{request.body[:40].decode()}...  ({len(request.body)} bytes: the card number is in there)"
    )
    answer = provider.send(request)
    accepted = platform.accepted
    if accepted is None:
        return False
    say(
        "\nThe gateway verified the tran token over these bytes, the time, the key and that it is new:"
    )
    say(
        f"  asp id {accepted.asp_id}, correlation id {accepted.correlation_id}, crypto key {accepted.crypto_key_id}"
    )
    say(f"  and opened {json.dumps(masked(accepted.payload))}")
    token = TokenAnswer.read(answer)
    lifetime_s = token.expiry_time.remaining_ms(accepted.instant) / 1000
    say(f"\nThe client opened HTTP {answer.status}: {json.dumps(masked(answer))}")
    say(f"  The token expires {lifetime_s:.0f} s after it was asked for.\n")
    return answer.status == HTTPStatus.OK and accepted.correlation_id == request.correlation_id


def _show_refusal(platform: Platform, refused: Refused, say: Callable[[str], None]) -> bool:
    """Send a call that must be refused, and print how it was."""
    platform.refused_for = ""
    try:
        refused.provider.send(refused.request, refused.body)
    except errors.ResultError as error:
        reason = platform.refused_for or "the service said no"
        say(
            f"{refused.title + ':':<28} {error.result_code} with HTTP {error.http_status} ({reason})"
        )
        return (platform.refused_for, error.result_code) == (
            refused.gateway_error,
            refused.result_code,
        )
    say(f"{refused.title}: was not refused")
    return False
