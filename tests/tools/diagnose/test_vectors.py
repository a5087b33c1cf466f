"""The vectors of whole calls: what is valid there has no finding, and what is invalid has one.

The vectors were not made for diagnose. Where it disagrees, it was not told what the test's receiver
was: a setting, or the request of an answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from kmcrypto.tools.diagnose import Diagnosis, diagnose
from kmcrypto.tools.diagnose.message import Answer, Exchange, Request
from kmcrypto.tools.vectors.parties import Keys
from kmcrypto.tools.vectors.roles import OPENERS, PARTIES, make_clock
from kmcrypto.tools.vectors.subjects.exchange import read_receiver_settings, read_request
from kmcrypto.tools.vectors.values import decode_bytes, decode_headers
from tests.support import ROOT

VECTORS = ROOT / "vectors"
KEYS = Keys(VECTORS)
NOT_TOLD = {
    84: "inactive project keys are allowed",
    86: "empty bodies are not allowed",
    88: "the limit of a body is lower",
    96: "inactive crypto keys are allowed",
    104: "a project without crypto keys may be one whose keys were not given",
    119: "bodies are unique",
    120: "bodies are unique",
    122: "the id of a request that failed may be used again",
    132: "the tolerance is 60 s",
    134: "the tolerance is 60 s",
    136: "the tolerance is 0 s",
    138: "the tolerance is 0 s",
    242: "the id of the request",
    243: "an answer may come without its id, and still it lost it",
    245: "an answer may come with two ids, and still one was added",
    248: "the id of the request",
    251: "the request, which names no key",
    265: "inactive crypto keys are allowed",
    267: "the limit of a body is lower",
    283: "another secret of the project's",
    290: "callbacks may use any key",
    307: "a project without crypto keys may be one whose keys were not given",
    308: "inactive crypto keys are allowed",
    314: "callbacks may use any key",
    318: "another secret of the project's",
    321: "another secret of the project's",
    323: "another secret of the project's",
    330: "the id of the request",
    331: "an answer may come without its id, and still it lost it",
    333: "an answer may come with two ids, and still one was added",
    336: "the id of the request",
    373: "another project of the gateway",
    374: "another project of the gateway",
    375: "another project of the gateway",
    388: "another project of the gateway",
}


def cases() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each test with its group."""
    document = json.loads((VECTORS / "exchange_v1.json").read_text(encoding="utf-8"))
    for group in document["testGroups"]:
        for test in group["tests"]:
            yield group, test


def diagnosis_of(group: dict[str, Any], test: dict[str, Any]) -> Diagnosis:
    role = group["role"]
    facts: dict[str, Any] = {
        "project": KEYS.project(group["project"], PARTIES[role]),
        "secret": group["project"]["secret"],
        "callback": role.startswith("callback"),
    }
    if role in OPENERS:
        answer = Answer(test["status"], decode_headers(test["headers"]), decode_bytes(test["body"]))
        return diagnose(answer, answer_encrypted=test["encrypted"], **facts)
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    arguments = read_request(test)
    earlier = [Exchange(as_request(read_request(before))) for before in test["before"]]
    return diagnose(
        Exchange(as_request(arguments), None, earlier),
        at=epoch + timedelta(microseconds=make_clock(group)() // 1000),
        encrypted=arguments["encrypted"],
        answer_encrypted=arguments["answer_encrypted"],
        zones=read_receiver_settings(group)["zones"],
        **facts,
    )


def as_request(arguments: dict[str, Any]) -> Request:
    return Request("POST", "/x", arguments["headers"], arguments["body"])


@pytest.mark.usefixtures("keys_checked_once")
def test_what_is_valid_has_no_finding_and_what_is_invalid_has_one() -> None:
    disagreements = {
        test["tcId"]: test["comment"]
        for group, test in cases()
        if (test["result"] == "valid") is bool(diagnosis_of(group, test).findings)
    }
    assert disagreements.keys() == NOT_TOLD.keys()
