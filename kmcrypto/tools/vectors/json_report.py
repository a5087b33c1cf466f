"""The results of a run as JSON. Tests are named by file and number, and files have their hashes."""

import json
from hashlib import sha256
from typing import Any

from .case import Outcome
from .counts import Selection, count, count_by_file, select_by_flag, select_by_rule, summarize
from .files import Members
from .manifest import ManifestEntry
from .provenance import Provenance
from .runner import Run, Verdict

_MAX_HEX_BYTES = 4096  # of an output that is written out


def render_json(run: Run, provenance: Provenance) -> str:
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
    document = {
        "date": provenance.date,
        "versions": provenance.versions,
        "vectorsSha256": provenance.vectors_sha256,
        "kmcryptoSha256": provenance.package_sha256,
        "status": run.status,
        "ending": summarize(run),
        "total": count(run.verdicts)._asdict(),
        "files": files,
        "rules": [_convert_selection("rule", selection) for selection in select_by_rule(run)],
        "flags": [_convert_selection("flag", selection) for selection in select_by_flag(run)],
        "manifest": [_convert_entry(entry) for entry in run.manifest],
        "unreadable": run.unreadable,
        "tests": [_convert_verdict(verdict) for verdict in run.verdicts],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _convert_selection(kind: str, selection: Selection) -> Members:
    return {
        kind: selection.name,
        "file": selection.file.name,
        **selection.counts._asdict(),
        "ids": [verdict.test["id"] for verdict in selection.verdicts],
        "disagreeing": [verdict.test["id"] for verdict in selection.disagreements],
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
