"""Readers that take the steps of S12 in another order, and refusals that tell strangers apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.weakening import Copy, Weaken, Weakness, wrapped

# A check of one step, made early: `check(copy, receiver, headers, body)` raises its error.
Check = Callable[[Copy, Any, Any, bytes], None]


def find_project(receiver: Any, headers: Any, copy: Copy) -> Any:
    """The project and key that a request names, whoever sent it; None for nobody's."""
    access_key = dict(headers).get("X-KM-Access-Key")
    project, key = receiver._candidates(access_key)[0]
    return None if project is None else (project, key)


def read_loosely(copy: Copy, receiver: Any, headers: Any) -> Any:
    """The headers of a request, if they are of their forms."""
    reader = copy.module("signing.headers")
    try:
        return reader.read_request_headers(headers, receiver._zones)
    except copy.errors.RemoteError:
        return None


def check_state(copy: Copy, receiver: Any, headers: Any, body: bytes) -> None:
    found = find_project(receiver, headers, copy)
    if found is not None and found[1].state.value == "inactive":
        raise copy.errors.InactiveKey


def check_tolerance(copy: Copy, receiver: Any, headers: Any, body: bytes) -> None:
    request = read_loosely(copy, receiver, headers)
    if request is not None:
        receiver._instant_in_tolerance(request.token, request.zone)


def check_envelope(copy: Copy, receiver: Any, headers: Any, body: bytes) -> None:
    if body:
        copy.module("encryption.message").read_payload(body)
        if receiver.is_encrypted_due:
            copy.module("exchange.receiver")._read_body(body, True)


def check_crypto_key(copy: Copy, receiver: Any, headers: Any, body: bytes) -> None:
    found = find_project(receiver, headers, copy)
    key_id = dict(headers).get("X-KM-Crypto-Key-Id")
    if found is not None and key_id is not None:
        receiver._crypto_key(found[0], key_id, False, False)


def check_size(copy: Copy, receiver: Any, headers: Any, body: bytes) -> None:
    if len(body) > receiver._max_body:
        raise copy.errors.BodyTooLarge


def check_token(copy: Copy, receiver: Any, headers: Any, body: bytes) -> None:
    token = dict(headers).get("X-KM-Tran-Token", "")
    copy.module("signing.tran_token").TranToken.parse(token)


def check_tran_time(copy: Copy, receiver: Any, headers: Any, body: bytes) -> None:
    request = read_loosely(copy, receiver, headers)
    if request is not None and abs(request.token.local_second - request.tran_second) > 5:
        raise copy.errors.TimesDisagree


def check_sender(copy: Copy, receiver: Any, headers: Any, body: bytes) -> None:
    request = read_loosely(copy, receiver, headers)
    if request is not None:
        receiver._sender(request, body, receiver._candidates(request.access_key))


def first(check: Check) -> Weaken:
    """A check comes before all others of the request."""

    def weaken(copy: Copy) -> None:
        def verify(original: Any, self: Any, headers: Any, body: bytes, *args: Any) -> Any:
            self.is_encrypted_due = args[0]
            check(copy, self, headers, body)
            return original(self, headers, body, *args)

        wrapped("exchange.receiver:Receiver._verify", verify)(copy)

    return weaken


def behind_sender(check: Check) -> Weaken:
    """A check comes right behind that of the sender, and so before the steps in between."""

    def weaken(copy: Copy) -> None:
        def authenticate(original: Any, self: Any, headers: Any, body: bytes, *args: Any) -> Any:
            authenticated = original(self, headers, body, *args)
            check(copy, self, headers, body)
            return authenticated

        def verify(original: Any, self: Any, headers: Any, body: bytes, *args: Any) -> Any:
            self.is_encrypted_due = args[0]
            return original(self, headers, body, *args)

        wrapped("exchange.receiver:Receiver._authenticate", authenticate)(copy)
        wrapped("exchange.receiver:Receiver._verify", verify)(copy)

    return weaken


def measure_last(copy: Copy) -> None:
    """The size is told when the sender is known."""

    def authenticate(original: Any, self: Any, headers: Any, body: bytes, *args: Any) -> Any:
        limit = self._max_body
        self._max_body = len(body)
        try:
            authenticated = original(self, headers, body, *args)
        finally:
            self._max_body = limit
        check_size(copy, self, headers, body)
        return authenticated

    wrapped("exchange.receiver:Receiver._authenticate", authenticate)(copy)


def claim_behind_opening(copy: Copy) -> None:
    """The JWE is decrypted before the claim is made."""

    def verify(original: Any, self: Any, *args: Any) -> Any:
        claim, accepted, sealed = original(self, *args)
        opened = copy.module("exchange.receiver")._open(accepted, sealed)
        return claim, opened, None

    wrapped("exchange.receiver:Receiver._verify", verify)(copy)


