"""The result of an answer: a code and its description, as S6.1 has them.

{"response": {"code": "000_000", "description": "Success"}}
"""

from typing import Any

SUCCESS_CODE = "000_000"  # the result code of a call that succeeded
SUCCESS_DESCRIPTION = "Success"


def result_payload(code: str, description: str) -> dict[str, Any]:
    """Make the payload of an answer that has a result and nothing beside it (S6.1)."""
    return {"response": {"code": code, "description": description}}
