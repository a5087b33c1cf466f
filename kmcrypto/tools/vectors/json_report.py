"""The results of a run as JSON. Tests are named by file and number, and files have their hashes."""

import json
import platform
from hashlib import sha256
from typing import Any

import cryptography
from cryptography.hazmat.backends.openssl import backend

from ... import __version__
from .case import Outcome
from .counts import count, count_by_file, count_by_flag, summarize
from .files import Members
from .manifest import ManifestEntry
from .runner import Run, Verdict

_MAX_HEX_BYTES = 4096  # of an output that is written out


def render_json(run: Run) -> str:
    """Return the JSON text of a run."""
    counts = count_by_file(run)
    files = [
        {
            "name": file.name,
            "subject": file.subject,
            "sha256": file.sha256,
            **counts[file.name]._asdict(),
        }
        for file in run.files
    ]
    flags = [
        {"name": flag, **flag_counts._asdict()} for flag, flag_counts in count_by_flag(run).items()
    ]
    document = {
        "versions": list_versions(),
        "status": run.status,
        "ending": summarize(run),
        "total": count(run.verdicts)._asdict(),
        "files": files,
        "flags": flags,
        "manifest": [_convert_entry(entry) for entry in run.manifest],
        "unreadable": run.unreadable,
        "tests": [_convert_verdict(verdict) for verdict in run.verdicts],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def list_versions() -> dict[str, str]:
    """Return the names and versions of the software that ran the vectors."""
    return {
        "kmcrypto": __version__,
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "cryptography": cryptography.__version__,
        "OpenSSL": backend.openssl_version_text(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _convert_entry(entry: ManifestEntry) -> Members:
    return {
        "name": entry.name,
        "due": entry.expected,
        "found": entry.actual,
        "agrees": entry.agrees,
    }


def _convert_verdict(verdict: Verdict) -> Members:
    test = verdict.test
    return {
        "file": verdict.file,
        "tcId": test["tcId"],
        "id": test["id"],
        "comment": test["comment"],
        "flags": test["flags"],
        "rule": test["rule"],
        "twin": test.get("twin"),
        "agreed": verdict.agreed,
        "expected": _convert_outcome(verdict.expected),
        "got": _convert_outcome(verdict.actual),
    }


def _convert_outcome(outcome: Outcome) -> Members:
    return {
        "result": outcome.result,
        "stage": outcome.stage,
        "code": outcome.code,
        "outputs": {name: _convert_output(value) for name, value in outcome.outputs.items()},
        "exception": outcome.exception,
    }


def _convert_output(value: Any) -> Any:
    """Return an output as JSON has it: bytes in hexadecimal digits, or many bytes by their hash."""
    if not isinstance(value, bytes):
        return value
    if len(value) > _MAX_HEX_BYTES:
        return {"bytes": len(value), "sha256": sha256(value).hexdigest()}
    return {"hex": value.hex()}
