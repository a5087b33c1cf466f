"""`kmcrypto demo`: one call of the token API (S7) over real HTTP, and six calls that are refused.

Both sides run here. The platform is a sandbox on a free loopback port; the provider is a Client and
an HTTP connection. The keys are made for the run unless a project is given. Card numbers and tokens
are made up. Everything printed is masked (S8).
"""

import json
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import rsa

from .. import KST, Client, CryptoKey, KeyRing, Project, ProjectKey
from ..apis.one_time_token import TokenAnswer, TokenRequest, TokenType
from ..errors import KeyUnavailable, ResultError
from ..exchange.client import Answer, SealedRequest
from ..exchange.wire_headers import mask_headers
from ..testing import FakePlatform
from .common.masking import mask
from .sandbox.sandbox import TOKEN_PATH, Sandbox
from .sandbox.server import serve

KEY_ID = "5eedc0de5eedc0de5eedc0de5eedc0de"
KNOWN_CARD = "9410" + 8 * "0" + "1234"
UNKNOWN_CARD = "9410" + 8 * "0" + "9999"
TEN_MINUTES_NS = 600 * 10**9

PrintLine = Callable[[str], None]


class Sides(NamedTuple):
    """One project as each side holds it: its own private key, and the other side's public key.

    `mistaken` is the provider's project with a platform key that is not the platform's.
    """

    provider: Project
    platform: Project
    mistaken: Project


class RefusedCall(NamedTuple):
    """A call that must be refused, and the refusal.

    `gateway_error` is the code of the gateway's error, empty where the token service refuses.
    `body` replaces the body of the request.
    """

    title: str
    provider: "Provider"
    request: SealedRequest
    gateway_error: str
    result_code: str
    body: bytes | None = None


# --- The demo ----------------------------------------------------------------------------------


def run(print_line: PrintLine = print, project: Project | None = None) -> int:
    """Run the demo and return its exit status: 0 if every call behaved as expected.

    Args:
        print_line: Takes each line of the output.
        project: Lends its project key, its zone and its primary crypto key, which must have the
            private keys of both sides.

    Raises:
        KeyUnavailable: The project lacks a key; the text names it.
    """
    sides = _split(_make_project() if project is None else project)
    sandbox = Sandbox(sides.platform)
    with serve(sandbox, log=_log_nothing) as server:
        is_as_expected = _make_calls(sandbox.platform, server.server_port, sides, print_line)
    if not is_as_expected:
        print_line("\nNot all calls behaved as expected.")
        return 1
    print_line("\nAll calls behaved as expected.")
    return 0


def _make_calls(platform: FakePlatform, port: int, sides: Sides, print_line: PrintLine) -> bool:
    """Make the call that succeeds and those that fail; return whether each did as expected."""
    provider = Provider(sides.provider, port)
    request = provider.seal(KNOWN_CARD)
    results = [_show_success(platform, provider, request, print_line)]
    for call in _prepare_refused_calls(sides, provider, request):
        results.append(_show_refusal(platform, call, print_line))
    return all(results)


def _log_nothing(line: str) -> None:
    """Take a line of the sandbox's log: the demo prints the calls itself."""


def _prepare_refused_calls(
    sides: Sides, provider: "Provider", accepted: SealedRequest
) -> list[RefusedCall]:
    """Prepare the calls that must be refused. `accepted` is a request that was accepted before."""
    late = Provider(sides.provider, provider.port, clock=_ten_minutes_ago)
    forger = Provider(_with_wrong_secret(sides.provider), provider.port)
    mistaken = Provider(sides.mistaken, provider.port)
    unknown = provider.seal(UNKNOWN_CARD)
    changed = provider.seal(KNOWN_CARD)
    changed_body = changed.body.replace(b'"}', b' "}')
    return [
        RefusedCall("An unknown card", provider, unknown, "", "006_001"),
        RefusedCall("A replayed request", provider, accepted, "replayed", "990_003"),
        RefusedCall(
            "A changed body", provider, changed, "signature-mismatch", "990_001", changed_body
        ),
        RefusedCall(
            "A clock 10 minutes off",
            late,
            late.seal(KNOWN_CARD),
            "time-out-of-tolerance",
            "990_002",
        ),
        RefusedCall(
            "A wrong secret key", forger, forger.seal(KNOWN_CARD), "signature-mismatch", "990_001"
        ),
        RefusedCall(
            "A wrong platform key",
            mistaken,
            mistaken.seal(KNOWN_CARD),
            "decryption-failed",
            "990_005",
        ),
    ]


