"""`kmcrypto verify`: check a request as a gateway, or a callback as the provider (S12).

- The replay claim of step 16 is left out: a command has no store of claims.
- Step 15 asks whether this side has the private key, which says nothing about the request. Without
  the key, the request is right as far as step 14, and the result says that nothing was decrypted.
- The result has what the headers say, and nothing of the payload.
"""

import time
from argparse import Namespace
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from ..._core.forms import MAX_BODY
from ..._core.strict_json import write_json
from ...clock.time_zone import BUILT_IN_ZONES
from ...errors import KeyUnavailable, RemoteError
from ...exchange.callback import CallbackReceiver
from ...exchange.gateway import Gateway
from ...keys.project import Project
from ...signing.headers import RequestHeaders, read_request_headers
from ..common.failure import Unreadable
from ..common.file_identity import require_separate_files
from ..common.input_file import open_input, read_whole, title_of
from .project_source import read_project
from .request_text import Request, read_request

_MAX_HEADERS = 64 << 10
_LONGEST_REQUEST = 2 * MAX_BODY + _MAX_HEADERS  # a body in JSON is longer than its bytes
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


class _Verified(NamedTuple):
    """What the command reports about an authentic request."""

    headers: RequestHeaders
    body_length: int
    is_decrypted: bool
    at_ms: int
    why_not_decrypted: str

    @property
    def token_ms(self) -> int:
        """The time of its token, in epoch milliseconds."""
        return self.headers.token.local_ms - self.headers.zone.offset_minutes * 60_000


def run(args: Namespace) -> int:
    """Run the command and return its exit status."""
    request = _read(args)
    project = read_project(args)
    at_ns = time.time_ns() if args.at is None else (args.at - _EPOCH) // _MICROSECOND * 1000
    try:
        verified = _verify(args, project, request, at_ns)
    except RemoteError as error:
        if args.json:
            _print_json(_describe_error(error))
        raise
    if args.json:
        _print_json(_describe(args, verified))
    else:
        for line in _format(args, verified):
            print(line)
    return 0


def _read(args: Namespace) -> Request:
    """Read the request, its body from another file if one is named."""
    with open_input(args.input) as (file, _):
        require_separate_files(
            [file.fileno(), args.body, args.keys, args.passphrase_file, args.key_file]
        )
        request = read_request(read_whole(file, args.input, _LONGEST_REQUEST), title_of(args.input))
    if args.body is None:
        return request
    if request.body:
        raise Unreadable(f"{title_of(args.input)} must have no body beside --body")
    with open_input(str(args.body)) as (file, _):
        return Request(request.headers, read_whole(file, str(args.body), _LONGEST_REQUEST))


def _verify(args: Namespace, project: Project, request: Request, at_ns: int) -> _Verified:
    receiver = _make_receiver(args, project, lambda: at_ns)
    answer_encrypted = None if args.answer is None else args.answer == "encrypted"
    why_not_decrypted = ""
    try:
        pending = receiver.verify(
            request.headers,
            request.body,
            encrypted=args.encrypted,
            answer_encrypted=answer_encrypted,
        )
        receiver.open(pending, claimed=True)
    except KeyUnavailable as error:  # step 15: those before it were taken
        why_not_decrypted = str(error)
    zones = {**BUILT_IN_ZONES, project.zone.name: project.zone}
    return _Verified(
        headers=read_request_headers(request.headers, zones),
        body_length=len(request.body),
        is_decrypted=args.encrypted and not why_not_decrypted,
        at_ms=at_ns // 1_000_000,
        why_not_decrypted=why_not_decrypted,
    )


def _make_receiver(
    args: Namespace, project: Project, clock: Callable[[], int]
) -> Gateway | CallbackReceiver:
    settings: dict[str, Any] = {
        "clock": clock,
        "tolerance": args.tolerance,
        "retention": max(1, 2 * args.tolerance),
        "zones": [project.zone],
        "accept_inactive": args.accept_inactive,
        "allow_empty_body": args.allow_empty_body,
    }
    if args.callback:
        return CallbackReceiver(project, **settings)

    def find_project(access_key: str) -> Project:
        """Return the only project. The gateway checks whether the access key is its own."""
        return project

    return Gateway(find_project, **settings)


# --- The result ---------------------------------------------------------------------------------


def _describe(args: Namespace, verified: _Verified) -> dict[str, Any]:
    headers = verified.headers
    return {
        "ok": True,
        "asp_id": headers.asp_id,
        "correlation_id": str(headers.correlation_id),
        "crypto_key_id": headers.crypto_key_id,
        "token_time": _format_time(verified),
        "skew_ms": verified.token_ms - verified.at_ms,
        "body_bytes": verified.body_length,
        "encrypted": args.encrypted,
        "decrypted": verified.is_decrypted,
    }


def _describe_error(error: RemoteError) -> dict[str, Any]:
    members = {"ok": False, "code": error.code, "stage": error.stage, "text": str(error)}
    for name in ("reason", "field", "skew_ms"):
        value = getattr(error, name, "")
        if value != "":
            members[name] = value
    return members


def _print_json(members: dict[str, Any]) -> None:
    print(write_json(members).decode())


def _format(args: Namespace, verified: _Verified) -> list[str]:
    headers = verified.headers
    seconds = (verified.token_ms - verified.at_ms) / 1000
    side = "ahead of" if seconds > 0 else "behind"
    if not args.encrypted:
        body = "plain"
    elif verified.is_decrypted:
        body = "encrypted, and it decrypts to one JSON object"
    else:
        body = "encrypted, not decrypted"
    lines = [
        "The request is authentic. Whether it is a replay was not checked.",
        f"asp id          {headers.asp_id}",
        f"correlation id  {headers.correlation_id}",
        f"crypto key id   {headers.crypto_key_id or '-'}",
        f"token time      {_format_time(verified)}, {abs(seconds):.3f} s {side} the clock",
        f"body            {verified.body_length:,} bytes, {body}",
    ]
    if verified.why_not_decrypted:
        lines.append(f"missing         {verified.why_not_decrypted}")
    return lines


def _format_time(verified: _Verified) -> str:
    offset = timezone(timedelta(minutes=verified.headers.zone.offset_minutes))
    moment = _EPOCH + timedelta(milliseconds=verified.token_ms)
    return moment.astimezone(offset).isoformat(timespec="milliseconds")
