"""The parts of README.md that are generated: counts, rules, and a line for each flag."""

from collections.abc import Sequence

from .rules import render_rules
from .vector_file import VectorFile


def update_readme(text: str, files: Sequence[VectorFile]) -> str:
    """Write the generated parts of README.md again; the rest stays as it is."""
    text = replace_part(text, "counts", counts_table(files))
    text = replace_part(text, "rules", render_rules(files))
    return replace_part(text, "flags", flag_lists(files))


def replace_part(text: str, name: str, part: str) -> str:
    """Replace the text between the two comments that have this name."""
    start = f"<!-- {name} -->\n"
    end = f"<!-- /{name} -->\n"
    before, rest = text.split(start)
    _, after = rest.split(end)
    return before + start + part + end + after


def counts_table(files: Sequence[VectorFile]) -> str:
    """The table of files, with the numbers of their tests."""
    lines = [
        "| file | tests | of them invalid | what it is about |\n",
        "| --- | --- | --- | --- |\n",
    ]
    all_tests = 0
    all_invalid = 0
    for file in files:
        tests = len(list(file.cases()))
        invalid = sum(case.error is not None for case in file.cases())
        link = f"[{file.subject}]({file.subject}_v1.json)"
        lines.append(f"| {link} | {tests} | {invalid} | {file.about} |\n")
        all_tests += tests
        all_invalid += invalid
    lines.append(f"| all | {all_tests} | {all_invalid} |  |\n")
    return "".join(lines)


def flag_lists(files: Sequence[VectorFile]) -> str:
    """A section for each file, with a line for each of its flags."""
    lines = []
    for file in files:
        lines.append(f"\n### {file.subject}\n")
        for name, note in sorted(file.notes.items()):
            lines.append(f"- **{name}** ({note.rule}): {note.description}\n")
    return "".join(lines)
