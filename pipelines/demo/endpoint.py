"""The one HTTP endpoint of all services but S3: finds the service in the signature, checks, limits, answers.

The order is AWS's: who are you, may you, too fast, is the request well-formed, then the answer, which is checked
against the model too: a wrong answer is an error of the simulation and comes back as HTTP 500.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import orjson

from pipelines.demo.access import AccessDesk, Caller
from pipelines.demo.limits import Limiter
from pipelines.demo.refusals import Refusal
from pipelines.demo.services import Call, Handler
from pipelines.demo.wire import Operation, ServiceModel

STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
#: What errors of credentials are called where the protocol is XML.
_QUERY_CODES = {
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "ExpiredTokenException": "ExpiredToken",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "AccessDeniedException": "AccessDenied",
    "ThrottlingException": "Throttling",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP response."""

    status: int
    content_type: str
    body: bytes
    request_id: str


class Endpoint:
    """Answers signed requests. `services` maps the name in a signature to (botocore's name, handlers)."""

    def __init__(
        self, desk: AccessDesk, limiter: Limiter, services: Mapping[str, tuple[str, Mapping[str, Handler]]]
    ) -> None:
        self._desk, self._limiter, self._services = desk, limiter, services
        self._models: dict[str, ServiceModel] = {}

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """The response to one POST. `headers` have lower-case names."""
        request_id = str(uuid.uuid4())
        is_query = "x-amz-target" not in headers
        try:
            caller = self._desk.identify(headers, body)
            operation, params = self._read(caller, headers, body)
            self._desk.allow(caller, operation.name)
            self._limiter.admit(caller.principal.account_id, caller.region, operation.name)
            if faults := operation.faults_of_input(params):
                raise Refusal(
                    "ValidationException", f"{len(faults)} validation error(s) detected: {'; '.join(faults[:10])}"
                )
            content = self._handler(caller, operation)(Call(caller=caller, params=params))
            if faults := operation.faults_of_output(content):
                raise Refusal("SimulationIsWrong", f"{operation.name}: {'; '.join(faults[:10])}", status=500)
        except Refusal as refusal:
            return _refused(refusal, request_id, is_query=is_query)
        if is_query:
            return Answer(
                status=200, content_type="text/xml", body=_xml(operation, content, request_id), request_id=request_id
            )
        version = self._model(caller.service).json_version
        content_type = f"application/x-amz-json-{version}"
        return Answer(status=200, content_type=content_type, body=orjson.dumps(content), request_id=request_id)

    def _read(self, caller: Caller, headers: Mapping[str, str], body: bytes) -> tuple[Operation, dict[str, Any]]:
        """The operation that is asked for, with its parameters in JSON form."""
        if caller.service not in self._services:
            raise Refusal("UnknownEndpoint", f"The service {caller.service} is not simulated.", status=404)
        model = self._model(caller.service)
        if target := headers.get("x-amz-target"):
            prefix, _, name = target.rpartition(".")
            found = model.operation(name) if prefix == model.target_prefix else None
            try:
                params = orjson.loads(body or b"{}")
            except orjson.JSONDecodeError:
                raise Refusal("SerializationException", "The body is not JSON.") from None
        else:
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
            name = fields.pop("Action", "")
            fields.pop("Version", None)
            found = model.operation(name)
            params = _query_params(found, fields) if found else {}
        if found is None:
            raise Refusal("UnknownOperationException", f"{caller.service} has no operation {name!r}.")
        return found, params

    def _handler(self, caller: Caller, operation: Operation) -> Handler:
        handler = self._services[caller.service][1].get(operation.name)
        if handler is None:
            raise Refusal("UnknownOperationException", f"{operation.name} is not simulated.")
        return handler

    def _model(self, service: str) -> ServiceModel:
        if service not in self._models:
            self._models[service] = ServiceModel(self._services[service][0])
        return self._models[service]


def _query_params(operation: Operation, fields: Mapping[str, str]) -> dict[str, Any]:
    """Form fields as typed parameters. Only scalars: no operation here is called with lists."""
    members = operation.model.input_shape.members if operation.model.input_shape else {}
    return {
        name: int(text) if name in members and members[name].type_name == "integer" and text.isdigit() else text
        for name, text in fields.items()
    }


def _refused(refusal: Refusal, request_id: str, *, is_query: bool) -> Answer:
    if not is_query:
        body = orjson.dumps({"__type": refusal.code, "message": refusal.message})
        content_type = "application/x-amz-json-1.1"
    else:
        code = _QUERY_CODES.get(refusal.code, refusal.code)
        body = (
            f'<ErrorResponse xmlns="{STS_NAMESPACE}"><Error><Type>Sender</Type><Code>{escape(code)}</Code>'
            f"<Message>{escape(refusal.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        ).encode()
        content_type = "text/xml"
    return Answer(status=refusal.status, content_type=content_type, body=body, request_id=request_id)


def _xml(operation: Operation, content: Mapping[str, Any], request_id: str) -> bytes:
    name = operation.name
    inner = _elements(content, operation.model.output_shape)
    return (
        f'<{name}Response xmlns="{STS_NAMESPACE}"><{name}Result>{inner}</{name}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
    ).encode()


def _elements(content: Mapping[str, Any], shape: Any) -> str:
    parts = []
    for key, value in content.items():
        member = shape.members[key]
        if member.type_name == "structure":
            text = _elements(value, member)
        elif member.type_name == "timestamp":
            text = datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        else:
            text = escape(str(value))
        parts.append(f"<{key}>{text}</{key}>")
    return "".join(parts)
