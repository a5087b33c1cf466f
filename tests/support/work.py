"""The HMAC work of a call, counted: the same work takes the same time (D5)."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any


def hmac_work(call: Callable[[], object]) -> Counter[str]:
    """How often a call copies, feeds and verifies an HMAC, as the interpreter's profiler sees it.

    "verify, mismatch" counts the verifications that raised.
    """
    counted: Counter[str] = Counter()

    def count(frame: FrameType, event: str, function: Any) -> None:
        owner = type(getattr(function, "__self__", None)).__name__
        if owner.lower() != "hmac":
            return
        if event == "c_call":
            counted[function.__name__] += 1
        elif event == "c_exception":
            counted[f"{function.__name__}, mismatch"] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(before)
    return counted
