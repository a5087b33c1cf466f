"""The form of the tran token, and the usual encodings of its MAC (S3.4, S3.5, S3.8)."""

from collections.abc import Iterator

from ....signing.headers import TRAN_TOKEN
from ..evidence import Evidence
from ..finding import Finding
from ..header_view import describe


def check_token_form(evidence: Evidence) -> Iterator[Finding]:
    """Find faults in the form of the token."""
    if evidence.token is None:
        return
    text = evidence.headers.meant(TRAN_TOKEN) or ""
    mac_text = text.rpartition(":")[2]
    for code in evidence.token.faults:
        if code.startswith("mac-"):
            yield Finding(code, f"the text of the MAC has {describe(mac_text)}")
        else:
            yield Finding(code, f"{TRAN_TOKEN} has {len(text)} characters, not of this form")
