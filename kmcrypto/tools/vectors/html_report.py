"""The results of a run as one page for auditors.

The page is static and complete: it has no script and loads nothing, and its content security policy
forbids both. What is wrong stands first, with a link to each test that disagrees. Values are folded
away and long ones are cut in the middle, so that a page of a thousand tests stays small. No colour
says what the text does not say.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from ... import __version__
from .counts import (
    Counts,
    Selection,
    count_by_file,
    select_by_flag,
    select_by_rule,
    summarize,
)
from .files import Members, VectorFile
from .html_page import (
    Folded,
    Link,
    Row,
    escape_value,
    render_cell,
    render_table,
    render_value,
)
from .html_style import STYLE
from .manifest import ManifestEntry
from .provenance import Provenance
from .runner import Run, Verdict

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
_HEAD = """\
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">"""
_STATUS_MARKS = {
    0: '<span class="good">agree</span>',
    1: '<span class="bad">disagree</span>',
    2: '<span class="bad">could not all be run</span>',
}
_TEST_HEADS = ("test", "rule", "comment", "flags", "expected", "actual", "verdict")
_ORIGIN = """\
<p>The two hashes are SHA-256 over lists in the form of <code>sha256sum</code>: that of the vectors
over all published files, which is the hash of <code>MANIFEST.sha256</code> if all match it; that of
kmcrypto's own files is what
<code>find . -name '*.py' -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum</code>
prints in the folder of the package.</p>"""


def render_page(run: Run, provenance: Provenance) -> str:
    """Return the page of a run."""
    return "\n".join(_render_page(run, provenance)) + "\n"


def _render_page(run: Run, provenance: Provenance) -> Iterator[str]:
    yield from _render_head()
    yield f"<h1>kmcrypto and its vectors {_STATUS_MARKS[run.status]}</h1>"
    yield f"<p>{escape_value(summarize(run))} Run on {escape_value(provenance.date)}.</p>"
    yield from _render_problems(run)
    yield from _render_contents(run)
    yield '<h2 id="provenance">What ran, and when</h2>'
    yield from render_table("facts", ("", "value"), _list_provenance(provenance))
    yield _ORIGIN
    yield '<h2 id="files">By file</h2>'
    file_heads = ("file", *Counts._fields, "SHA-256")
    yield from render_table("counts", file_heads, _list_files(run))
    yield '<h2 id="rules">By rule</h2>'
    rule_heads = ("rule", "file", *Counts._fields, "tests by id")
    yield from render_table("counts rules", rule_heads, _list_rules(run))
    yield from _render_flags(run)
    if run.manifest:
        yield '<h2 id="manifest">Manifest</h2>'
        yield "<details><summary>Every file and its SHA-256</summary>"
        manifest_heads = ("file", "verdict", "in the manifest", "in the folder")
        yield from render_table("hashes", manifest_heads, map(_list_entry, run.manifest))
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
    yield f"<title>kmcrypto {escape_value(__version__)}: vectors</title>"
    yield f"<style>{STYLE}</style>\n</head>\n<body>"


def _render_problems(run: Run) -> Iterator[str]:
    """Give a list of everything that is wrong; it stands before all else."""
    problems = [escape_value(text) for text in run.unreadable]
    for verdict in run.disagreements:
        link = render_value(Link(_make_test_anchor(verdict), verdict.place))
        problems.append(f"{link}: {escape_value(verdict.difference)}")
    problems += [
        f"{escape_value(entry.name)} does not match the manifest" for entry in run.mismatches
    ]
    if problems:
        items = "".join(f"<li>{problem}</li>" for problem in problems)
        yield f'<ul class="bad">{items}</ul>'


def _render_contents(run: Run) -> Iterator[str]:
    sections = [
        Link("provenance", "What ran, and when"),
        Link("files", "By file"),
        Link("rules", "By rule"),
        Link("flags", "By flag"),
    ]
    if run.manifest:
        sections.append(Link("manifest", "Manifest"))
    sections += [_link_file(file) for file in run.files]
    items = "".join(f"<li>{render_value(section)}</li>" for section in sections)
    yield f'<nav aria-label="Contents"><h2>Contents</h2><ul>{items}</ul></nav>'


def _list_provenance(provenance: Provenance) -> Iterator[Row]:
    yield "date", provenance.date
    yield from provenance.versions.items()
    yield "SHA-256 of the vectors", provenance.vectors_sha256
    yield "SHA-256 of kmcrypto's own files", provenance.package_sha256


def _list_files(run: Run) -> Iterator[Row]:
    files = {file.name: file for file in run.files}
    for name, counts in count_by_file(run).items():
        if name in files:
            yield (_link_file(files[name]), *counts, files[name].sha256)
        else:
            yield (name, *counts, "")


def _list_rules(run: Run) -> Iterator[Row]:
    for row in select_by_rule(run):
        yield (row.name, _link_file(row.file), *row.counts, _fold_tests(row))


