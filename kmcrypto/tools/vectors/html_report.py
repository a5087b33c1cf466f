"""The results of a run as one page for auditors.

The page is static and complete: it has no script and loads nothing, and its content security policy
forbids both. All text that is not the page's own, that of the vectors included, goes through
`_escape`. Values are folded away and long ones are cut in the middle, so that a page of a thousand
tests stays small.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

from ... import __version__
from .counts import Counts, count_by_file, count_by_flag, summarize
from .files import Members, VectorFile
from .html_style import STYLE
from .json_report import list_versions
from .manifest import ManifestEntry
from .runner import Run, Verdict
from .values import canonicalize

# The members of a test that are no inputs: those that every test has, and the outputs by subject.
_COMMON_MEMBERS = {
    "tcId",
    "id",
    "comment",
    "flags",
    "rule",
    "result",
    "stage",
    "code",
    "twin",
    "intermediate",
}
_OUTPUTS = {
    "tran_token": {"time"},
    "correlation_id": {"equals", "differs"},
    "headers": {"read"},
    "jwe": {"plaintext"},
    "message": {"payload"},
    "fields": {"plain", "report", "paths", "position"},
    "exchange": {"payload", "cryptoKeyId", "replayProtected", "resultCode"},
    "order": {
        "payload",
        "cryptoKeyId",
        "replayProtected",
        "resultCode",
        "plain",
        "report",
        "alike",
    },
    "claims": {"verdicts"},
    "sealed": {"document"},
}
# A value of more characters is cut: so many of its first and last ones stay.
_MAX_CHARACTERS = 240
_FIRST_CHARACTERS = 120
_LAST_CHARACTERS = 60
_HEAD = """\
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">"""
_STATUS_MARKS = {
    0: '<span class="good">agree</span>',
    1: '<span class="bad">disagree</span>',
    2: '<span class="bad">could not all be run</span>',
}
_TEST_TABLE = """\
<table class="tests"><thead><tr>
<th>tcId</th><th>id</th><th>rule</th><th>comment</th><th>flags</th>
<th>expected</th><th>actual</th><th></th>
</tr></thead>"""
_AGREES = '<td class="good">agrees'
_DISAGREES = '<td class="bad">DISAGREES'

_Row = tuple[object, ...]


def render_page(run: Run) -> str:
    """Return the page of a run."""
    return "\n".join(_render_page(run)) + "\n"


def _render_page(run: Run) -> Iterator[str]:
    yield from _render_head()
    yield f"<h1>kmcrypto and its vectors {_STATUS_MARKS[run.status]}</h1>"
    yield f"<p>{_escape(summarize(run))}</p>"
    yield from _render_problems(run)
    yield "<h2>Versions</h2>"
    yield from _render_table("versions", ("", "version"), list_versions().items())
    yield "<h2>By file</h2>"
    file_heads = ("file", *Counts._fields, "SHA-256")
    yield from _render_table("counts", file_heads, _list_files(run))
    yield "<h2>By flag</h2>"
    flag_heads = ("flag", *Counts._fields, "rule", "description")
    yield from _render_table("counts flags", flag_heads, _list_flags(run))
    if run.manifest:
        yield "<h2>Manifest</h2>\n<details><summary>Every file and its SHA-256</summary>"
        manifest_heads = ("file", "", "in the manifest", "in the folder")
        yield from _render_table("hashes", manifest_heads, map(_list_entry, run.manifest))
        yield "</details>"
    for file in run.files:
        verdicts = [verdict for verdict in run.verdicts if verdict.file == file.name]
        yield from _render_file(file, verdicts)
    yield "</body>\n</html>"


