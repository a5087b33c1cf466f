"""Correlation ids (S2): ids are read and compared, and the digits of a moment are written."""

from functools import partial

from .... import CorrelationId, Instant
from ..case import Case, CaseMaker, is_valid, require_operation
from ..files import Members
from ..parties import Keys
from ..values import decode_texts, decode_zone, read_member


def read_group(keys: Keys, group: Members) -> CaseMaker:
    """Return the maker of the group's cases, whose tests share nothing."""
    return _make_case


def _make_case(test: Members) -> Case:
    if test["operation"] == "format":
        return _make_format_case(test)
    require_operation(test, "parse")
    return _make_parse_case(test)


def _make_format_case(test: Members) -> Case:
    expected = {"value": test["value"]} if is_valid(test) else {}
    moment = read_member(test, "epochMs", int)
    zone = decode_zone(test["zone"])
    suffix = read_member(test, "suffix", str)

    def write() -> Members:
        """Write the digits of the moment before the suffix."""
        digits = Instant(moment, zone).compact12
        return {"value": str(CorrelationId.parse(f"{digits}-{suffix}"))}

    return Case(write, expected)


def _make_parse_case(test: Members) -> Case:
    value = read_member(test, "value", str)
    equal_ids = decode_texts(test.get("equals", []))
    different_ids = decode_texts(test.get("differs", []))
    expected: Members = {}
    if is_valid(test):
        equal = [True] * len(equal_ids) + [False] * len(different_ids)
        expected = {"value": value, "equal": equal}
    return Case(partial(_parse, value, [*equal_ids, *different_ids]), expected)


def _parse(value: str, others: list[str]) -> Members:
    correlation_id = CorrelationId.parse(value)
    equal = [CorrelationId.parse(other) == correlation_id for other in others]
    return {"value": str(correlation_id), "equal": equal}
