"""What is wrong with a request or an answer, most likely first, and what mends it.

A receiver tells strangers one thing for many mistakes, on purpose (S6.3). This is the place where
the reason is told, to the one who operates the integration and holds the recording.

How it works, and where it is:

1. `readers/` turns what people have, HTTP text, curl's command line or output, HAR, JSON, into one
   `Exchange` of a `Request` and an `Answer` (message.py). Nothing is judged there.
2. `evidence.py` works out once what several checks need: headers and token read leniently, so that
   one fault hides no other, and the key that the access key names.
3. `checks/` has the checks by subject. Each is a function that gives findings (finding.py), whose
   texts are in catalog.py. A MAC is recomputed under each usual mistake, and a JWE opened under
   each, so what they find is certain. Where the package has a reader or a receiver, that is asked.
4. `ranking.py` puts the surest first; `stages.py` shows how a right request was built;
   `questions.py` says what would tell more.
5. `text_report.py` and `json_report.py` write it down; `command.py` is the command line.

No text of a diagnosis repeats a secret, a payload, or a value that is not of a known form. The work
is bounded by the sizes of readers/limits.py and the budget of checks/mac.py.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ..._core.scrub import scrubbed
from ..._core.values import Value, require_items, require_types
from ...clock.instant import Instant
from ...clock.time_zone import UTC, TimeZone
from ...encryption.message import write_payload
from ...keys.project import Project
from ...keys.project_key import ProjectKey
from .checks.answers import check_answer
from .checks.body import check_body, check_protection
from .checks.encryption import check_request_jwe, open_request
from .checks.headers import check_headers
from .checks.identity import check_crypto_key_id, check_earlier, check_sender
from .checks.mac import judge_mac
from .checks.receiver import check_with_receiver
from .checks.times import check_times
from .checks.token_form import check_token_form
from .evidence import Evidence
from .finding import Finding
from .message import Answer, Exchange, Request
from .questions import list_questions
from .ranking import rank
from .readers.any_form import read_exchange
from .stages import Stage, describe_stages

# The checks of a request that need neither its MAC nor its JWE.
_CHECKS: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    check_headers,
    check_token_form,
    check_times,
    check_sender,
    check_crypto_key_id,
    check_earlier,
    check_body,
    check_protection,
)


class Diagnosis(Value):
    """What `diagnose` found. None of it is secret.

    Attributes:
        findings: The mistakes, the most likely first; () if none is seen.
        mac_is_right: Whether the MAC is that of the body; None if it was not compared.
        time_is_compared: Whether the token's time was compared with that of receipt; None without
            a request.
        stages: How a request without findings was built.
        questions: What would tell more.
    """

    findings: tuple[Finding, ...]
    mac_is_right: bool | None
    time_is_compared: bool | None
    stages: tuple[Stage, ...]
    questions: tuple[str, ...]

    def __init__(
        self,
        findings: tuple[Finding, ...],
        mac_is_right: bool | None,
        time_is_compared: bool | None,
        stages: tuple[Stage, ...],
        questions: tuple[str, ...],
    ) -> None:
        self._set_attributes(
            findings=findings,
            mac_is_right=mac_is_right,
            time_is_compared=time_is_compared,
            stages=stages,
            questions=questions,
        )


@scrubbed
def diagnose(
    message: bytes | str | Request | Answer | Exchange,
    *,
    project: Project | None = None,
    secret: str | None = None,
    other_keys: Iterable[ProjectKey] = (),
    payload: Mapping[str, Any] | bytes | None = None,
    at: datetime | None = None,
    encrypted: bool | None = None,
    answer_encrypted: bool | None = None,
    callback: bool = False,
    zones: Iterable[TimeZone] = (),
    entry: int | None = None,
    body: bytes | None = None,
) -> Diagnosis:
    """Say what is wrong with a request, an answer, or both.

    Args:
        message: A file's contents: HTTP text, a curl command line or configuration, the output
            of `curl -v`, HAR, or JSON of headers and body; or a Request, an Answer or an
            Exchange, whose bodies are bytes.
        project: The project that should have signed, as this side holds it.
        secret: The text of its secret key. A Project keeps no text; with the text, mistakes in
            how the secret key was loaded are told, too.
        other_keys: Project keys that may have been taken by mistake.
        payload: What the body was meant to hold, or the text of it.
        at: When the request was received, an aware datetime. Without it, the Date header of the
            answer and the time of a HAR take its place.
        encrypted: Whether this API's requests are encrypted; None: not known.
        answer_encrypted: Whether its answers are; None: as its requests.
        callback: Whether the request is a callback of the platform's (S10).
        zones: Further zones, besides UTC, KST and the project's.
        entry: Of a HAR, the number of the entry, from 1; None: the last with X-KM-* headers.
        body: The exact bytes of the request's body, where a file's contents do not have them.

    Raises:
        Unreadable: The contents are of none of the forms, or damaged.
        InvalidPayload: `payload` is not JSON.
        InvalidInstant: `at` is naive, or outside 2000 to 2099.
    """
    require_types(
        message=(message, bytes | str | Request | Answer | Exchange),
        project=(project, Project | None),
        secret=(secret, str | None),
        payload=(payload, Mapping | bytes | None),
        at=(at, datetime | None),
        encrypted=(encrypted, bool | None),
        answer_encrypted=(answer_encrypted, bool | None),
        callback=(callback, bool),
        entry=(entry, int | None),
        body=(body, bytes | None),
    )
    evidence = Evidence(
        _as_exchange(message, entry, body),
        project=project,
        secret=secret,
        other_keys=tuple(require_items("other_keys", other_keys, ProjectKey)),
        payload=write_payload(payload) if isinstance(payload, Mapping) else payload,
        at_ms=None if at is None else Instant.from_datetime(at, UTC).epoch_ms,
        encrypted=encrypted,
        answer_encrypted=answer_encrypted,
        is_callback=callback,
        zones=tuple(require_items("zones", zones, TimeZone)),
    )
    return _diagnose(evidence)


def _as_exchange(
    message: bytes | str | Request | Answer | Exchange, entry: int | None, body: bytes | None
) -> Exchange:
    if isinstance(message, Exchange):
        return message
    if isinstance(message, Request):
        return Exchange(message)
    if isinstance(message, Answer):
        return Exchange(None, message)
    if isinstance(message, str):
        message = message.encode("utf-8", "surrogatepass")
    return read_exchange(message, entry, body)


def _diagnose(evidence: Evidence) -> Diagnosis:
    found: list[Finding] = []
    for check in _CHECKS:
        found += check(evidence)
    trial = open_request(evidence)
    found += check_request_jwe(evidence, trial)
    plaintext = None if trial is None else trial.plaintext
    verdict = judge_mac(evidence, plaintext)
    found += _without_consequences(verdict.findings, found)
    if not found:
        found += check_with_receiver(evidence, verdict.body)
    found += check_answer(evidence)
    findings = rank(found)
    return Diagnosis(
        findings,
        verdict.is_right,
        None if evidence.request is None else evidence.moment is not None,
        () if findings else describe_stages(evidence, trial, mac_is_right=bool(verdict.is_right)),
        tuple(list_questions(evidence, findings, verdict.is_right, trial)),
    )


# Mistakes after which no MAC can be that of the body, whatever it covers.
_EXPLAIN_A_MAC = (
    "body-lost",
    "body-cut",
    "body-too-large",
    "body-gzip",
    "redirect-changed-method",
    "access-key-of-another",
)


def _without_consequences(verdicts: Iterable[Finding], found: list[Finding]) -> Iterator[Finding]:
    """Leave out an unknown MAC that another finding explains."""
    codes = {finding.code for finding in found}
    for finding in verdicts:
        if finding.code == "mac-unknown" and not codes.isdisjoint(_EXPLAIN_A_MAC):
            continue
        yield finding