def claim_before(name: str) -> Weaken:
    """A plain request is claimed before a step; one that comes again is told so."""

    def weaken(copy: Copy) -> None:
        def claim_early(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(self, *args, **kwargs)
            except copy.errors.RemoteError:
                if self.seen & {self.mac}:
                    raise copy.errors.Replayed from None
                raise

        def authenticate(original: Any, self: Any, headers: Any, body: bytes, *args: Any) -> Any:
            request, project, key = original(self, headers, body, *args)
            self.mac = request.token.mac
            return request, project, key

        def accept(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
            self.seen = getattr(self, "seen", set())
            opened = original(self, *args, **kwargs)
            self.seen.add(self.mac)
            return opened

        wrapped("exchange.receiver:Receiver._authenticate", authenticate)(copy)
        wrapped(f"exchange.receiver:Receiver.{name}", claim_early)(copy)
        wrapped("exchange.receiver:Receiver._accept", accept)(copy)

    return weaken


def payload_before_kid(copy: Copy) -> None:
    """The kid is compared after the plaintext was read."""

    def decrypt(original: Any, token: str, private_key: Any, kid: str | None) -> Any:
        payload = original(token, private_key, None)
        original(token, private_key, kid)
        return payload

    for module in ("exchange.receiver", "exchange.client", "encryption.message"):
        wrapped(f"{module}:decrypt_token", decrypt)(copy)


def tell_stage(original: Any, error: Any) -> str:
    """A stranger is told the stage."""
    stage = getattr(error, "stage", None)
    row: str = {"headers": "payload", "token": "key"}.get(str(stage), original(error))
    return row


def tell_lengths(original: Any, error: Any) -> str:
    """A body of a wrong length is told so."""
    return "payload" if error.code in ("body-too-large", "empty-body") else original(error)


def tell_sender(original: Any, error: Any) -> str:
    """A wrong MAC is told so."""
    return "key" if error.code == "signature-mismatch" else original(error)


def tell_times(original: Any, error: Any) -> str:
    """Two times that disagree are told so."""
    return "time" if error.code == "times-disagree" else original(error)


# --- Openers --------------------------------------------------------------------------------------


def answer_check(check: Callable[[Copy, Any, int, Any, bytes, Any], None]) -> Weaken:
    """A check of an answer comes before all others."""

    def weaken(copy: Copy) -> None:
        def open_answer(
            original: Any, self: Any, status: int, headers: Any, body: bytes, *args: Any
        ) -> Any:
            check(copy, self, status, headers, body, args[0])
            return original(self, status, headers, body, *args)

        wrapped("exchange.client:Client._open", open_answer)(copy)

    return weaken


def check_echo(
    copy: Copy, client: Any, status: int, headers: Any, body: bytes, request: Any
) -> None:
    correlation_id = copy.module("signing.headers").read_correlation_id(headers)
    if correlation_id != request.correlation_id:
        raise copy.errors.EchoMismatch("", answer=None)


def check_status(
    copy: Copy, client: Any, status: int, headers: Any, body: bytes, request: Any
) -> None:
    if status != 200:
        raise copy.errors.UnexpectedAnswer("", http_status=status)


def check_answer_headers(
    copy: Copy, client: Any, status: int, headers: Any, body: bytes, request: Any
) -> None:
    copy.module("signing.headers").read_answer_headers(headers)


def check_answer_body(
    copy: Copy, client: Any, status: int, headers: Any, body: bytes, request: Any
) -> None:
    try:
        copy.module("encryption.message").read_payload(body)
    except copy.errors.MalformedPayload:
        raise copy.errors.UnexpectedAnswer("", http_status=status) from None


def check_answer_protection(
    copy: Copy, client: Any, status: int, headers: Any, body: bytes, request: Any
) -> None:
    if (b"encData" in body) is not request.answer_encrypted:
        raise copy.errors.WrongProtection("")


def check_answer_key(
    copy: Copy, client: Any, status: int, headers: Any, body: bytes, request: Any
) -> None:
    first_issued = client._project.ring.first_issued
    if b"encData" in body and first_issued.state.value == "inactive":
        raise copy.errors.InactiveKey


# --- Fields ---------------------------------------------------------------------------------------


def keys_before_places(copy: Copy) -> None:
    """The crypto key of each field is found before its place is compared."""

    def read(original: Any, value: Any, location: Any, context: Any) -> Any:
        fields = copy.module("encryption.fields")
        header = fields._read_header(value)
        if header is not None and header.get("kid", "").startswith("f"):
            raise copy.errors.UnknownCryptoKey
        return original(value, location, context)

    wrapped("encryption.fields:_read_field", read)(copy)


def content_before_keys(copy: Copy) -> None:
    """A field of an unknown key is told to be undecryptable."""

    def unwrap(original: Any, self: Any, fields: Any) -> Any:
        parts = list(fields)
        try:
            return original(self, parts)
        except copy.errors.UnknownCryptoKey:
            raise copy.errors.DecryptionError() from None

    wrapped("encryption.fields:FieldCipher._unwrap", unwrap)(copy)


def selection_behind_fields(copy: Copy) -> None:
    """A selector that selects nothing is told after everything else."""

    def check(original: Any, self: Any, matches: Any, error_type: Any) -> None:
        self._tell_apart(matches)
        fields = copy.module("encryption.fields")
        for match in matches:
            fields._read_field(match.value, match.location, None)
        original(self, matches, error_type)

    wrapped("encryption.fields:FieldCipher._check_matches", check)(copy)


def fields_in_reverse(original: Any, self: Any, matches: Any, context: Any) -> Any:
    """The last field is read first."""
    return original(self, list(reversed(matches)), context)


def field_by_field(original: Any, self: Any, matches: Any, context: Any) -> Any:
    """All steps are done for one field before the next."""
    values: dict[Any, Any] = {}
    for match in matches:
        values |= original(self, [match], context)
    return values


def message_size_last(original: Any, body: bytes, private_key: Any, **options: Any) -> Any:
    """The limit of a message is looked at in the end."""
    original(body, private_key, kid=options.get("kid"))
    return original(body, private_key, **options)


ORDER = [
    Weakness("a token's form is told before the headers", "order", first(check_token)),
    Weakness("the times are compared before the headers", "order", first(check_tran_time)),
    Weakness("the sender is told before the size", "order", first(check_sender)),
    Weakness("the state of the project key before the sender", "order", first(check_state)),
    Weakness("the tolerance before the sender", "order", first(check_tolerance)),
    Weakness("a body is parsed for a stranger", "order", first(check_envelope)),
    Weakness("the crypto key before the sender", "order", first(check_crypto_key)),
    Weakness(
        "the tolerance before the state of the project key",
        "order",
        behind_sender(check_tolerance),
    ),
    Weakness("the envelope before the tolerance", "order", behind_sender(check_envelope)),
    Weakness("the crypto key before the envelope", "order", behind_sender(check_crypto_key)),
    Weakness("the size behind the sender", "order", measure_last),
    Weakness("the claim before the crypto key", "order", claim_before("_crypto_key")),
    Weakness("the claim before the tolerance", "order", claim_before("_instant_in_tolerance")),
    Weakness("the claim behind the JWE", "order claims", claim_behind_opening),
    Weakness("the plaintext before the kid", "order", payload_before_kid),
    Weakness(
        "a stranger is told the stage",
        "order",
        wrapped("exchange.responding_receiver:refusal_row", tell_stage),
    ),
    Weakness(
        "a stranger is told of the length",
        "order",
        wrapped("exchange.responding_receiver:refusal_row", tell_lengths),
    ),
    Weakness(
        "a stranger is told of the MAC",
        "order",
        wrapped("exchange.responding_receiver:refusal_row", tell_sender),
    ),
    Weakness(
        "a stranger is told of its times",
        "order",
        wrapped("exchange.responding_receiver:refusal_row", tell_times),
    ),
    Weakness("the echo before all of an answer", "order", answer_check(check_echo)),
    Weakness("the status before all of an answer", "order", answer_check(check_status)),
    Weakness(
        "the headers of an answer before its size", "order", answer_check(check_answer_headers)
    ),
    Weakness("an answer is parsed before it is measured", "order", answer_check(check_answer_body)),
    Weakness(
        "the protection before all of an answer", "order", answer_check(check_answer_protection)
    ),
    Weakness("the crypto key before all of an answer", "order", answer_check(check_answer_key)),
    Weakness("the keys of fields before their places", "order", keys_before_places),
    Weakness("the content of fields before their keys", "order", content_before_keys),
    Weakness("the selection behind the fields", "order", selection_behind_fields),
    Weakness(
        "the last field first",
        "order",
        wrapped("encryption.fields:FieldCipher._decrypt_fields", fields_in_reverse),
    ),
    Weakness(
        "field by field",
        "order",
        wrapped("encryption.fields:FieldCipher._decrypt_fields", field_by_field),
    ),
    Weakness(
        "the size of a message last",
        "order",
        wrapped("encryption.message:decrypt_message", message_size_last),
    ),
]
