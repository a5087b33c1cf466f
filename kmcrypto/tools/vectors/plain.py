"""The subjects of vectors without a second party: tokens, correlation ids, JWEs, messages, fields and sealed projects.

Each function reads a group and gives a function that makes a `Case` of one of its tests. All goes through kmcrypto's
public names; of what selectors take, which has none, `encryption.json_path` is asked.
"""

from datetime import datetime, timedelta, timezone
from typing import Any, Callable

from ... import UTC, CorrelationId, FieldCipher, Instant, TranToken, decrypt_message, jwe
from ...encryption import json_path
from ...keys.sealed import unseal
from .case import Case
from .files import Members
from .parties import Holder, Keys
from .values import bytes_of, document_of, spelled, spelled_text, zone_of

Maker = Callable[[Members], Case]
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def is_valid(test: Members) -> bool:
    """Whether a test is of something that is taken, and so has outputs."""
    return bool(test["result"] == "valid")


def tran_token(keys: Keys, group: Members) -> Maker:
    """Verify a token; a valid one comes again when its body is signed at its time."""
    secret = group["secret"]

    def _make(test: Members) -> Case:
        _expect(test, "verify")
        token, body = test["token"], bytes_of(test["body"])
        at = _instant(test["time"]) if is_valid(test) else None

        def _call() -> Members:
            read = TranToken.parse(token)
            read.verify(secret, body)
            signed = None if at is None else str(TranToken.sign(secret, body, at=at))
            return {"time": read.compact17, "read": str(read), "signed": signed}

        return Case(
            _call, {"time": test["time"], "read": token, "signed": token} if is_valid(test) else {}
        )

    return _make


def correlation_id(keys: Keys, group: Members) -> Maker:
    """Read an id, and hold it against others; or write a moment's digits, behind which the suffix stands."""

    def _make(test: Members) -> Case:
        value = test["value"]
        if test["operation"] == "format":
            moment, zone, suffix = test["epochMs"], zone_of(test["zone"]), test["suffix"]

            def _write() -> Members:
                return {
                    "value": str(CorrelationId.parse(f"{Instant(moment, zone).compact12}-{suffix}"))
                }

            return Case(_write, {"value": value} if is_valid(test) else {})
        _expect(test, "parse")
        equals, differs = test.get("equals", []), test.get("differs", [])

        def _parse() -> Members:
            read = CorrelationId.parse(value)
            others = [CorrelationId.parse(other) == read for other in (*equals, *differs)]
            return {"value": str(read), "equal": others}

        due = {"value": value, "equal": [True] * len(equals) + [False] * len(differs)}
        return Case(_parse, due if is_valid(test) else {})

    return _make


def compact_jwe(keys: Keys, group: Members) -> Maker:
    """Decrypt a JWE."""
    private = keys.private(group["privateKey"])

    def _make(test: Members) -> Case:
        token, kid = test["jwe"], test["kid"]
        due = {"plaintext": bytes_of(test["plaintext"])} if is_valid(test) else {}
        return Case(lambda: {"plaintext": jwe.decrypt(token, private, kid=kid)}, due)

    return _make


def message(keys: Keys, group: Members) -> Maker:
    """Decrypt an encrypted body."""
    private = keys.private(group["privateKey"])

    def _make(test: Members) -> Case:
        body, kid = bytes_of(test["body"]), test["kid"]
        options: Any = {} if test["maxBody"] is None else {"max_body": test["maxBody"]}

        def _call() -> Members:
            return {"payload": spelled(decrypt_message(body, private, kid=kid, **options))}

        return Case(_call, payload_due(test))

    return _make


def payload_due(test: Members) -> Members:
    """The payload of a valid test. Its numbers are those of plain JSON: fractions are floats."""
    return {"payload": spelled_text(test["payload"], exact=False)} if is_valid(test) else {}


def fields(keys: Keys, group: Members) -> Maker:
    """Decrypt the fields of a document, or see what a selector takes in one."""
    cipher = _cipher(keys, group)

    def _make(test: Members) -> Case:
        document = document_of(test["document"])
        if test["operation"] == "select":
            return _selection(test, document)
        _expect(test, "decrypt")
        context = test["context"]

        def _call() -> Members:
            plain, report = cipher.decrypt(document, context)
            return {"plain": spelled(plain), "report": report}

        return Case(
            _call,
            {"plain": spelled_text(test["plain"]), "report": test["report"]}
            if is_valid(test)
            else {},
        )

    return _make


def sealed(keys: Keys, group: Members) -> Maker:
    """Open a sealed project."""

    def _make(test: Members) -> Case:
        blob, passphrase = bytes.fromhex(test["blob"]), test["passphrase"]
        key = None if test["key"] is None else bytes.fromhex(test["key"])

        def _call() -> Members:
            return {"document": spelled(unseal(blob, passphrase=passphrase, key=key).document())}

        return Case(
            _call,
            {"document": spelled_text(test["document"], exact=False)} if is_valid(test) else {},
        )

    return _make


def _cipher(keys: Keys, group: Members) -> FieldCipher:
    side, kept = group["side"], group["storageSide"]
    holder = (
        Holder.PLATFORM
        if "platform" in (kept, "platform" if side == "gateway" else None)
        else Holder.PROVIDER
    )
    ring = keys.ring(group["ring"], holder)
    if ring is None:
        raise ValueError("fields need a ring")
    names, options = ("optional", "plain"), {"accept_inactive": group["acceptInactive"]}
    options |= {name: group[name] for name in names}
    if side == "storage":
        return FieldCipher.for_storage(ring, group["selectors"], side=kept, **options)
    make = {"gateway": FieldCipher.for_gateway, "client": FieldCipher.for_client}[side]
    return make(ring, group["selectors"], **options)


def _selection(test: Members, document: Any) -> Case:
    selector = test["selector"]

    def _call() -> Members:
        taken = json_path.select(json_path.parse(selector), document)
        return {"paths": [json_path.normalized(location) for location in taken]}

    due = ["paths"] if is_valid(test) else [name for name in ("position",) if name in test]
    return Case(_call, {name: test[name] for name in due})


def _instant(digits: str) -> Instant:
    """The moment that 17 digits name; the zone doesn't matter where the token has none, so it is UTC."""
    at = datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    return Instant((at - _EPOCH) // timedelta(milliseconds=1) + int(digits[14:]), UTC)


def _expect(test: Members, operation: str) -> None:
    if test["operation"] != operation:
        raise ValueError("no such operation")
