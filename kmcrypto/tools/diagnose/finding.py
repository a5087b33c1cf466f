"""What a check gives: a mistake of the catalog, what was seen of it, and how sure that is."""

from typing import Literal

from ..._core.values import Value, require_types
from .catalog import MISTAKES

# How sure a finding is:
#
# - "certain": it was recomputed or decrypted, or a rule on forms is broken;
# - "likely": it explains what was seen, and little else does;
# - "possible": it may be harmless, or another finding explains the same.
Confidence = Literal["certain", "likely", "possible"]
CONFIDENCES: tuple[Confidence, ...] = ("certain", "likely", "possible")


class Finding(Value):
    """One mistake, and the one change that mends it. No text of it repeats a secret or a payload.

    Attributes:
        code: The name of the mistake in the catalog, in kebab-case.
        confidence: "certain", "likely" or "possible".
        seen: What was seen.
        expected: What the protocol has in its place.
        why: Why that is, and the rule.
        change: The one change that mends it.
    """

    code: str
    confidence: Confidence
    seen: str
    expected: str
    why: str
    change: str

    def __init__(self, code: str, seen: str, confidence: Confidence = "certain") -> None:
        require_types(code=(code, str), seen=(seen, str), confidence=(confidence, str))
        mistake = MISTAKES[code]
        self._set_attributes(
            code=code,
            confidence=confidence,
            seen=seen,
            expected=mistake.expected,
            why=mistake.why,
            change=mistake.change,
        )
