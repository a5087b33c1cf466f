"""What is not known, and what to ask the partner for. No question asks for a secret itself."""

from collections.abc import Iterator

from .checks.envelope import is_encrypted
from .checks.jwe_trials import Trial
from .evidence import Evidence
from .finding import Finding


def list_questions(
    evidence: Evidence,
    findings: tuple[Finding, ...],
    is_right: bool | None,
    trial: Trial | None,
) -> Iterator[str]:
    """Give what would tell more about a request."""
    request = evidence.request
    if request is None:
        return
    codes = {finding.code for finding in findings}
    if is_right is None and evidence.token is not None:
        yield (
            "The MAC was not compared: give the secret key of the project. It stays with whoever"
            " runs this: never ask the partner to send it."
        )
    if "mac-unknown" in codes:
        yield (
            "Ask the partner for the number of bytes that are given to HMAC, their first and last"
            " byte in hex, and the number of bytes of the secret key as the program has it."
        )
    if request.fidelity != "bytes" and is_right is not True:
        yield "Ask for the exact bytes of the body: this recording may have changed its spelling."
    if evidence.moment is None:
        yield "Ask when the request was received: without that, its time is compared with nothing."
    if is_encrypted(request.body):
        if trial is None or not trial.has_named_key:
            yield "The JWE was not opened: that takes the private key of the side that receives it."
        if evidence.payload is None and "mac-unknown" in codes:
            yield "Ask for the payload that was meant: a MAC over the plaintext shows only with it."
    elif evidence.encrypted is None:
        yield "Ask whether this API's requests are encrypted: the body does not tell (S4.6)."
