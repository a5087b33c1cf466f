"""The headers of answers: a correlation id, and perhaps a crypto key id (S1.9)."""

from ..common.errors import DUPLICATE_HEADER, MALFORMED_HEADER
from ..common.requests import (
    ID_HEADER,
    KEY_ID,
    KEY_ID_HEADER,
    TRAN_TIME_HEADER,
    UNKNOWN_KEY_ID,
    ZONE_HEADER,
    Headers,
)
from ..common.vector_file import Case, Group


def add_answers(group: Group, request: Headers) -> None:
    """Add answers to a request, whose correlation id they echo or not."""
    correlation_id = dict(request)[ID_HEADER]
    id_header = [ID_HEADER, correlation_id]
    key_header = [KEY_ID_HEADER, KEY_ID]
    positive_answer(group, "an answer", [id_header], correlation_id)
    comment = "an answer that names a key"
    named = positive_answer(group, comment, [id_header, key_header], correlation_id, KEY_ID)
    other_id = "261123091510-0000000"
    comment = "an answer under another correlation id, which nobody asked to compare"
    positive_answer(group, comment, [[ID_HEADER, other_id]], other_id)
    others = [["Server", "a b"], [ID_HEADER.lower(), correlation_id], ["Server", "c"]]
    positive_answer(group, "an answer with other headers", others, correlation_id)
    unneeded = [id_header, [KEY_ID_HEADER, UNKNOWN_KEY_ID]]
    comment = "an answer that names a key that is not needed"
    positive_answer(group, comment, unneeded, correlation_id, UNKNOWN_KEY_ID)
    in_capitals = "261123091509-4F17C40"
    comment = "an answer's correlation id with capitals"
    positive_answer(group, comment, [[ID_HEADER, in_capitals]], in_capitals)
    of_requests = [[TRAN_TIME_HEADER, "no time"], [TRAN_TIME_HEADER, ""], [ZONE_HEADER, "KST"]]
    comment = "an answer with headers of requests, one of them twice and malformed"
    positive_answer(group, comment, [id_header, *of_requests], correlation_id)
    add_unreadable_answer_ids(group, correlation_id)
    add_wrong_answer_keys(group, named, id_header)


def positive_answer(
    group: Group,
    comment: str,
    headers: Headers,
    correlation_id: str | None,
    key_id: str | None = None,
) -> Case:
    """Add an answer whose headers are right."""
    read = {"correlationId": correlation_id, "cryptoKeyId": key_id}
    return group.positive(comment, "Answer", headers=headers, outputs={"read": read})


def add_unreadable_answer_ids(group: Group, correlation_id: str) -> None:
    """Add answers without a correlation id, with a malformed one, and with two: it is null."""
    time = correlation_id[:12]
    suffix = correlation_id[12:]
    unreadable = {
        "of 21 characters": f"{time}1{suffix}",
        "that is no date": f"269923091509{suffix}",
        "with a line feed": correlation_id + "\n",
        "that is empty": "",
        "with an Arabic-Indic digit": correlation_id[:-1] + "\u0664",
    }
    for reason, value in unreadable.items():
        comment = f"an answer's correlation id {reason}"
        positive_answer(group, comment, [[ID_HEADER, value]], None)
    positive_answer(group, "an answer without a correlation id", [["Server", "x"]], None)
    twice = [[ID_HEADER, correlation_id], [ID_HEADER.upper(), correlation_id]]
    positive_answer(group, "an answer with two correlation ids", twice, None)


def add_wrong_answer_keys(group: Group, named: Case, id_header: list[str]) -> None:
    """Add answers with a malformed crypto key id, and with two."""
    malformed = {
        "of 31 characters": KEY_ID[:31],
        "of 33 characters": KEY_ID + "a",
        "with a hyphen": KEY_ID[:31] + "-",
        "that is empty": "",
        "with a blank at its end": KEY_ID + " ",
    }
    for reason, value in malformed.items():
        group.negative(
            named,
            f"an answer's key id {reason}",
            "ValueForm",
            MALFORMED_HEADER,
            rule="S1.4",
            headers=[id_header, [KEY_ID_HEADER, value]],
        )
    twice = [id_header, [KEY_ID_HEADER, KEY_ID], [KEY_ID_HEADER.lower(), KEY_ID]]
    group.negative(
        named, "an answer with two crypto key ids", "Duplicate", DUPLICATE_HEADER, headers=twice
    )
