"""Faults by the step that finds them, and the ways to add a case with one or two of them."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from ..common.encode import Json
from ..common.errors import Error
from ..common.vector_file import Case, Group

Draft = TypeVar("Draft")


class Made(NamedTuple):
    """What a draft makes: the group of a party with its settings, and the inputs of a case."""

    group: Group
    inputs: Json
    outputs: Json


class Fault(NamedTuple, Generic[Draft]):
    """A fault: the step that finds it, what is wrong, how it is refused, and how it is made.

    `facts` are what must be known of the refusal besides.
    """

    step: str
    reason: str
    error: Error
    apply: Callable[[Draft], None]
    facts: Json | None = None

    def render(self) -> Json:
        """Make the published form."""
        return {"step": self.step, "stage": self.error.stage, "code": self.error.code}


class Role(Generic[Draft]):
    """The cases of one role.

    Args:
        name: The middle of the ids.
        new_draft: Makes what comes in without a fault.
        make: Makes the inputs of a draft.
    """

    def __init__(
        self, name: str, new_draft: Callable[[], Draft], make: Callable[[Draft], Made]
    ) -> None:
        self._name = name
        self._new_draft = new_draft
        self._make = make
        made = make(new_draft())
        self._base: Case = made.group.positive(
            f"{name}: no fault",
            "Sound",
            name=f"{name}/sound",
            outputs=made.outputs,
            faults=[],
            **made.inputs,
        )

    def add_alone(self, fault: Fault[Draft], name: str | None = None) -> None:
        """Add a fault alone."""
        comment = f"{self._name}: {fault.reason}"
        self._add(f"{name or fault.step}-alone", comment, "OneFault", [fault])

    def add_pair(self, first: Fault[Draft], second: Fault[Draft], name: str | None = None) -> None:
        """Add two faults, of which the first is told."""
        comment = f"{self._name}: {first.reason}, and {second.reason}"
        name = name or f"{first.step}-before-{second.step}"
        self._add(name, comment, "TwoFaults", [first, second])

    def _add(self, name: str, comment: str, flag: str, faults: Sequence[Fault[Draft]]) -> None:
        draft = self._new_draft()
        for fault in faults:
            fault.apply(draft)
        made = self._make(draft)
        made.group.negative(
            self._base,
            comment,
            flag,
            faults[0].error,
            name=f"{self._name}/{name}",
            facts=faults[0].facts,
            faults=[fault.render() for fault in faults],
            **made.inputs,
        )
