"""`kmcrypto diagnose`: read the recording and the keys, print the diagnosis.

The exit status is 0 if no fault is seen, 1 if there are findings, and 2 if something cannot be
read.
"""

import sys
from argparse import Namespace
from pathlib import Path
from typing import NamedTuple

from ...clock.time_zone import TimeZone
from ...keys.environment import project_variables
from ...keys.project import Project
from ...keys.project_key import ProjectKey
from ...keys.sealed import Contents
from ..common import sealed_file
from ..common.failure import CheckFailed, Failure
from ..common.misspelled_variables import ENVIRONMENT_PREFIX, note_misspelled_variables
from ..common.seal_credential import read_credential
from ..common.secret_input import Secret, read_secret
from ..keys.arguments import require_sealed_file
from .diagnosis import diagnose
from .json_report import render_json
from .message import Exchange
from .readers.any_form import read_exchange
from .readers.limits import MAX_INPUT
from .text_report import render_text


class Keys(NamedTuple):
    """The keys that the command line gives."""

    project: Project | None
    secret: str | None
    others: tuple[ProjectKey, ...] = ()


def run(args: Namespace) -> int:
    """Print the diagnosis of `args.file` and return the exit status."""
    _check_arguments(args)
    zones = [TimeZone.parse(text) for text in args.zone]
    body = None if args.body is None else _read(args.body)
    exchange = read_exchange(_read_recording(args.file), args.entry, body)
    earlier = [read_exchange(_read(path)) for path in args.earlier]
    payload = None if args.payload is None else _read(args.payload)
    keys = _find_keys(args)
    diagnosis = diagnose(
        Exchange(exchange.request, exchange.answer, [*earlier, *exchange.earlier]),
        project=keys.project,
        secret=keys.secret,
        other_keys=keys.others,
        payload=payload,
        at=args.at,
        encrypted=_is_encrypted(args.request_is),
        answer_encrypted=_is_encrypted(args.answer_is),
        callback=args.callback,
        zones=zones,
    )
    print(render_json(diagnosis) if args.json else render_text(diagnosis), end="")
    return CheckFailed.status if diagnosis.findings else 0


def _check_arguments(args: Namespace) -> None:
    require_sealed_file(args)
    if args.keys is not None and args.secret_file is not None:
        raise Failure("--keys has the secret key: leave --secret-file out")


def _is_encrypted(choice: str | None) -> bool | None:
    return None if choice is None else choice == "encrypted"


def _read_recording(name: str) -> bytes:
    if name != "-":
        return _read(Path(name))
    return sys.stdin.buffer.read(MAX_INPUT + 1) if sys.stdin is not None else b""


def _read(path: Path) -> bytes:
    """Return the bytes of a file, up to the limit of a recording and one more."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_INPUT + 1)  # a device may have no end
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from None


def _find_keys(args: Namespace) -> Keys:
    """Return the keys of the sealed file, else of the environment, else the secret key alone."""
    if args.keys is not None:
        return _unseal(args)
    if args.secret_file is not None:
        return Keys(None, read_secret(Secret.SECRET_KEY, args.secret_file))
    variables = project_variables(ENVIRONMENT_PREFIX)
    if variables.is_set("ACCESS_KEY") or variables.is_set("ASP_ID"):
        project = Project.from_env(ENVIRONMENT_PREFIX)
        note_misspelled_variables()
        return Keys(project, variables.required_text("SECRET_KEY"))
    if variables.is_set("SECRET_KEY"):
        return Keys(None, variables.required_text("SECRET_KEY"))
    return Keys(None, None)


def _unseal(args: Namespace) -> Keys:
    contents = read_credential(args).unseal(sealed_file.read(args.keys))
    project = contents.project()
    others = [key for key in contents.project_keys if key.access_key != project.key.access_key]
    return Keys(project, _secret_text(contents, project), tuple(others))


def _secret_text(contents: Contents, project: Project) -> str:
    """Return the text of the secret key, of which a ProjectKey keeps none."""
    for entry in contents.document()["project_keys"]:
        if entry["access_key"] == project.key.access_key:
            return str(entry["secret_key"])
    raise Failure("the sealed file has no secret key of its project")
