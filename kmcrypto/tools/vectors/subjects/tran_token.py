"""Tran tokens (S3): a valid token also comes out when its body is signed at its time.

Tokens of years that cannot be written are read only (S1.12).
"""

from datetime import datetime, timedelta, timezone
from functools import partial

from .... import UTC, Instant, TranToken
from ....keys.project_key import keyed_hmac
from ..case import Case, CaseMaker, is_valid, require_operation
from ..files import Members
from ..parties import Keys
from ..values import decode_bytes, read_member

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_WRITTEN_YEARS = ("2000", "2099")  # S1.12


def read_group(keys: Keys, group: Members) -> CaseMaker:
    """Return the maker of the group's cases."""
    return partial(_make_case, read_member(group, "secret", str))


def _make_case(secret: str, test: Members) -> Case:
    require_operation(test, "verify")
    token = read_member(test, "token", str)
    body = decode_bytes(test["body"])
    if not is_valid(test):
        return Case(partial(_verify, token, secret, body, None), {})
    expected = {"time": test["time"], "read": token}
    signing_time = None
    if _WRITTEN_YEARS[0] <= test["time"][:4] <= _WRITTEN_YEARS[1]:
        signing_time = _parse_instant(test["time"])
        expected["signed"] = token
    return Case(partial(_verify, token, secret, body, signing_time), expected)


def _verify(token: str, secret: str, body: bytes, signing_time: Instant | None) -> Members:
    keyed_hmac(secret)  # a secret is refused when it is set, before any token is read (S5.4)
    tran_token = TranToken.parse(token)
    tran_token.verify(secret, body)
    signed = None
    if signing_time is not None:
        signed = str(TranToken.sign(secret, body, at=signing_time))
    return {"time": tran_token.compact17, "read": str(tran_token), "signed": signed}


def _parse_instant(digits: str) -> Instant:
    """Return the moment of 17 digits. A token has no zone, so any one will do: here UTC."""
    second = datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    return Instant((second - _EPOCH) // timedelta(milliseconds=1) + int(digits[14:]), UTC)
