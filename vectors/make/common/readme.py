"""The parts of README.md that say what is in the files: the counts, and a paragraph a flag. The rest is by hand."""

from collections.abc import Iterable

from .vector_file import Book

ABOUT = {
    "tran_token": "the tran token over exact bytes (S3)",
    "correlation_id": "the correlation id, and local time in all zones (S2)",
    "headers": "the X-KM-* headers of requests, callbacks and answers (S1)",
    "jwe": "compact JWE: the profile, and the attacks on it (S4.2 to S4.4)",
    "message": "encrypted bodies (S4.1)",
    "fields": "encrypted fields, and the selectors that choose them (S9)",
    "exchange": "whole calls: gateway, client and callbacks (S3.6, S4 to S7, S10)",
    "sealed": "sealed project files",
}


def written(text: str, books: Iterable[Book]) -> str:
    """The README with those parts made anew."""
    for name, part in (("counts", counts(books)), ("flags", flags(books))):
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
        before, rest = text.split(start)
        text = before + start + part + end + rest.split(end)[1]
    return text


def counts(books: Iterable[Book]) -> str:
    """The rows of the table of files."""
    rows: list[tuple[object, ...]] = [
        ("file", "tests", "of them invalid", "what it is about"),
        ("---",) * 4,
    ]
    total = invalid = 0
    for book in books:
        results = [test["result"] for group in book.groups for test in group["tests"]]
        rows.append(
            (
                f"[{book.subject}]({book.subject}_v1.json)",
                len(results),
                results.count("invalid"),
                ABOUT[book.subject],
            )
        )
        total, invalid = total + len(results), invalid + results.count("invalid")
    rows.append(("all", total, invalid, ""))
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)


def flags(books: Iterable[Book]) -> str:
    """A paragraph for each flag of each file."""
    parts = []
    for book in books:
        notes = "".join(
            f"- **{name}** ({rule}): {text}\n" for name, (rule, text) in sorted(book.notes.items())
        )
        parts.append(f"\n### {book.subject}\n{notes}")
    return "".join(parts)
