"""Headers: each of the seven is there once, on one line, and of its form (S1, S2)."""

import re
from collections.abc import Iterator

from ...._core.forms import is_access_key, is_asp_id, is_crypto_key_id
from ....clock.instant import second_of_digits
from ....errors import MalformedHeader
from ....signing.correlation import CorrelationId
from ....signing.headers import (
    ACCESS_KEY,
    ASP_ID,
    CORRELATION_ID,
    CRYPTO_KEY_ID,
    TIME_ZONE,
    TRAN_TIME,
    TRAN_TOKEN,
)
from ..evidence import Evidence
from ..finding import Finding
from ..header_view import NAMES, describe, is_folded, is_quoted

_REQUIRED = (ASP_ID, CORRELATION_ID, TRAN_TOKEN, TRAN_TIME, TIME_ZONE)
_MISTAKEN_ID_LENGTHS = (21, 22, 23, 25)
_MISTAKEN_TIME_LENGTHS = (16, 17)


def check_headers(evidence: Evidence) -> Iterator[Finding]:
    """Find faults in the headers of a request. Those of the token's form are another check's."""
    if evidence.request is None:
        return
    yield from _check_presence(evidence)
    for name in NAMES:
        values = evidence.headers.raw.get(name)
        if values is not None:
            yield from _check_values(name, values, evidence)
    yield from _check_content_type(evidence)


def _check_presence(evidence: Evidence) -> Iterator[Finding]:
    headers = evidence.headers
    required = list(_REQUIRED)
    if not evidence.is_callback:
        required.append(ACCESS_KEY)
    elif headers.has(ACCESS_KEY):
        yield Finding("access-key-on-callback", f"{ACCESS_KEY} came")
    absent = [name for name in required if not headers.has(name)]
    underscored = sorted(headers.underscored)
    if underscored:
        yield Finding(
            "header-underscores", f"these came with underscores: {', '.join(underscored)}"
        )
    absent = [name for name in absent if name not in headers.underscored]
    if len(absent) == len(required):
        yield Finding("header-missing", "no X-KM-* header of S1 came")
    elif absent:
        yield Finding("header-missing", f"these are absent: {', '.join(absent)}")


def _check_values(name: str, values: list[str], evidence: Evidence) -> Iterator[Finding]:
    if len(values) > 1:
        same = "with the same value" if len(set(values)) == 1 else "with different values"
        yield Finding("header-doubled", f"{name} came {len(values)} times, {same}")
    value = values[0]
    if not value:
        yield Finding("header-empty", f"{name} is there and empty")
        return
    if is_folded(value):
        yield Finding("header-folded", f"the value of {name} goes on in the next line")
    elif "," in value:
        yield Finding("header-joined", f"the value of {name} has a comma in it")
    elif value.strip() != value:
        yield Finding("header-blanks", f"the value of {name} begins or ends with white space")
    elif is_quoted(value):
        yield Finding("header-quoted", f"the value of {name} stands in quotes")
    meant = evidence.headers.meant(name) or ""
    code = _form_fault(name, meant, evidence)
    if code is not None:
        yield Finding(code, f"{name} has {describe(meant)}")


def _form_fault(name: str, value: str, evidence: Evidence) -> str | None:
    """Return the code of what is wrong with the form of a value, or None."""
    if name == ASP_ID:
        return None if is_asp_id(value) else "asp-id-form"
    if name == ACCESS_KEY:
        return None if is_access_key(value) else "access-key-form"
    if name == CRYPTO_KEY_ID:
        return None if is_crypto_key_id(value) else "crypto-key-id-form"
    if name == TIME_ZONE:
        return None if value in evidence.zones else "zone-unknown"
    if name == TRAN_TIME:
        return _tran_time_fault(value)
    if name == CORRELATION_ID:
        return _correlation_id_fault(value)
    return None


def _tran_time_fault(value: str) -> str | None:
    if second_of_digits(value) is not None:
        return None
    is_longer = len(value) in _MISTAKEN_TIME_LENGTHS and value.isascii() and value.isdigit()
    return "tran-time-length" if is_longer else "tran-time-form"


def _correlation_id_fault(value: str) -> str | None:
    try:
        CorrelationId.parse(value)
    except MalformedHeader:
        is_longer = re.fullmatch(r"[0-9]{10,17}-?[0-9A-Fa-f]{4,12}", value) is not None
        if is_longer and len(value) in _MISTAKEN_ID_LENGTHS:
            return "correlation-id-length"
        return "correlation-id-form"
    return None


def _check_content_type(evidence: Evidence) -> Iterator[Finding]:
    content_type = evidence.headers.other.get("content-type")
    if content_type is None or evidence.request is None or not evidence.request.body:
        return
    media_type = content_type.split(";", 1)[0].strip().lower()
    if media_type != "application/json":
        is_form = media_type == "application/x-www-form-urlencoded"
        kind = "that of a form" if is_form else "another one"
        yield Finding("content-type", f"the type of the body is {kind}", "possible")
