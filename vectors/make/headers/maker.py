"""A body that is plain and right, and positive cases around it."""

from ..common.encode import compact_json
from ..common.requests import (
    ACCESS_KEY_HEADER,
    ASP_ID_HEADER,
    ID_HEADER,
    KEY_ID_HEADER,
    TRAN_TIME_HEADER,
    ZONE_HEADER,
    Headers,
)
from ..common.vector_file import Case, Group

BODY = compact_json({"cardNo": "0000111122223333"})

_HEADERS_READ = {
    "aspId": ASP_ID_HEADER,
    "correlationId": ID_HEADER,
    "accessKey": ACCESS_KEY_HEADER,
    "cryptoKeyId": KEY_ID_HEADER,
    "tranTime": TRAN_TIME_HEADER,
    "zone": ZONE_HEADER,
}


def positive_headers(
    group: Group, comment: str, flags: str, headers: Headers, rule: str | None = None
) -> Case:
    """Add a right request: its values are read as they came, in whatever case their names are."""
    values = {name.lower(): value for name, value in headers}
    read = {member: values.get(name.lower()) for member, name in _HEADERS_READ.items()}
    return group.positive(comment, flags, rule=rule, headers=headers, outputs={"read": read})