def _render_flags(run: Run) -> Iterator[str]:
    """Give a table for each file: flags of one name in two files have nothing in common."""
    yield '<h2 id="flags">By flag</h2>'
    heads = ("flag", *Counts._fields, "rule", "description", "tests by id")
    selections = select_by_flag(run)
    for file in run.files:
        yield f"<h3>{render_value(_link_file(file))}</h3>"
        own = [row for row in selections if row.file is file]
        yield from render_table("counts flags", heads, map(_list_flag, own))


def _list_flag(row: Selection) -> Row:
    note = row.file.notes.get(row.name)
    if not isinstance(note, Mapping):
        note = {}
    explanation = (note.get("rule", ""), note.get("description", ""))
    return (row.name, *row.counts, *explanation, _fold_tests(row))


def _fold_tests(row: Selection) -> Folded:
    summary = "1 test" if row.counts.tests == 1 else f"{row.counts.tests} tests"
    return Folded(
        list(map(_link_test, row.disagreements)), summary, list(map(_link_test, row.verdicts))
    )


def _link_file(file: VectorFile) -> Link:
    return Link(f"file-{file.subject}", file.name)


def _link_test(verdict: Verdict) -> Link:
    return Link(_make_test_anchor(verdict), verdict.test["id"])


def _make_test_anchor(verdict: Verdict) -> str:
    return f"{verdict.file.partition('_v')[0]}-{verdict.test['tcId']}"


def _list_entry(entry: ManifestEntry) -> Row:
    mark = "agrees" if entry.agrees else "DIFFERS"
    return (entry.name, mark, entry.expected or "not listed", entry.actual or "missing")


def _render_file(file: VectorFile, verdicts: list[Verdict]) -> Iterator[str]:
    yield f'<h2 id="file-{file.subject}">{escape_value(file.name)}</h2>'
    numbers = {verdict.test["tcId"] for verdict in verdicts}
    for group in file.groups:
        shared = {name: value for name, value in group.items() if name != "tests"}
        yield "<details><summary>Shared by the following tests</summary>"
        yield from render_table("values", ("", "value"), _flatten(shared))
        heads = "".join(f'<th scope="col">{head}</th>' for head in _TEST_HEADS)
        yield f'</details>\n<table class="tests"><thead><tr>{heads}</tr></thead>'
        for verdict in verdicts:
            if verdict.group is group:
                yield from _render_test(file.subject, verdict, numbers)
        yield "</table>"


def _render_test(subject: str, verdict: Verdict, numbers: set[int]) -> Iterator[str]:
    """Give two rows: the verdict, and the values, which are unfolded if the test disagrees."""
    test = verdict.test
    row = (
        test["rule"],
        test["comment"],
        " ".join(test["flags"]),
        str(verdict.expected),
        str(verdict.actual),
    )
    cells = "".join(map(render_cell, _TEST_HEADS[1:], row))
    head = f'<th scope="row">{test["tcId"]} {escape_value(test["id"])}</th>'
    mark = ("agrees", "good") if verdict.agreed else ("DISAGREES", "bad")
    yield f'<tbody id="{_make_test_anchor(verdict)}"><tr>{head}{cells}'
    yield render_cell(_TEST_HEADS[-1], *mark) + "</tr>"
    state = "" if verdict.agreed else " open"
    yield f'<tr><td colspan="{len(_TEST_HEADS)}"><details{state}><summary>values</summary>'
    yield from _render_values(subject, verdict, numbers)
    yield "</details></td></tr></tbody>"


def _render_values(subject: str, verdict: Verdict, numbers: set[int]) -> Iterator[str]:
    """Give the tables of the inputs, the outputs and the intermediate values of a test."""
    inputs = _list_inputs(subject, verdict.test, numbers)
    yield from render_table("values", ("input", "value"), inputs)
    outputs = list(_list_outputs(verdict))
    if outputs:
        yield from render_table("values", ("output", "expected", "actual"), outputs)
    intermediate = verdict.test.get("intermediate")
    if isinstance(intermediate, Mapping) and intermediate:
        yield from render_table("values", ("intermediate", "value"), _flatten(intermediate))


def _list_inputs(subject: str, test: Members, numbers: set[int]) -> Iterator[Row]:
    """Give the inputs of a test, and its twin: a link if a test of the file has that number."""
    hidden = _COMMON_MEMBERS | _OUTPUTS[subject]
    yield from _flatten({name: value for name, value in test.items() if name not in hidden})
    twin = test.get("twin")
    if type(twin) is int and twin in numbers:
        yield "twin", Link(f"{subject}-{twin}", f"tcId {twin}")
    elif twin is not None:
        yield "twin", twin


def _list_outputs(verdict: Verdict) -> Iterator[Row]:
    expected = verdict.expected.outputs
    actual = verdict.actual.outputs
    for name in sorted(expected.keys() | actual.keys()):
        yield (name, expected.get(name, "not compared"), actual.get(name, "none"))


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
