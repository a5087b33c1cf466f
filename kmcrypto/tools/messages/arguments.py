"""The command lines of sign, verify, encrypt, decrypt, inspect and redact.

They are apart from the commands so that `--help` loads no keys.
"""

from pathlib import Path
from typing import Any

from ..common.command_parser import CommandParser, add_command
from ..common.enc_argument import add_enc
from ..common.input_file import STANDARD_INPUT
from ..common.moment_argument import parse_moment
from ..common.number_argument import integer_between
from ..keys.arguments import add_credential_options

MAX_LINE = 1 << 20
_LONGEST_MAX_LINE = 1 << 30
_LONGEST_TOLERANCE_S = 86_400

_KEYS_HELP = """\
The keys are those of the sealed file --keys, else those of the variables KONAPLATE_*
(docs/guides/environment.md). Secrets are never arguments: the passphrase of the sealed
file is read from --passphrase-file, else from the variable KMCRYPTO_PASSPHRASE, else from
a prompt. --key-file gives a sealing key instead: 32 bytes, or 64 hexadecimal digits.
"""
_MESSAGE_HELP = """\
A request is text as HTTP has it: an optional request line, the headers one a line, an
empty line, and the exact bytes of the body. Or it is JSON: {"headers": {...}, "body":
"..."}, with body_base64 in the place of body if that is not UTF-8. headers may also be a
list of pairs. sign writes both forms, verify reads both.
"""
_OUT_HELP = (
    "a file for the output, its owner's alone; it appears complete or not at all"
    " (default: standard output)"
)


def add_sign(commands: Any) -> None:
    """Add `sign` to the sub-commands of `kmcrypto`."""
    parser = add_command(
        commands,
        "sign",
        "sign a request, encrypted first if asked to, and write its headers and body",
        details=f"{_MESSAGE_HELP}\nNothing is sent. A token is good for some minutes.",
        examples="""
kmcrypto sign --encrypt --curl payload.json | curl -K - https://HOST/PATH
kmcrypto sign --plain --json < body.json
kmcrypto encrypt payload.json | kmcrypto sign --encrypted > request
""",
        notes=_KEYS_HELP,
    )
    _add_input(parser, "the body or payload")
    body = parser.add_mutually_exclusive_group(required=True)
    body.add_argument("--plain", action="store_true", help="IN is the body, plain")
    body.add_argument(
        "--encrypt", action="store_true", help="IN is the payload: encrypt it to make the body"
    )
    body.add_argument(
        "--encrypted", action="store_true", help="IN is the body, encrypted before (S4.1)"
    )
    body.add_argument(
        "--no-body", action="store_true", help="the request has no body; IN is not read"
    )
    _add_answer(parser)
    parser.add_argument(
        "--crypto-key",
        metavar="ID",
        help="the crypto key of an encrypted call (default: the primary, for a callback the first)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--curl", action="store_true", help="write a configuration that `curl -K -` takes"
    )
    form.add_argument("--json", action="store_true", help="write the request as JSON")
    parser.add_argument(
        "--body-out",
        type=Path,
        metavar="FILE",
        help="with --curl, write the body to this file, and its name into the configuration:"
        " needed for a body that is long or has a NUL",
    )
    add_enc(parser)
    _add_callback(parser, "make a callback: the platform's call of the provider (S10)")
    _add_out(parser)
    _add_keys(parser)


def add_verify(commands: Any) -> None:
    """Add `verify` to the sub-commands of `kmcrypto`."""
    parser = add_command(
        commands,
        "verify",
        "check the headers and the body of a request as a gateway does",
        details=f"""{_MESSAGE_HELP}
The steps are those of S12. Two are left out: the replay claim, because there is no store;
and decryption, if the keys have no private key for it. No payload is printed.
""",
        examples="""
kmcrypto sign --plain body.json | kmcrypto verify --plain
kmcrypto verify --encrypted --at 2026-11-23T09:15:09+09:00 request
kmcrypto verify --plain headers.txt --body body.bin --json
""",
        notes=_KEYS_HELP,
    )
    _add_input(parser, "the request")
    parser.add_argument(
        "--body", type=Path, metavar="FILE", help="the body's exact bytes; IN has the headers alone"
    )
    body = parser.add_mutually_exclusive_group(required=True)
    body.add_argument("--plain", action="store_true", help="the API's requests are plain")
    body.add_argument("--encrypted", action="store_true", help="they are encrypted")
    _add_answer(parser)
    parser.add_argument(
        "--at",
        type=parse_moment,
        metavar="TIME",
        help="when it came in, for example 2026-11-23T00:15:09Z (default: now)",
    )
    parser.add_argument(
        "--tolerance",
        type=integer_between(0, _LONGEST_TOLERANCE_S),
        default=300,
        metavar="SECONDS",
        help="how far its time may be from that, before or after (default: 300)",
    )
    parser.add_argument("--accept-inactive", action="store_true", help="accept inactive keys, too")
    parser.add_argument(
        "--allow-empty-body", action="store_true", help="accept a request without a body (S3.7)"
    )
    _add_callback(parser, "check a callback, as the provider receives it (S10)")
    parser.add_argument("--json", action="store_true", help="write the result as JSON")
    _add_keys(parser)


