"""What a run of vectors found, as data and as one page for an auditor.

The page is static and stands alone: no script, nothing from outside, and a policy that would forbid both. Everything in
it that is not its own text goes through `_text`, vectors' own words included. Values are folded away, and long ones
are cut in the middle, so that a page of a thousand tests stays light.
"""

import platform
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

import cryptography
from cryptography.hazmat.backends.openssl import backend

from ... import __version__
from .case import Outcome
from .command import COUNTED, counts_by_file, counts_by_flag, ending_of
from .files import Members, VectorFile
from .run import Run, Verdict
from .style import STYLE
from .values import spelled

_COMMON = {"tcId", "comment", "flags", "rule", "result", "stage", "code", "twin", "intermediate"}
_OUTPUTS = {  # what a test of a subject has that is an output
    "tran_token": {"time"},
    "correlation_id": {"equals", "differs"},
    "headers": {"read"},
    "jwe": {"plaintext"},
    "message": {"payload"},
    "fields": {"plain", "report", "paths", "position"},
    "exchange": {"payload", "cryptoKeyId", "replayProtected", "resultCode"},
    "sealed": {"document"},
}
_WHOLE, _HEAD, _TAIL = (
    240,
    120,
    60,
)  # characters of a value that is not cut, and what is left of one that is
_MAX_HEX = 4096  # bytes that are written out in the data


def summary_of(done: Run) -> Members:
    """A run as JSON can say it. Tests are named by file and number; the hash says which file that was."""
    counted = counts_by_file(done)
    return {
        "versions": versions(),
        "status": done.status,
        "ending": ending_of(done),
        "total": _named(counted["all"]),
        "files": [
            {
                "name": file.name,
                "subject": file.subject,
                "sha256": file.sha256,
                **_named(counted[file.name]),
            }
            for file in done.files
        ],
        "flags": [
            {"name": flag, **_named(counts)} for flag, counts in counts_by_flag(done).items()
        ],
        "manifest": [{**entry._asdict(), "agrees": entry.agrees} for entry in done.listed],
        "unreadable": done.unreadable,
        "tests": [_data_of(verdict) for verdict in done.verdicts],
    }


