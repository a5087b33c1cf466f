"""The rules of docs/protocol.md and the tests that are about each, or the reason why none is.

A test is about the rule that it names, about those of its flags, and about the rules that list it
in TESTS_BESIDES. A rule without valid or without invalid tests has its reason in REASONS, and a
rule with both has none.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from .vector_file import Case, VectorFile

# How many rules each section has. The two without any are sections that one rule fills.
SECTIONS = {
    "S1": 13,
    "S2": 3,
    "S3": 8,
    "S4": 11,
    "S5": 4,
    "S6": 4,
    "S7": 3,
    "S8": 0,
    "S9": 8,
    "S10": 4,
    "S11": 4,
    "S12": 0,
    "S13": 0,
    "S14": 3,
}

# Tests that are about a rule, and name another one: patterns of their ids.
TESTS_BESIDES: dict[str, Sequence[str]] = {
    "S1.2": (
        "headers/normal/*",
        "headers/missing/no-x-km-correlation-id",
        "headers/value-form/x-km-correlation-id-*",
    ),
    "S1.3": ("headers/normal/*",),
    "S1.5": (
        "headers/normal/*",
        "headers/missing/no-x-km-tran-token",
        "headers/token-form/*",
    ),
    "S1.6": ("headers/normal/*",),
    "S1.13": ("headers/zone/*", "headers/unknown-zone/*", "headers/wrong-zone/*"),
    "S2.2": ("correlation-id/normal/*",),
    "S3.1": ("tran-token/impossible-time/*", "tran-token/time-digits/*"),
    "S3.8": ("tran-token/secret-text/*",),
    "S4.6": ("exchange/protection/*",),
    "S6.2": ("exchange/result/*",),
    "S7.2": ("exchange/token-api/*",),
    "S7.3": ("exchange/result/*-http-400", "exchange/result/*-http-200"),
    "S11.1": ("exchange/replay/*",),
    "S14.1": ("sealed/normal/*", "sealed/header/*", "sealed/costs/*"),
    "S14.2": ("sealed/passphrase/*", "sealed/source/*", "sealed/callers-key/*"),
    "S14.3": ("sealed/normal/*", "sealed/document-json/*"),
}

_VALUES_OF_CALLERS = "The caller reads these members; no receiver and no opener looks at them."
_SEQUENCES = "Every sequence of claims is valid: what must be refused in it is in its verdicts."


class Reason(NamedTuple):
    """Why a rule has no tests of a result: "valid", "invalid" or "any"."""

    result: str
    text: str


REASONS = {
    "S1.8": Reason("any", "It is about what is written, and no reader looks at these headers."),
    "S2.3": Reason("any", "It is about two requests of one sender. Copies are claims' (S11)."),
    "S6.3": Reason(
        "invalid", "It is about what is answered: its tests compare answers with each other."
    ),
    "S6.4": Reason("any", "It is about what a program tells its caller, and nothing on the wire."),
    "S7.1": Reason("any", _VALUES_OF_CALLERS),
    "S7.3": Reason("valid", "It is about errors alone; an answer without one is S6.1's."),
    "S8": Reason("any", "It is about logs, and nothing on the wire."),
    "S9.5": Reason("any", "It says what the format does not give; there is nothing to refuse."),
    "S11.3": Reason("invalid", _SEQUENCES),
    "S11.4": Reason("invalid", _SEQUENCES),
}


class RuleRow(NamedTuple):
    """A rule, and how many tests are about it."""

    rule: str
    valid: int
    invalid: int

    @property
    def missing(self) -> str | None:
        """The result that no test of the rule has: "valid", "invalid", "any", or None."""
        if not self.valid and not self.invalid:
            return "any"
        if not self.valid:
            return "valid"
        return None if self.invalid else "invalid"


def list_rules() -> list[str]:
    """Every rule of the document, in its order."""
    rules = []
    for section, count in SECTIONS.items():
        rules += [f"{section}.{number}" for number in range(1, count + 1)] or [section]
    return rules


def count_rules(files: Sequence[VectorFile]) -> list[RuleRow]:
    """Count the tests of each rule.

    Raises ValueError if a rule has neither tests nor a reason, or has both, or if a pattern matches
    no test.
    """
    cases = [(case, rules_of(file, case)) for file in files for case in file.cases()]
    check_patterns([case.id for case, _ in cases])
    rows = []
    for rule in list_rules():
        results = [case.error is None for case, rules in cases if rule in rules]
        row = RuleRow(rule, results.count(True), results.count(False))
        reason = REASONS.get(rule)
        if row.missing != (None if reason is None else reason.result):
            raise ValueError(f"{rule}: {row} does not fit its reason, {reason}")
        rows.append(row)
    return rows


def rules_of(file: VectorFile, case: Case) -> set[str]:
    """The rules that a test is about."""
    named = {case.rule, *(file.notes[flag].rule for flag in case.flags)}
    besides = {
        rule
        for rule, patterns in TESTS_BESIDES.items()
        if any(fnmatchcase(case.id, pattern) for pattern in patterns)
    }
    return named | besides


def check_patterns(ids: Sequence[str]) -> None:
    """Raise ValueError for a pattern that matches no test."""
    for rule, patterns in TESTS_BESIDES.items():
        for pattern in patterns:
            if not any(fnmatchcase(test_id, pattern) for test_id in ids):
                raise ValueError(f"{rule}: {pattern} matches no test")


def render_rules(files: Sequence[VectorFile]) -> str:
    """Write the table of rules for README.md."""
    lines = [
        "| rule | valid | invalid | why there is none |\n",
        "| --- | --- | --- | --- |\n",
    ]
    for row in count_rules(files):
        reason = REASONS.get(row.rule)
        text = "" if reason is None else reason.text
        lines.append(f"| {row.rule} | {row.valid} | {row.invalid} | {text} |\n")
    return "".join(lines)