def add_encrypt(commands: Any) -> None:
    """Add `encrypt` to the sub-commands of `kmcrypto`."""
    parser = add_command(
        commands,
        "encrypt",
        'encrypt a payload into a body: {"encData":"<JWE>"}',
        details="The payload is encrypted byte for byte; it must be one strict JSON object.",
        examples="""
kmcrypto encrypt payload.json > body.json
kmcrypto encrypt --as gateway --keys project.kmsp < answer.json
""",
        notes=_KEYS_HELP,
    )
    _add_input(parser, "the payload")
    _add_role(parser, "encrypts")
    parser.add_argument(
        "--crypto-key", metavar="ID", help="the id of the crypto key (default: the primary)"
    )
    add_enc(parser)
    parser.add_argument("--kid", action="store_true", help="name the key in the JWE, too (S4.4)")
    parser.add_argument(
        "--json", action="store_true", help="write the body and the key's id as JSON"
    )
    _add_out(parser)
    _add_keys(parser)


def add_decrypt(commands: Any) -> None:
    """Add `decrypt` to the sub-commands of `kmcrypto`."""
    parser = add_command(
        commands,
        "decrypt",
        "decrypt a body, or a JWE alone, into its payload",
        details="Why one cannot be decrypted is not told (S6.3): see `kmcrypto inspect`.",
        examples="""
kmcrypto decrypt < answer.json
kmcrypto decrypt --as gateway --crypto-key ID body.json | kmcrypto redact
""",
        notes=_KEYS_HELP,
    )
    _add_input(parser, "the body or JWE")
    _add_role(parser, "decrypts")
    parser.add_argument(
        "--crypto-key",
        metavar="ID",
        help="the crypto key id of its headers (default: the JWE's kid, else the only key)",
    )
    parser.add_argument("--accept-inactive", action="store_true", help="accept inactive keys, too")
    _add_out(parser)
    _add_keys(parser)


def add_inspect(commands: Any) -> None:
    """Add `inspect` to the sub-commands of `kmcrypto`."""
    parser = add_command(
        commands,
        "inspect",
        "show what can be seen of a JWE without a key, and what of it is wrong",
        details="Nothing is decrypted, and no key is read.",
        examples="""
kmcrypto inspect body.json
kmcrypto inspect --crypto-key ID --json < token
""",
    )
    _add_input(parser, "the body or JWE")
    parser.add_argument(
        "--crypto-key", metavar="ID", help="the crypto key id that came in the headers beside it"
    )
    parser.add_argument("--json", action="store_true", help="write the result as JSON")


def add_redact(commands: Any) -> None:
    """Add `redact` to the sub-commands of `kmcrypto`."""
    parser = add_command(
        commands,
        "redact",
        "mask the secrets of a text, a log, JSON or JSON lines",
        details="""\
What is masked is what S8 lists, by name and by form: card numbers, personal data, keys,
tokens. What is encoded (base64, gzip) or encrypted is not read.

Each line is masked by itself, so memory does not grow with the input. A private key in
PEM, and a value that begins at the end of a line, go on to the lines behind. A line that
is longer than --max-line, or has a NUL as UTF-16 has, is masked as a whole.
""",
        examples="""
tail -f app.log | kmcrypto redact
kmcrypto redact export.ndjson -o masked.ndjson
""",
    )
    _add_input(parser, "the text")
    parser.add_argument(
        "--max-line",
        type=integer_between(2, _LONGEST_MAX_LINE),
        default=MAX_LINE,
        metavar="BYTES",
        help="the length of the longest line or value that is read (default: 1 MiB)",
    )
    _add_out(parser)


def _add_input(parser: CommandParser, title: str) -> None:
    parser.add_argument(
        "input",
        nargs="?",
        default=STANDARD_INPUT,
        metavar="IN",
        help=f"a file with {title}; -, the default, is standard input",
    )


def _add_out(parser: CommandParser) -> None:
    parser.add_argument("-o", "--out", type=Path, metavar="OUT", help=_OUT_HELP)


def _add_keys(parser: CommandParser) -> None:
    parser.add_argument("--keys", type=Path, metavar="FILE", help="a sealed project file")
    add_credential_options(parser)


def _add_answer(parser: CommandParser) -> None:
    parser.add_argument(
        "--answer",
        choices=["plain", "encrypted"],
        help="the API's answers, if they are not as its requests",
    )


def _add_role(parser: CommandParser, act: str) -> None:
    parser.add_argument(
        "--as",
        dest="role",
        choices=["client", "gateway"],
        default="client",
        help=f"who {act} (default: client)",
    )


def _add_callback(parser: CommandParser, text: str) -> None:
    parser.add_argument("--callback", action="store_true", help=text)
