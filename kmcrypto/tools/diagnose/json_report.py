"""A diagnosis as JSON, for programs."""

import json
from typing import Any

from ..._core.values import Value
from .diagnosis import Diagnosis


def render_json(diagnosis: Diagnosis) -> str:
    """Write a diagnosis as one JSON object."""
    document = {
        "findings": [_members(finding) for finding in diagnosis.findings],
        "macIsRight": diagnosis.mac_is_right,
        "timeIsCompared": diagnosis.time_is_compared,
        "stages": [_members(stage) for stage in diagnosis.stages],
        "questions": list(diagnosis.questions),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _members(value: Value) -> dict[str, Any]:
    return dict(vars(value))
