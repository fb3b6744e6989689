"""Sends requests to the admin API and checks every response against docs/admin-api.json."""

import copy
import http.client
import json
import re

import jsonschema
from harness import PATIENCE, ROOT, Answer, call

DESCRIPTION = json.loads((ROOT / "docs/admin-api.json").read_text())


def as_json_schema(schema):
    """Converts OpenAPI 3.0's `nullable` to JSON Schema's null type."""
    if isinstance(schema, list):
        return [as_json_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: as_json_schema(value) for key, value in schema.items()}
    if schema.pop("nullable", False):
        if "type" not in schema:
            return {"anyOf": [schema, {"type": "null"}]}
        schema["type"] = [schema["type"], "null"]
    return schema


RESOLVER = jsonschema.RefResolver("", as_json_schema(copy.deepcopy(DESCRIPTION)))


def check(document, schema):
    validator = jsonschema.Draft7Validator(as_json_schema(schema), resolver=RESOLVER,
                                           format_checker=jsonschema.FormatChecker())
    validator.validate(document)


def operation(method, path):
    """The described path that matches `path`; a path without parameters comes first."""
    fitting = [each for each in DESCRIPTION["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path)]
    return DESCRIPTION["paths"][min(fitting, key=lambda each: "{" in each)][method.lower()]


def example(path):
    """The described path with its parameters filled in."""
    return re.sub(r"\{\w+\}", lambda parameter: "1" if parameter[0] == "{id}" else "customerio", path)


def ask(daemon, method, target, body=None, headers=None, status=200):
    """The body of the response. Its status must be `status`, and it must match the description."""
    path = target.partition("?")[0]
    answer = call(daemon.admin_port, method, target, body, headers)
    assert answer.status == status, answer
    content = operation(method, path)["responses"][str(status)]["content"]["application/json"]
    document = answer.json()
    check(document, content["schema"])
    return document


class Stream:
    """A connection to /api/events/stream."""

    def __init__(self, daemon, query="", headers=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", daemon.admin_port, timeout=PATIENCE)
        self.connection.request("GET", "/api/events/stream" + query, headers=headers or {})
        self.response = self.connection.getresponse()
        if self.response.status != 200:
            raise AssertionError(Answer(self.response))
        self.comment = self.line()  # the stream is connected once this has arrived

    def line(self):
        line = self.response.readline()
        if not line:
            raise EOFError("the stream has ended")
        return line.decode().rstrip("\n")

    def next(self):
        """The name and the data of the next message."""
        name = None
        while True:
            line = self.line()
            if line.startswith("event: "):
                name = line[7:]
            if line.startswith("data: "):
                data = json.loads(line[6:])
                if name == "event":
                    check(data, {"$ref": "#/components/schemas/Event"})
                return name, data

    def until(self, fits):
        """All events up to the first that matches."""
        seen = []
        while not seen or not fits(seen[-1]):
            name, data = self.next()
            if name == "event":
                seen.append(data)
        return seen

    def close(self):
        self.response.close()  # which owns the socket
        self.connection.close()
