"""The pieces of which the JSON Schemas are made."""

from typing import Any

from .encode import Json

TEXT: Json = {"type": "string"}
BOOL: Json = {"type": "boolean"}
NUMBER: Json = {"type": "integer"}
NATURAL: Json = {"type": "integer", "minimum": 0}
POSITIVE: Json = {"type": "integer", "minimum": 1}
NULL: Json = {"type": "null"}


def described(description: str, schema: Json) -> Json:
    """A schema with the description that its member is given."""
    return {"description": description, **schema}


def const(value: object) -> Json:
    """One value."""
    return {"const": value}


def choice(*values: object) -> Json:
    """One of several values."""
    return {"enum": list(values)}


def operation(name: str, description: str) -> Json:
    """The member that says what a test asks for."""
    return {name: described(description, const(name))}


def matching(pattern: str) -> Json:
    """Text of a form, from its first to its last character."""
    return {"type": "string", "pattern": f"^{pattern}$"}


def ref(name: str) -> Json:
    """One of the definitions in common.json."""
    return {"$ref": f"common.json#/$defs/{name}"}


def own(name: str) -> Json:
    """One of the definitions in the same file."""
    return {"$ref": f"#/$defs/{name}"}


def all_ref(*names: str) -> Json:
    """Members that are defined in common.json, under their own names."""
    return {name: ref(name) for name in names}


def all_own(*names: str) -> Json:
    """Members that are defined in the same file, under their own names."""
    return {name: own(name) for name in names}


def record(required: Json, optional: Json | None = None) -> Json:
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def mapping(schema: Json) -> Json:
    """An object with any names and these values."""
    return {"type": "object", "additionalProperties": schema}


def nullable(schema: Json) -> Json:
    """A value, or null."""
    return {"anyOf": [schema, NULL]}


def items(schema: Json, **limits: Any) -> Json:
    """A list of values."""
    return {"type": "array", "items": schema, **limits}
