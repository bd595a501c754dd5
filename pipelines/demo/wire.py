"""Checks what goes over the wire against botocore's service models, strictly: also enums, patterns, lengths, ranges.

Each shape becomes one closure, compiled once, so that a list of 100,000 numbers costs one pass in C. Values are
checked in their JSON form: timestamps are numbers (Unix seconds), blobs are base64 text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import botocore.session

type Check = Callable[[Any, str, list[str]], None]
"""Appends to the list what is wrong with the value found at the path."""

_ALLOWED_TYPES: dict[str, set[type]] = {
    "integer": {int},
    "long": {int},
    "float": {int, float},
    "double": {int, float},
    "timestamp": {int, float},
    "boolean": {bool},
    "string": {str},
    "blob": {str},
}
#: Character classes of Java's regular expressions that Python lacks.
_JAVA_CLASSES = {r"\p{L}": r"a-zA-Z\u00c0-\uffff", r"\p{Z}": r"\u0020\u00a0\u2000-\u200a", r"\p{N}": r"0-9"}


class Operation:
    """One API operation of a service: its name and the checks of its input and output."""

    def __init__(self, model: Any, shapes: ShapeChecks) -> None:
        self.name: str = model.name
        self.model = model
        self._input = shapes.check_of(model.input_shape) if model.input_shape else _check_nothing
        self._output = shapes.check_of(model.output_shape) if model.output_shape else _check_nothing

    def faults_of_input(self, value: Mapping[str, Any]) -> list[str]:
        """What is wrong with a request; empty if nothing."""
        return _run(self._input, value)

    def faults_of_output(self, value: Mapping[str, Any]) -> list[str]:
        """What is wrong with a response; empty if nothing."""
        return _run(self._output, value)


class ServiceModel:
    """A service as botocore knows it, loaded from botocore's data on first use."""

    def __init__(self, service_name: str) -> None:
        self.model = botocore.session.get_session().get_service_model(service_name)
        self.protocol: str = self.model.resolved_protocol
        self.target_prefix: str = self.model.metadata.get("targetPrefix", "")
        self.json_version: str = self.model.metadata.get("jsonVersion", "1.1")
        self._shapes = ShapeChecks()
        self._operations: dict[str, Operation] = {}

    def operation(self, name: str) -> Operation | None:
        """The operation, or None if the service has none of that name."""
        if name not in self.model.operation_names:
            return None
        if name not in self._operations:
            self._operations[name] = Operation(self.model.operation_model(name), self._shapes)
        return self._operations[name]


class ShapeChecks:
    """Compiles shapes to checks, each shape once; shapes may contain themselves."""

    def __init__(self) -> None:
        self._made: dict[str, Check] = {}

    def check_of(self, shape: Any) -> Check:
        """The check of `shape`."""
        if shape.name not in self._made:
            # Until the real check exists, a shape that contains itself finds this one, which looks it up later.
            self._made[shape.name] = lambda value, path, faults: self._made[shape.name](value, path, faults)
            try:
                self._made[shape.name] = self._compile(shape)
            except re.error:
                del self._made[shape.name]
                raise
        return self._made[shape.name]

    def _compile(self, shape: Any) -> Check:
        if shape.type_name == "structure":
            return self._structure(shape)
        if shape.type_name == "list":
            return self._list(shape)
        if shape.type_name == "map":
            return self._map(shape)
        return _scalar(shape)

    def _structure(self, shape: Any) -> Check:
        members = {name: self.check_of(member) for name, member in shape.members.items()}
        required = tuple(shape.required_members)

        def check(value: Any, path: str, faults: list[str]) -> None:
            if type(value) is not dict:
                faults.append(f"{path or 'The body'} must be an object")
                return
            for name in required:
                if value.get(name) is None:
                    faults.append(f"{path}.{name} is required".lstrip("."))
            for name, member in value.items():
                known = members.get(name)
                if known is None:
                    faults.append(f"{path}.{name} is not known".lstrip("."))
                elif member is not None:
                    known(member, f"{path}.{name}".lstrip("."), faults)

        return check

    def _list(self, shape: Any) -> Check:
        in_bounds = _bounds(shape.metadata, "items")
        member = shape.member
        check_member = self.check_of(member)
        allowed = _ALLOWED_TYPES.get(member.type_name)
        is_plain = allowed is not None and not {"min", "max", "pattern", "enum"} & set(member.metadata)

        def check(value: Any, path: str, faults: list[str]) -> None:
            if type(value) is not list:
                faults.append(f"{path} must be a list")
                return
            in_bounds(len(value), path, faults)
            if is_plain and allowed is not None:
                # One pass in C instead of one call a value: metric points come by the hundred thousand.
                if not set(map(type, value)) <= allowed:
                    faults.append(f"{path} must hold only {member.type_name} values")
                return
            for place, item in enumerate(value):
                check_member(item, f"{path}[{place}]", faults)

        return check

    def _map(self, shape: Any) -> Check:
        check_key, check_value = self.check_of(shape.key), self.check_of(shape.value)

        def check(value: Any, path: str, faults: list[str]) -> None:
            if type(value) is not dict:
                faults.append(f"{path} must be an object")
                return
            for key, item in value.items():
                check_key(key, f"{path} (key)", faults)
                check_value(item, f"{path}.{key}", faults)

        return check


def _scalar(shape: Any) -> Check:
    type_name = shape.type_name
    allowed = _ALLOWED_TYPES[type_name]
    enum = frozenset(shape.metadata.get("enum", ()))
    pattern = _pattern(shape.metadata.get("pattern"))
    in_bounds = _bounds(shape.metadata, "characters" if type_name == "string" else "")
    is_string = type_name == "string"

    def check(value: Any, path: str, faults: list[str]) -> None:
        if type(value) not in allowed:
            faults.append(f"{path} must be a {type_name}, not {type(value).__name__}")
            return
        in_bounds(len(value) if is_string else value, path, faults)
        if enum and value not in enum:
            faults.append(f"{path} must be one of {sorted(enum)}, not {value!r}")
        if pattern is not None and not pattern.fullmatch(value):
            faults.append(f"{path} must match {pattern.pattern}, which {value!r} does not")

    return check


def _bounds(metadata: Mapping[str, Any], what: str) -> Check:
    least, most = metadata.get("min"), metadata.get("max")

    def check(size: Any, path: str, faults: list[str]) -> None:
        if least is not None and size < least:
            faults.append(f"{path} must be at least {least} {what}".rstrip())
        if most is not None and size > most:
            faults.append(f"{path} must be at most {most} {what}".rstrip())

    return check if least is not None or most is not None else _check_nothing


def _pattern(text: str | None) -> re.Pattern[str] | None:
    if text is None:
        return None
    for java, python in _JAVA_CLASSES.items():
        text = text.replace(java, python)
    return re.compile(text)


def _check_nothing(value: Any, path: str, faults: list[str]) -> None:
    """Everything passes."""


def _run(check: Check, value: Mapping[str, Any]) -> list[str]:
    faults: list[str] = []
    check(value, "", faults)
    return faults
