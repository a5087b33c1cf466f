"""The reference names everything that is public, and nothing that is not there."""

from __future__ import annotations

import re
from importlib import import_module
from inspect import getdoc, getmembers, isclass, isfunction, signature
from operator import attrgetter
from types import SimpleNamespace

import pytest

import kmcrypto
from kmcrypto import errors, redact, testing
from kmcrypto.adapters import redis
from kmcrypto.apis import one_time_token
from kmcrypto.encryption import jwe
from kmcrypto.keys import sealed
from tests.support import ROOT
from tests.support.public_names import public_callables

pytestmark = pytest.mark.once

TEXT = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "reference").glob("*.md"))
)
DESCRIBED = set(re.findall(r"^\.\. auto(?:class|function|data):: (\S+)$", TEXT, re.MULTILINE))
WHOLE_MODULES = set(re.findall(r"^\.\. automodule:: (\S+)$", TEXT, re.MULTILINE))
# What the names of public_callables() begin with.
PUBLIC = SimpleNamespace(
    testing=testing, **{name: getattr(kmcrypto, name) for name in kmcrypto.__all__}
)
# Names of `kmcrypto` that are modules: the page of each describes its members.
MODULES = {"errors": errors, "one_time_token": one_time_token, "jwe": jwe}


@pytest.mark.parametrize("name", sorted(set(kmcrypto.__all__) - {"__version__", *MODULES}))
def test_a_public_name_is_described(name: str) -> None:
    assert f"kmcrypto.{name}" in DESCRIBED


def test_the_functions_for_a_jwe_are_described() -> None:
    public = {
        f"kmcrypto.jwe.{name}"
        for name in ("encrypt", "decrypt", "inspect")
        if isfunction(getattr(jwe, name))
    }
    assert len(public) == 3
    assert public <= DESCRIBED


@pytest.mark.parametrize(
    "module", [errors, one_time_token, sealed, testing, redact, redis], ids=lambda it: it.__name__
)
def test_a_public_module_is_described_whole(module: object) -> None:
    """Sphinx shows those members that have a docstring, so each public one must have one."""
    name = module.__name__  # type: ignore[attr-defined]
    assert name in WHOLE_MODULES
    own = [
        (member_name, member)
        for member_name, member in getmembers(module)
        if not member_name.startswith("_")
        and (isclass(member) or isfunction(member))
        and member.__module__ == name
    ]
    assert own
    assert [member_name for member_name, member in own if not getdoc(member)] == []


# Made by the package, so their constructors are not for its users.
NOT_CALLED_BY_USERS = {
    "AcceptedRequest",
    "FieldCipher",
    "PendingRequest",
    "one_time_token.ResultCode",
}


def is_for_users(name: str) -> bool:
    """Whether users of the package call it: no error, and of `jwe` the three functions only."""
    module = name.partition(".")[0]
    if module == "jwe":
        return f"kmcrypto.{name}" in DESCRIBED
    return module != "errors" and name not in NOT_CALLED_BY_USERS


@pytest.mark.parametrize("name", sorted(filter(is_for_users, public_callables())))
def test_every_parameter_is_described(name: str) -> None:
    """In the docstring of the function, or in that of the class whose constructor it is."""
    function = public_callables()[name]
    is_constructor = function.__name__ == "__init__"
    described = attrgetter(name)(PUBLIC) if is_constructor else function
    words = set(re.findall(r"\w+", getdoc(described) or ""))
    assert set(signature(function).parameters) - {"self"} - words == set()


def test_nothing_is_described_that_is_not_there() -> None:
    for target in DESCRIBED:
        value: object = kmcrypto
        for name in target.split(".")[1:]:
            value = getattr(value, name)
    for name in WHOLE_MODULES:
        import_module(name)
