"""Headers of requests, callbacks and answers (S1), over a plain body that is right.

Gateway, CallbackReceiver and Client read them as a program would. The tran time and the crypto key
id of a plain answer do not appear in their results, so the headers' own reader reads them again.
"""

from functools import partial
from time import gmtime, strftime
from typing import Any

from .... import Client, Project, TimeZone
from ....exchange.client import SealedRequest
from ....signing.headers import read_answer_headers, read_request_headers
from ..case import Case, CaseMaker, is_valid
from ..files import Members
from ..parties import Keys
from ..roles import PARTIES, make_clock, make_receiver, make_request
from ..values import decode_bytes, decode_headers, decode_zones

_REQUEST_VALUES = ("aspId", "correlationId", "accessKey", "cryptoKeyId", "tranTime", "zone")
_ANSWER_VALUES = ("correlationId", "cryptoKeyId")


def read_group(keys: Keys, group: Members) -> CaseMaker:
    """Return the maker of the group's cases."""
    role = group["role"]
    project = keys.project(group["project"], PARTIES[role])
    body = decode_bytes(group["body"])
    clock = make_clock(group)
    if role == "client":
        return partial(
            _make_answer_case,
            Client(project, clock=clock),
            make_request(group, answer_encrypted=False),
            body,
        )
    zones = decode_zones(group["zones"])
    settings = {"clock": clock, "zones": list(zones.values())}
    return partial(_make_request_case, role, project, settings, zones, body)


def _make_request_case(
    role: str,
    project: Project,
    settings: Members,
    zones: dict[str, TimeZone],
    body: bytes,
    test: Members,
) -> Case:
    headers = decode_headers(test["headers"])
    receiver = make_receiver(role, project, settings)
    expected = _expect_values(test, _REQUEST_VALUES)
    return Case(partial(_receive, receiver, zones, headers, body), expected)


def _receive(
    receiver: Any, zones: dict[str, TimeZone], headers: list[tuple[str, str]], body: bytes
) -> Members:
    accepted = receiver.open(receiver.verify(headers, body, encrypted=False), claimed=True)
    read_again = read_request_headers(headers, zones)
    values = {
        "aspId": accepted.asp_id,
        "correlationId": str(accepted.correlation_id),
        "accessKey": read_again.access_key,
        "cryptoKeyId": accepted.crypto_key_id,
        "tranTime": strftime("%Y%m%d%H%M%S", gmtime(read_again.tran_second)),
        "zone": accepted.instant.zone.name,
    }
    return {"read": values}


def _make_answer_case(client: Client, request: SealedRequest, body: bytes, test: Members) -> Case:
    headers = decode_headers(test["headers"])

    def open_answer() -> Members:
        """Open the answer and read its headers again."""
        answer = client.open(200, headers, body, request=request)
        _, key_id = read_answer_headers(headers)
        correlation_id = None if answer.correlation_id is None else str(answer.correlation_id)
        values = {"correlationId": correlation_id, "cryptoKeyId": key_id}
        return {"read": values}

    return Case(open_answer, _expect_values(test, _ANSWER_VALUES))


def _expect_values(test: Members, names: tuple[str, ...]) -> Members:
    """Return the expected outputs. A KeyError shows that the test lacks one of the values."""
    if not is_valid(test):
        return {}
    values = test["read"]
    missing = [name for name in names if name not in values]
    if missing:
        raise KeyError(missing[0])
    return {"read": values}
