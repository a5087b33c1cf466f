"""The order of findings: the surest first, and of equally sure ones the first in the catalog."""

from collections.abc import Iterable

from .catalog import ORDER
from .finding import CONFIDENCES, Finding


def rank(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, the most likely first; of several of one code, the surest."""
    by_code: dict[str, Finding] = {}
    for finding in findings:
        known = by_code.get(finding.code)
        if known is None or _place(finding) < _place(known):
            by_code[finding.code] = finding
    return tuple(sorted(by_code.values(), key=_place))


def _place(finding: Finding) -> tuple[int, int]:
    return CONFIDENCES.index(finding.confidence), ORDER[finding.code]