def versions() -> dict[str, str]:
    """What ran the vectors."""
    return {
        "kmcrypto": __version__,
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "cryptography": cryptography.__version__,
        "OpenSSL": backend.openssl_version_text(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def page_of(done: Run) -> str:
    """The page of a run."""
    return "\n".join(_page(done)) + "\n"


def _named(counts: list[int]) -> dict[str, int]:
    return dict(zip(COUNTED, counts, strict=True))


def _data_of(verdict: Verdict) -> Members:
    test = verdict.test
    return {
        "file": verdict.file,
        **{name: test.get(name) for name in ("tcId", "comment", "flags", "rule", "twin")},
        "agreed": verdict.agreed,
        "expected": _data_of_outcome(verdict.due),
        "got": _data_of_outcome(verdict.got),
    }


def _data_of_outcome(outcome: Outcome) -> Members:
    return {
        **outcome._asdict(),
        "outputs": {name: _plain(value) for name, value in outcome.outputs.items()},
    }


def _plain(value: Any) -> Any:
    """An output as JSON can say it: bytes as hexadecimal digits or, where they are many, as their hash."""
    if not isinstance(value, bytes):
        return value
    return (
        {"hex": value.hex()}
        if len(value) <= _MAX_HEX
        else {"bytes": len(value), "sha256": sha256(value).hexdigest()}
    )


def _text(value: Any) -> str:
    """Any value as text of the page: what is not printable as its escape, a long one cut in the middle, escaped."""
    if isinstance(value, bytes):
        value = f"hex {value.hex()}"
    text = value if isinstance(value, str) else spelled(value)
    if len(text) > _WHOLE:
        text = f"{text[:_HEAD]} [... {len(text)} characters ...] {text[-_TAIL:]}"
    return escape(
        "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    )


_HEADS = """\
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">"""
_VERDICTS = {0: '<span class="good">agree</span>', 1: '<span class="bad">disagree</span>'}
_TESTS = """\
<table class="tests"><thead><tr>
<th>tcId</th><th>rule</th><th>what</th><th>flags</th><th>expected</th><th>got</th><th></th></tr></thead>"""
_CUT = '<span class="bad">could not all be run</span>'


def _page(done: Run) -> Iterator[str]:
    style = b64encode(sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n{_HEADS}'
    yield f"<title>kmcrypto {_text(__version__)}: vectors</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    yield f"<h1>kmcrypto and its vectors {_VERDICTS.get(done.status, _CUT)}</h1>"
    yield f"<p>{_text(ending_of(done))}</p>"
    yield from _faults(done)
    yield "<h2>What ran</h2>"
    yield from _rows("versions", ("", "version"), versions().items())
    yield "<h2>By file</h2>"
    hashes = {file.name: file.sha256 for file in done.files}
    rows = ((name, *counts, hashes.get(name, "")) for name, counts in counts_by_file(done).items())
    yield from _rows("counts", ("file", *COUNTED, "SHA-256"), rows)
    yield "<h2>By flag</h2>"
    yield from _rows("counts flags", ("flag", *COUNTED, "rule", "why"), _flags(done))
    if done.listed:
        yield "<h2>Manifest</h2>\n<details><summary>Every file and its SHA-256</summary>"
        told = (
            (
                e.name,
                "agrees" if e.agrees else "DIFFERS",
                e.due or "not listed",
                e.found or "not there",
            )
            for e in done.listed
        )
        yield from _rows("hashes", ("file", "", "listed", "here"), told)
        yield "</details>"
    for file in done.files:
        yield from _file(file, [verdict for verdict in done.verdicts if verdict.file == file.name])
    yield "</body>\n</html>"


def _faults(done: Run) -> Iterator[str]:
    """Everything that is wrong, before all else."""
    told = [*done.unreadable, *map(str, done.disagreements)]
    told += [f"{entry.name} is not as the manifest has it" for entry in done.drifted]
    if told:
        yield '<ul class="bad">' + "".join(f"<li>{_text(line)}</li>" for line in told) + "</ul>"


def _flags(done: Run) -> Iterator[tuple[object, ...]]:
    notes = {flag: note for file in done.files for flag, note in file.notes.items()}
    for flag, counts in counts_by_flag(done).items():
        note = notes.get(flag)
        said = note if isinstance(note, Mapping) else {}
        yield (flag, *counts, said.get("rule", ""), said.get("description", ""))


def _file(file: VectorFile, verdicts: list[Verdict]) -> Iterator[str]:
    yield f"<h2>{_text(file.name)}</h2>"
    for group in file.groups:
        shared = {name: value for name, value in group.items() if name != "tests"}
        yield "<details><summary>What the next tests share</summary>"
        yield from _rows("values", ("", "value"), _spread(shared))
        yield "</details>\n" + _TESTS
        for verdict in verdicts:
            if verdict.group is group:
                yield from _test(file.subject, verdict)
        yield "</table>"


def _test(subject: str, verdict: Verdict) -> Iterator[str]:
    test, ok = verdict.test, verdict.agreed
    cells = (
        test["tcId"],
        test["rule"],
        test["comment"],
        " ".join(test["flags"]),
        str(verdict.due),
        str(verdict.got),
    )
    name = f"{_text(subject)}-{test['tcId']}"
    mark = '<td class="good">agrees' if ok else '<td class="bad">DISAGREES'
    yield (
        f'<tbody id="{name}"><tr>'
        + "".join(f"<td>{_text(cell)}</td>" for cell in cells)
        + f"{mark}</td></tr>"
    )
    # What disagrees is unfolded, so that it is seen in print, too.
    yield f'<tr><td colspan="7"><details{"" if ok else " open"}><summary>values</summary>'
    inputs = {
        name: value for name, value in test.items() if name not in _COMMON | _OUTPUTS[subject]
    }
    if test.get("twin") is not None:
        inputs["twin"] = test["twin"]
    yield from _rows("values", ("input", "value"), _spread(inputs))
    outputs = sorted(verdict.due.outputs.keys() | verdict.got.outputs.keys())
    if outputs:
        due, got = verdict.due.outputs, verdict.got.outputs
        compared = (
            (name, due.get(name, "not asked for"), got.get(name, "none")) for name in outputs
        )
        yield from _rows("values", ("output", "expected", "computed"), compared)
    between = test.get("intermediate")
    if isinstance(between, Mapping) and between:
        yield from _rows("values", ("intermediate", "value"), _spread(between))
    yield "</details></td></tr></tbody>"


def _spread(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Values one by one: of headers each, of what has members each member. BYTES have one member, and stay."""
    for name, value in values.items():
        if isinstance(value, Mapping) and len(value) > 1:
            yield from _spread(value, f"{above}{name}.")
        elif (
            value and isinstance(value, list) and all(isinstance(inner, Mapping) for inner in value)
        ):
            for number, inner in enumerate(value):
                yield from _spread(inner, f"{above}{name}[{number}].")
        elif (
            value
            and isinstance(value, list)
            and all(isinstance(inner, list) and len(inner) == 2 for inner in value)
        ):
            yield from ((f"{above}{name}: {inner[0]}", inner[1]) for inner in value)
        else:
            yield f"{above}{name}", value


def _rows(kind: str, heads: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    yield (
        f'<table class="{kind}"><thead><tr>'
        + "".join(f"<th>{_text(head)}</th>" for head in heads)
        + "</tr></thead><tbody>"
    )
    for first, *rest in rows:
        yield (
            f'<tr><th scope="row">{_text(first)}</th>'
            + "".join(f"<td>{_text(cell)}</td>" for cell in rest)
            + "</tr>"
        )
    yield "</tbody></table>"
