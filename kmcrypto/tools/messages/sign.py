"""`kmcrypto sign`: sign a request, and write its headers and body as text, JSON or for curl.

The exact bytes of the input are signed, or those of the JWE that they become. A body without a
crypto key id in the headers could not be decrypted, so the id is named wherever the request or its
answer is encrypted (S1.4).
"""

from argparse import Namespace
from typing import NamedTuple

from ..._core.forms import MAX_BODY
from ...encryption.message import read_payload
from ...errors import BodyTooLarge, KeyUnavailable, MalformedPayload, WrongProtection
from ...keys.crypto_key import CryptoKey, Side
from ...keys.project import Project
from ...keys.state import KeyState
from ...signing.headers import JSON_HEADERS
from ...signing.signer import Signer
from ..common.failure import Failure
from ..common.input_file import open_input, read_whole
from ..common.output_file import require_separate_outputs, write_output
from .curl_config import fits_inline, format_curl
from .message_keys import encrypt_body, find_by_id, is_encrypted
from .project_source import find_ring, read_project
from .request_text import format_http, format_json


class _Sides(NamedTuple):
    """The pair whose public key encrypts the request, and the one that decrypts its answer."""

    request: Side
    answer: Side


_CALL = _Sides(request=Side.PLATFORM, answer=Side.CLIENT)
_CALLBACK = _Sides(request=Side.CLIENT, answer=Side.PLATFORM)


def run(args: Namespace) -> int:
    """Run the command and return its exit status."""
    if args.body_out is not None and not args.curl:
        raise Failure("--body-out needs --curl")
    data = _read(args)
    project = read_project(args)
    key = _find_key(args, project)
    body = _make_body(args, data, key)
    if len(body) > MAX_BODY:
        raise BodyTooLarge(f"the body must not be longer than {MAX_BODY:,} bytes (S13)")
    signer = Signer(project.key, project.zone, callback=args.callback)
    headers = signer.headers(body, None if key is None else key.id) | JSON_HEADERS
    _write(args, headers, body)
    return 0


def _read(args: Namespace) -> bytes:
    """Read the input, which is not needed for a request without a body (S3.2)."""
    key_files = [args.keys, args.passphrase_file, args.key_file]
    if args.no_body:
        require_separate_outputs(key_files, args.out, args.body_out)
        return b""
    with open_input(args.input) as (file, _):
        require_separate_outputs([file.fileno(), *key_files], args.out, args.body_out)
        return read_whole(file, args.input, MAX_BODY)


def _find_key(args: Namespace, project: Project) -> CryptoKey | None:
    """Return the crypto key that the request names, or None if all of the call is plain (S1.4).

    It is the one of --crypto-key, else the primary, or the first issued for a callback (S5.3).
    """
    is_plain = args.plain or args.no_body
    is_answer_encrypted = not is_plain if args.answer is None else args.answer == "encrypted"
    if is_plain and not is_answer_encrypted:
        return None
    ring = find_ring(project)
    key = ring.first_issued if args.callback else ring.primary
    if args.crypto_key is not None:
        key = find_by_id(ring, args.crypto_key)
    if key.state is not KeyState.ACTIVE:
        raise KeyUnavailable("the crypto key must be active to encrypt (S5.1)")
    if is_answer_encrypted:
        key.private_half(_sides(args).answer)  # without it, the answer could not be read
    return key


def _sides(args: Namespace) -> _Sides:
    return _CALLBACK if args.callback else _CALL


def _make_body(args: Namespace, data: bytes, key: CryptoKey | None) -> bytes:
    """Return the bytes to sign and send."""
    if args.encrypt and key is not None:
        return encrypt_body(data, key, _sides(args).request, args.enc, kid=False)
    if args.encrypted:
        if not is_encrypted(read_payload(data)):
            raise WrongProtection("the body must be encrypted: give --encrypt to encrypt it (S4.8)")
    elif _looks_encrypted(data):
        raise WrongProtection("the body must be plain: give --encrypted for one that is not (S4.8)")
    return data


def _looks_encrypted(data: bytes) -> bool:
    """Tell whether a body of any bytes is an encrypted one."""
    try:
        return is_encrypted(read_payload(data))
    except MalformedPayload:
        return False


def _write(args: Namespace, headers: dict[str, str], body: bytes) -> None:
    if args.curl:
        if args.body_out is None and not fits_inline(body):
            raise Failure("curl takes no body that is so long or has a NUL: give --body-out FILE")
        if args.body_out is not None:
            write_output(args.body_out, body)
        write_output(args.out, format_curl(headers, body, args.body_out))
    elif args.json:
        write_output(args.out, format_json(headers, body))
    else:
        write_output(args.out, format_http(headers, body))