def _show_success(
    platform: FakePlatform, provider: "Provider", request: SealedRequest, print_line: PrintLine
) -> bool:
    """Make the call that succeeds, and print it from the request's headers to the opened answer."""
    print_line(f"POST {TOKEN_PATH}")
    for name, value in mask_headers(request.headers).items():
        print_line(f"{name}: {value}")
    beginning = request.body[:40].decode()
    print_line(f"\n{beginning}...  ({len(request.body)} bytes, with the card number in them)")

    answer = provider.send(request)
    accepted = platform.seen[-1]
    print_line(
        "\nThe gateway verified the tran token over these bytes, and checked time and replay:"
    )
    print_line(
        f"  asp id {accepted.asp_id}, correlation id {accepted.correlation_id},"
        f" crypto key {accepted.crypto_key_id}"
    )
    print_line(f"  It decrypted the request to {json.dumps(mask(accepted.payload))}")

    token = TokenAnswer.read(answer)
    lifetime_s = token.expiry_time.remaining_ms(accepted.instant) / 1000
    print_line(
        f"\nThe client decrypted the answer, HTTP {answer.status}, to {json.dumps(mask(answer))}"
    )
    print_line(f"  The token expires {lifetime_s:.0f} s after the request.\n")
    return answer.status == HTTPStatus.OK and accepted.correlation_id == request.correlation_id


def _show_refusal(platform: FakePlatform, call: RefusedCall, print_line: PrintLine) -> bool:
    """Make a call that must be refused, and print how it was."""
    try:
        call.provider.send(call.request, call.body)
    except ResultError as error:
        gateway_error = platform.refused[0].code if platform.refused else ""
        reason = gateway_error or "the token service refused"
        print_line(
            f"{call.title + ':':<24} {error.result_code} with HTTP {error.http_status} ({reason})"
        )
        is_expected_error = gateway_error == call.gateway_error
        return is_expected_error and error.result_code == call.result_code
    print_line(f"{call.title}: was not refused")
    return False


# --- The provider ------------------------------------------------------------------------------


class Provider:
    """The provider's side: a Client, and an HTTP connection to the platform's port."""

    def __init__(
        self, project: Project, port: int, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self.client: Client = Client(project, clock=clock)
        self.port = port

    def seal(self, card_no: str) -> SealedRequest:
        """Seal a request for a token of type ATM."""
        return self.client.seal(TokenRequest(card_no, TokenType.ATM).payload(), encrypted=True)

    def send(self, request: SealedRequest, changed_body: bytes | None = None) -> Answer:
        """Send a request, or its headers with a changed body, and open the answer."""
        body = request.body if changed_body is None else changed_body
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", TOKEN_PATH, body, dict(request.headers))
            response = connection.getresponse()
            answer_body = response.read()
        finally:
            connection.close()
        return self.client.open(
            response.status,
            response.getheaders(),
            answer_body,
            request=request,
            require_echo=True,
        )


def _ten_minutes_ago() -> int:
    return time.time_ns() - TEN_MINUTES_NS


# --- The keys ----------------------------------------------------------------------------------


def _make_project() -> Project:
    """Return a new project with the private keys of both sides."""
    access_key = f"{secrets.token_hex(4)[:7]}-{secrets.token_hex(16)}"
    key = ProjectKey(
        asp_id="KMCRYPTODEMO001", access_key=access_key, secret_key=secrets.token_urlsafe(24)
    )
    crypto_key = CryptoKey.load(
        id=KEY_ID, platform_private=_generate_key(), client_private=_generate_key()
    )
    return Project(key, KeyRing([crypto_key]), zone=KST)


def _generate_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _split(project: Project) -> Sides:
    """Give each side the keys of the primary crypto key that it would hold (S4.5)."""
    key = _find_complete_key(project)
    provider_key = CryptoKey.load(
        id=key.id, platform_public=key.platform_public, client_private=key.client_private
    )
    platform_key = CryptoKey.load(
        id=key.id, platform_private=key.platform_private, client_public=key.client_public
    )
    mistaken_key = CryptoKey.load(
        id=key.id, platform_public=_generate_key().public_key(), client_private=key.client_private
    )
    return Sides(
        provider=_with_crypto_key(project, provider_key),
        platform=_with_crypto_key(project, platform_key),
        mistaken=_with_crypto_key(project, mistaken_key),
    )


def _with_crypto_key(project: Project, crypto_key: CryptoKey) -> Project:
    """Return the project with this crypto key only."""
    return Project(project.key, KeyRing([crypto_key]), zone=project.zone)


def _find_complete_key(project: Project) -> CryptoKey:
    """Return the primary crypto key, which must have both private keys. Raises KeyUnavailable."""
    if project.ring is None:
        raise KeyUnavailable("the demo needs a crypto key, and the project has none (S5.2)")
    key = project.ring.primary
    missing = []
    if key.platform_private is None:
        missing.append("platform private key")
    if key.client_private is None:
        missing.append("client private key")
    if missing:
        raise KeyUnavailable(
            "the demo plays both sides, and the primary crypto key has no "
            f"{' and no '.join(missing)} (S4.5)"
        )
    return key


def _with_wrong_secret(project: Project) -> Project:
    """Return the project with the same identifiers and another secret key."""
    key = ProjectKey(
        asp_id=project.key.asp_id,
        access_key=project.key.access_key,
        secret_key=secrets.token_urlsafe(24),
    )
    return Project(key, project.ring, zone=project.zone)
