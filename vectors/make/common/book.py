"""The older form of vector_file.py, until every file has the new one."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .base import Json
from .vector_file import Note

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
Notes = Mapping[str, tuple[str, str]]  # flag -> rule, description
_HEAD = ("tcId", "comment", "flags", "rule", "result", "stage", "code", "twin")


class _Counted(NamedTuple):
    error: int | None


class Book:
    """One file, `subject`_v1.json, in the form that README.md describes."""

    def __init__(
        self, subject: str, description: list[str], notes: Notes, outputs: Iterable[str]
    ) -> None:
        self.subject, self.description, self.notes = (
            subject,
            description,
            {k: Note(*v) for k, v in notes.items()},
        )
        self.outputs = frozenset(outputs)
        self.about = ABOUT[subject]
        self.groups: list[Json] = []
        self.count = 0

    def group(self, **shared: Any) -> "Group":
        """A further group, whose tests share these values."""
        self.groups.append({**shared, "tests": []})
        return Group(self, self.groups[-1]["tests"])

    def numbered(self) -> "Book":
        """The file when it is done: its tests are counted in the order in which they stand in it."""
        tests = [test for group in self.groups for test in group["tests"]]
        numbers: dict[int | None, int | None] = {
            test["tcId"]: number for number, test in enumerate(tests, 1)
        }
        numbers[None] = None
        for test in tests:
            test.update(tcId=numbers[test["tcId"]], twin=numbers[test["twin"]])
        return self

    def cases(self) -> Any:
        return [
            _Counted(None if t["result"] == "valid" else 1) for g in self.groups for t in g["tests"]
        ]

    def render(self) -> bytes:
        return self.written()

    def written(self) -> bytes:
        """The file's bytes."""
        notes = {
            name: {"description": text, "rule": rule}
            for name, (rule, text) in sorted(self.notes.items())
        }
        content = {
            "subject": self.subject,
            "version": 1,
            "schema": f"schema/{self.subject}_v1.json",
            "license": "CC0-1.0",
            "numberOfTests": self.count,
            "description": self.description,
            "notes": notes,
            "testGroups": [group for group in self.groups if group["tests"]],
        }
        return (json.dumps(content, indent=1) + "\n").encode()


class Group:
    """The tests of one group."""

    def __init__(self, book: Book, tests: list[Json]) -> None:
        self._book, self._tests = book, tests

    def valid(
        self,
        comment: str,
        flags: str,
        rule: str,
        *,
        intermediate: Json | None = None,
        **values: Any,
    ) -> Json:
        """A test that every implementation must pass; `values` are its inputs, then its expected outputs."""
        return self._add(comment, flags, rule, ("valid", None, None, None), values, intermediate)

    def fault(
        self, twin: Json, comment: str, flags: str, rule: str, error: str, *, intermediate: Json | None = None,
        **change: Any,
    ) -> Json:  # fmt: skip
        """The twin with one thing wrong: `error` is "stage code"; `change` has the inputs that differ, and no others."""
        inputs = {
            name: twin[name]
            for name in twin
            if name not in (*_HEAD, "intermediate", *self._book.outputs)
        }
        if twin["result"] != "valid" or not change.keys() <= inputs.keys() | self._book.outputs:
            raise ValueError(f"{self._book.subject}: {comment}")
        if change and all(inputs.get(name) == value for name, value in change.items()):
            raise ValueError(f"{self._book.subject}: nothing is wrong with: {comment}")
        stage, code = error.split(" ")
        return self._add(
            comment,
            flags,
            rule,
            ("invalid", stage, code, twin["tcId"]),
            {**inputs, **change},
            intermediate,
        )

    def _add(
        self,
        comment: str,
        flags: str,
        rule: str,
        outcome: tuple[Any, ...],
        values: Json,
        intermediate: Json | None,
    ) -> Json:
        self._book.count += 1
        names = flags.split()
        if unknown := [name for name in names if name not in self._book.notes]:
            raise ValueError(f"{self._book.subject}: flags without a note: {unknown}")
        head = dict(zip(_HEAD, (self._book.count, comment, names, rule, *outcome), strict=True))
        test = {**head, **values, "intermediate": intermediate or {}}
        self._tests.append(test)
        return test
