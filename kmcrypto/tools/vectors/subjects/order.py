"""The order of steps (S12): what has two faults is refused at the one whose step comes first.

The groups are those of exchange, message and fields, and so are the calls. Only the refusals that
must look alike (S6.3) are a test of their own kind.
"""

from functools import partial
from typing import Any

from .... import errors
from ....exchange.responding_receiver import SealedAnswer
from ..case import Case, CaseMaker
from ..files import Members
from ..parties import Keys
from ..roles import PARTIES, make_receiver
from . import exchange, fields, message

_CORRELATION_ID = "X-KM-Correlation-Id"
_OTHER_READERS = {"message": message.read_group, "fields": fields.read_group}


class RefusalDisagrees(Exception):
    """A request was accepted, or refused at another stage than stated: its answer tells nothing."""


def read_group(keys: Keys, group: Members) -> CaseMaker:
    """Return the maker of the group's cases."""
    role = group["role"]
    if role in _OTHER_READERS:
        return _OTHER_READERS[role](keys, group)
    return partial(_make_case, keys, group, exchange.read_group(keys, group))


def _make_case(keys: Keys, group: Members, make_exchange_case: CaseMaker, test: Members) -> Case:
    if "requests" not in test:
        return make_exchange_case(test)
    role = group["role"]
    project = keys.project(group["project"], PARTIES[role])
    receiver = make_receiver(role, project, exchange.read_receiver_settings(group))
    requests = [(exchange.read_request(members), members["stage"]) for members in test["requests"]]
    return Case(partial(_compare_answers, receiver, requests), {"alike": test["alike"]})


def _compare_answers(receiver: Any, requests: list[tuple[Members, str]]) -> Members:
    answers = [_refuse(receiver, request, stage) for request, stage in requests]
    return {"alike": all(answer == answers[0] for answer in answers)}


def _refuse(receiver: Any, request: Members, stage: str) -> tuple[int, Members, bytes]:
    """Return the answer to a request that is refused at a stage, but for its correlation id."""
    try:
        receiver.accept(**request)
    except errors.KmCryptoError as error:
        if error.stage != stage:
            raise RefusalDisagrees from None
        return _without_id(receiver.refuse(error, request["headers"]))
    raise RefusalDisagrees


def _without_id(answer: SealedAnswer) -> tuple[int, Members, bytes]:
    headers = {name: value for name, value in answer.headers.items() if name != _CORRELATION_ID}
    return answer.status, headers, answer.body
