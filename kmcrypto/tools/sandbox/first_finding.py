"""What is wrong with a refused request, in one line for its operator.

The caller of a refused request learns nothing of this (S6.3).
"""

from datetime import datetime

from ..._core.values import Frozen
from ...apis.one_time_token import ENCRYPTED
from ...errors import KmCryptoError
from ...keys.project import Project
from ..diagnose import diagnose
from ..diagnose.message import Request

Pairs = list[tuple[str, str]]  # names and values of headers, as they came

# What to do, for errors of which a single request shows nothing.
_ADVICE = {
    "replayed": "seal each request anew: one that came before is refused",
}


class RefusedRequest(Frozen):
    """A request that was refused, as it came, and the error. Its repr shows nothing of it.

    Args:
        path: The path that was called.
        headers: All headers, as pairs of name and value.
        body: The exact bytes of the body.
        error: Why the gateway refused it.
        project: The project that should have signed it.
        at: When it came.
    """

    path: str
    headers: Pairs
    body: bytes
    error: KmCryptoError
    project: Project
    at: datetime

    def __init__(
        self,
        path: str,
        headers: Pairs,
        body: bytes,
        error: KmCryptoError,
        *,
        project: Project,
        at: datetime,
    ) -> None:
        self._set_attributes(
            path=path, headers=headers, body=body, error=error, project=project, at=at
        )

    def __repr__(self) -> str:
        return f"<RefusedRequest {self.error.code}>"


def first_finding(request: RefusedRequest) -> str:
    """Return what is wrong with a refused request and what to do, without a secret.

    It is the error's code and the first finding of `diagnose`: what was seen, and the change that
    mends it. Where nothing is found, a replay say, it is what the error says.
    """
    error = request.error
    diagnosis = diagnose(
        Request("POST", request.path, request.headers, request.body),
        project=request.project,
        at=request.at,
        encrypted=ENCRYPTED,
    )
    if diagnosis.findings:
        finding = diagnosis.findings[0]
        return f"{error.code}: {finding.code}: {finding.seen}; {finding.change}"
    text = f"{error.code}: {error}"
    advice = _ADVICE.get(error.code)
    return text if advice is None else f"{text}; {advice}"
