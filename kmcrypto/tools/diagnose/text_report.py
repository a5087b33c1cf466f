"""A diagnosis as text, for people, in lines of at most 80 characters."""

import textwrap
from collections.abc import Iterator

from .diagnosis import Diagnosis
from .finding import Finding
from .stages import Stage

_WIDTH = 80
_TITLE_OF_FINDING = 12
_TITLE_OF_STAGE = 20
_VERDICTS = {
    None: "The MAC was not compared.",
    True: "The MAC is that of the body.",
    False: "The MAC is not that of the body.",
}


def render_text(diagnosis: Diagnosis) -> str:
    """Write the findings, or how a right request was built, and what is not known."""
    return "\n".join(_lines(diagnosis)) + "\n"


def _lines(diagnosis: Diagnosis) -> Iterator[str]:
    for number, finding in enumerate(diagnosis.findings, start=1):
        yield f"{number}. {finding.code} ({finding.confidence})"
        yield from _describe_finding(finding)
        yield ""
    if not diagnosis.findings:
        yield _headline(diagnosis)
        yield ""
    if diagnosis.stages:
        yield from _describe_stages(diagnosis.stages)
        yield ""
    if diagnosis.questions:
        yield "Not known:"
        for question in diagnosis.questions:
            yield from _wrap("-", question, 1)
        yield ""
    yield _VERDICTS[diagnosis.mac_is_right]


def _headline(diagnosis: Diagnosis) -> str:
    """Say that no fault is seen, and what of a request was not looked at."""
    if diagnosis.time_is_compared is None:  # an answer alone
        return "No fault is seen."
    missing = []
    if diagnosis.mac_is_right is None:
        missing.append("MAC (without a key)")
    if not diagnosis.time_is_compared:
        missing.append("time (without --at)")
    if not missing:
        return "No fault is seen."
    return f"No fault is seen. Not compared: {', '.join(missing)}."


def _describe_finding(finding: Finding) -> Iterator[str]:
    yield from _wrap("   seen", finding.seen, _TITLE_OF_FINDING)
    yield from _wrap("   expected", finding.expected, _TITLE_OF_FINDING)
    yield from _wrap("   why", finding.why, _TITLE_OF_FINDING)
    yield from _wrap("   change", finding.change, _TITLE_OF_FINDING)


def _describe_stages(stages: tuple[Stage, ...]) -> Iterator[str]:
    yield "How it was built:"
    for stage in stages:
        yield from _wrap(f"  {stage.name}", f"{stage.text} ({stage.rule})", _TITLE_OF_STAGE + 2)


def _wrap(title: str, text: str, title_width: int) -> list[str]:
    """Write a text in lines, the title beside the first one."""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"{title:{title_width}} ",
        subsequent_indent=" " * (title_width + 1),
        break_on_hyphens=False,
    )
