"""A file of vectors: groups of tests, and the one way to make a negative: from a valid test, by one change."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .base import Json

Notes = Mapping[str, tuple[str, str]]  # flag -> rule, description
_HEAD = ("tcId", "comment", "flags", "rule", "result", "stage", "code", "twin")


class Book:
    """One file, `subject`_v1.json, in the form that README.md describes."""

    def __init__(
        self, subject: str, description: list[str], notes: Notes, outputs: Iterable[str]
    ) -> None:
        self.subject, self.description, self.notes = subject, description, notes
        self.outputs = frozenset(outputs)
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
