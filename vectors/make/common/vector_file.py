"""A file of vectors: groups of cases, each of them positive or negative.

Every implementation must accept a positive case, with the outputs that it states, and must refuse
a negative case, at the stage that it states.

There is one way to make a negative case: take a positive one, its base, and change one thing. So it
is refused for its stated reason and for no other. The published member that names the base is
called `twin`; a published format does not change for a better word.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Optional

from .encode import Json
from .errors import Error
from .names import make_id


class Note(NamedTuple):
    """What a flag stands for: the rule that its cases are about, and a description of them."""

    rule: str
    description: str


@dataclass(frozen=True, eq=False)
class Case:
    """One test. `outputs` of a negative case are facts about its refusal, such as a position."""

    id: str
    comment: str
    flags: list[str]
    rule: str
    inputs: Json
    outputs: Json
    intermediate: Json
    error: Error | None = None
    base: Optional["Case"] = None

    def render(self, numbers: Mapping[str, int]) -> Json:
        """Make the published form; `numbers` are the tcIds of all cases by their ids."""
        head: Json = {
            "tcId": numbers[self.id],
            "id": self.id,
            "comment": self.comment,
            "flags": self.flags,
            "rule": self.rule,
            "result": "valid",
            "stage": None,
            "code": None,
            "twin": None,
        }
        if self.error is not None and self.base is not None:
            head["result"] = "invalid"
            head["stage"] = self.error.stage
            head["code"] = self.error.code
            head["twin"] = numbers[self.base.id]
        return {**head, **self.inputs, **self.outputs, "intermediate": self.intermediate}


class Group:
    """Cases that share values, such as a secret or a project."""

    def __init__(self, subject: str, notes: Mapping[str, Note], shared: Json) -> None:
        self.shared = shared
        self.cases: list[Case] = []
        self._subject = subject
        self._notes = notes

    def positive(
        self,
        comment: str,
        flags: str,
        *,
        outputs: Json,
        name: str | None = None,
        rule: str | None = None,
        intermediate: Json | None = None,
        **inputs: Any,
    ) -> Case:
        """Add a case that every implementation must accept.

        Args:
            comment: What is special about the case.
            flags: The names of its notes, with blanks between them.
            outputs: What must come out, by the members' names.
            name: The end of its id, where that does not come from the comment (see names.py).
            rule: The rule it is about, where it is not that of the first flag.
            intermediate: The values on the way, which help to debug an implementation.
            inputs: What goes in, by the members' names.
        """
        names, first_rule = self._look_up(flags)
        case = Case(
            id=make_id(self._subject, names[0], comment, name),
            comment=comment,
            flags=names,
            rule=rule or first_rule,
            inputs=inputs,
            outputs=outputs,
            intermediate=intermediate or {},
        )
        self.cases.append(case)
        return case

    def negative(
        self,
        base: Case,
        comment: str,
        flags: str,
        error: Error,
        *,
        name: str | None = None,
        rule: str | None = None,
        facts: Json | None = None,
        intermediate: Json | None = None,
        **change: Any,
    ) -> None:
        """Add a case that is its base but for one thing, for which it must be refused.

        Args:
            base: The positive case.
            comment: What is wrong.
            flags: The names of its notes, with blanks between them.
            error: The stage that refuses it, and kmcrypto's error code.
            name: The end of its id, where that does not come from the comment (see names.py).
            rule: The rule it breaks, where it is not that of the first flag.
            facts: What must be known of the refusal besides, by the members' names.
            intermediate: The values on the way, which help to debug an implementation.
            change: The inputs that differ from the base's. Without any, the group must differ.

        Raises:
            ValueError: If the base is negative, has no such inputs, or nothing is changed.
        """
        if base.error is not None:
            raise ValueError(f"{comment}: the base must be a positive case")
        unknown = change.keys() - base.inputs.keys()
        if unknown:
            raise ValueError(f"{comment}: the base has no {sorted(unknown)}")
        inputs = {**base.inputs, **change}
        if inputs == base.inputs and (change or base in self.cases):
            raise ValueError(f"{comment}: nothing differs from the base")
        names, first_rule = self._look_up(flags)
        case = Case(
            id=make_id(self._subject, names[0], comment, name),
            comment=comment,
            flags=names,
            rule=rule or first_rule,
            inputs=inputs,
            outputs=facts or {},
            intermediate=intermediate or {},
            error=error,
            base=base,
        )
        self.cases.append(case)

    def _look_up(self, flags: str) -> tuple[list[str], str]:
        """Split the names of flags, and find the rule of the first."""
        names = flags.split(" ")
        unknown = [name for name in names if name not in self._notes]
        if unknown:
            raise ValueError(f"flags without a note: {unknown}")
        return names, self._notes[names[0]].rule


class VectorFile:
    """One file, SUBJECT_v1.json, in the form that vectors/README.md describes."""

    def __init__(
        self, subject: str, *, about: str, description: list[str], notes: Mapping[str, Note]
    ) -> None:
        self.subject = subject
        self.about = about
        self.notes = notes
        self._description = description
        self._groups: list[Group] = []

    def group(self, **shared: Any) -> Group:
        """Begin a further group, whose cases share these values."""
        group = Group(self.subject, self.notes, shared)
        self._groups.append(group)
        return group

    @property
    def groups(self) -> list[Group]:
        """The groups that have cases."""
        return [group for group in self._groups if group.cases]

    def cases(self) -> Iterator[Case]:
        """Every case, in the order of the file."""
        for group in self.groups:
            yield from group.cases

    def render(self, numbers: Mapping[str, int]) -> bytes:
        """Write the file's content; `numbers` are the tcIds of its cases by their ids."""
        content = {
            "subject": self.subject,
            "version": 1,
            "schema": f"schema/{self.subject}_v1.json",
            "license": "CC0-1.0",
            "numberOfTests": len(numbers),
            "description": self._description,
            "notes": {
                name: {"description": note.description, "rule": note.rule}
                for name, note in sorted(self.notes.items())
            },
            "testGroups": [
                {**group.shared, "tests": [case.render(numbers) for case in group.cases]}
                for group in self.groups
            ],
        }
        return (json.dumps(content, indent=1) + "\n").encode()