def _render_head() -> Iterator[str]:
    style_hash = b64encode(sha256(STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'"
    )
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n{_HEAD}'
    yield f"<title>kmcrypto {_escape(__version__)}: vectors</title>"
    yield f"<style>{STYLE}</style>\n</head>\n<body>"


def _render_problems(run: Run) -> Iterator[str]:
    """Give a list of everything that is wrong; it stands before all else."""
    problems = [*run.unreadable, *map(str, run.disagreements)]
    problems += [f"{entry.name} does not match the manifest" for entry in run.mismatches]
    if problems:
        items = "".join(f"<li>{_escape(problem)}</li>" for problem in problems)
        yield f'<ul class="bad">{items}</ul>'


def _list_files(run: Run) -> Iterator[_Row]:
    hashes = {file.name: file.sha256 for file in run.files}
    for name, counts in count_by_file(run).items():
        yield (name, *counts, hashes.get(name, ""))


def _list_flags(run: Run) -> Iterator[_Row]:
    notes = {flag: note for file in run.files for flag, note in file.notes.items()}
    for flag, counts in count_by_flag(run).items():
        note = notes.get(flag)
        if not isinstance(note, Mapping):
            note = {}
        yield (flag, *counts, note.get("rule", ""), note.get("description", ""))


def _list_entry(entry: ManifestEntry) -> _Row:
    mark = "agrees" if entry.agrees else "DIFFERS"
    return (entry.name, mark, entry.expected or "not listed", entry.actual or "missing")


def _render_file(file: VectorFile, verdicts: list[Verdict]) -> Iterator[str]:
    yield f"<h2>{_escape(file.name)}</h2>"
    for group in file.groups:
        shared = {name: value for name, value in group.items() if name != "tests"}
        yield "<details><summary>Shared by the following tests</summary>"
        yield from _render_table("values", ("", "value"), _flatten(shared))
        yield "</details>\n" + _TEST_TABLE
        for verdict in verdicts:
            if verdict.group is group:
                yield from _render_test(file.subject, verdict)
        yield "</table>"


def _render_test(subject: str, verdict: Verdict) -> Iterator[str]:
    """Give two rows: the verdict, and the values, which are unfolded if the test disagrees."""
    test = verdict.test
    row = (
        test["tcId"],
        test["id"],
        test["rule"],
        test["comment"],
        " ".join(test["flags"]),
        str(verdict.expected),
        str(verdict.actual),
    )
    cells = "".join(f"<td>{_escape(cell)}</td>" for cell in row)
    mark = _AGREES if verdict.agreed else _DISAGREES
    yield f'<tbody id="{_escape(subject)}-{test["tcId"]}"><tr>{cells}{mark}</td></tr>'
    state = "" if verdict.agreed else " open"
    yield f'<tr><td colspan="8"><details{state}><summary>values</summary>'
    yield from _render_values(subject, verdict)
    yield "</details></td></tr></tbody>"


def _render_values(subject: str, verdict: Verdict) -> Iterator[str]:
    """Give the tables of the inputs, the outputs and the intermediate values of a test."""
    inputs = _list_inputs(subject, verdict.test)
    yield from _render_table("values", ("input", "value"), _flatten(inputs))
    outputs = list(_list_outputs(verdict))
    if outputs:
        yield from _render_table("values", ("output", "expected", "actual"), outputs)
    intermediate = verdict.test.get("intermediate")
    if isinstance(intermediate, Mapping) and intermediate:
        yield from _render_table("values", ("intermediate", "value"), _flatten(intermediate))


def _list_inputs(subject: str, test: Members) -> Members:
    hidden = _COMMON_MEMBERS | _OUTPUTS[subject]
    inputs = {name: value for name, value in test.items() if name not in hidden}
    if test.get("twin") is not None:
        inputs["twin"] = test["twin"]
    return inputs


def _list_outputs(verdict: Verdict) -> Iterator[_Row]:
    expected = verdict.expected.outputs
    actual = verdict.actual.outputs
    for name in sorted(expected.keys() | actual.keys()):
        yield (name, expected.get(name, "not compared"), actual.get(name, "none"))


def _render_table(kind: str, heads: tuple[str, ...], rows: Iterable[_Row]) -> Iterator[str]:
    """Give a table. The first cell of each row is its head."""
    head_cells = "".join(f"<th>{_escape(head)}</th>" for head in heads)
    yield f'<table class="{kind}"><thead><tr>{head_cells}</tr></thead><tbody>'
    for first, *others in rows:
        cells = "".join(f"<td>{_escape(cell)}</td>" for cell in others)
        yield f'<tr><th scope="row">{_escape(first)}</th>{cells}</tr>'
    yield "</tbody></table>"


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give each value with its path: headers one by one, and the members of objects one by one.

    An object of one member stays whole, because BYTES are such objects.
    """
    for name, value in values.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and len(value) > 1:
            yield from _flatten(value, f"{path}.")
        elif _is_list_of_objects(value):
            for index, item in enumerate(value):
                yield from _flatten(item, f"{path}[{index}].")
        elif _is_list_of_pairs(value):
            for header_name, header_value in value:
                yield f"{path}: {header_name}", header_value
        else:
            yield path, value


def _is_list_of_objects(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(item, Mapping) for item in value)


def _is_list_of_pairs(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(item, list) and len(item) == 2 for item in value)


def _escape(value: Any) -> str:
    """Return any value as text of the page.

    A long value is cut in the middle, an unprintable character becomes its Python escape, and
    characters that mean something in HTML are escaped.
    """
    if isinstance(value, bytes):
        text = f"hex {value.hex()}"
    elif isinstance(value, str):
        text = value
    else:
        text = canonicalize(value)
    if len(text) > _MAX_CHARACTERS:
        cut = f" [... {len(text)} characters ...] "
        text = text[:_FIRST_CHARACTERS] + cut + text[-_LAST_CHARACTERS:]
    return escape("".join(map(_escape_unprintable, text)))


def _escape_unprintable(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()
