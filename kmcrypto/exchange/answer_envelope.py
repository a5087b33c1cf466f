"""The answer envelope: the result of a call beside the fields of its answer (S6.1).

{"response": {"code": "000_000", "description": "Success"}, ...}
"""

from collections.abc import Mapping
from typing import Any

from ..errors import MalformedPayload

SUCCESS_STATUS = 200  # the HTTP status of 000_000
FAILURE_STATUS = 400  # the HTTP status of every other code


def read_result_code(payload: Mapping[str, Any]) -> str:
    """Return the `response.code` of an answer.

    Raises MalformedPayload where it is no text, or an empty one.
    """
    response = payload.get("response")
    code = response.get("code") if isinstance(response, Mapping) else None
    if not isinstance(code, str) or not code:
        raise MalformedPayload(
            "response.code of the answer must be text that is not empty (S6.1)",
            field="response.code",
        )
    return code
