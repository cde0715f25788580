"""Checks of all that passes a playground against Discord's own schemas.

A violation fails the test that caused it.
"""

import copy
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema_rs import Draft7Validator, Draft202012Validator, Registry, ValidationError

from playground import Dispatched, Exchange, Playground, Received

FOLDER = Path(os.environ.get("ATELIER_ORACLE") or Path(__file__).parents[2] / "shared" / "discord")
MISSING = f"no Discord schemas in {FOLDER}: REST requests, answers and gateway events are not checked"
API, EVENTS = "urn:api", "urn:events"
DIALECTS = {API: "https://json-schema.org/draft/2020-12/schema", EVENTS: "http://json-schema.org/draft-07/schema#"}
COMMANDS = {2: "IDENTIFY", 6: "RESUME"}
REFUSED_FORM = {400, 413}  # such a request is wrong on purpose: the answer says so


def is_there() -> bool:
    """Whether the schemas are on this machine."""
    return (FOLDER / "openapi.json").is_file() and (FOLDER / "events.schema.json").is_file()


def shape(template: str) -> str:
    """Write a route without the names of its parameters."""
    return re.sub(r"\{[^}]*\}", "{}", template)


def loosen_flags(definitions: dict[str, Any]) -> None:
    """Let bit fields be any integer, since the schema lists only the single bits."""
    for name in definitions:
        if name.endswith("Flags"):
            definitions[name] = {"type": "integer"}


def name_form_errors(schemas: dict[str, Any]) -> None:
    """Let form errors have words for codes (BASE_TYPE_REQUIRED), though the description says integer."""
    text = {"type": "string"}
    schemas["InnerErrors"]["properties"]["_errors"]["items"] = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {"code": text, "message": text},
    }


class Oracle:
    """Discord's OpenAPI description and event schemas as compiled validators, one per place."""

    def __init__(self, folder: Path) -> None:
        self._api = json.loads((folder / "openapi.json").read_text())
        events = json.loads((folder / "events.schema.json").read_text())
        loosen_flags(events["definitions"])
        name_form_errors(self._api["components"]["schemas"])
        self._events = events["definitions"]["Events"]["properties"]
        self._paths = {shape(path): path for path in self._api["paths"]}
        self._registry = Registry(
            [(name, {"$schema": DIALECTS[name], **schema}) for name, schema in ((API, self._api), (EVENTS, events))]
        )
        self._validators: dict[str, Draft7Validator | Draft202012Validator] = {}

    def check(self, seen: object) -> list[str]:
        """List what is wrong with one request and answer, event or gateway command."""
        match seen:
            case Exchange():
                return self._check_exchange(seen)
            case Dispatched(name, data) if name in self._events:
                return self._validate(f"{EVENTS}#/definitions/Events/properties/{name}", data, name)
            case Received(op, data) if op in COMMANDS:
                return self._validate(f"{EVENTS}#/definitions/Events/properties/{COMMANDS[op]}", data, COMMANDS[op])
            case _:
                return []

    def _check_exchange(self, seen: Exchange) -> list[str]:
        route = shape(seen.route)
        if seen.path.endswith("/messages/@original"):
            route = route.removesuffix("{}") + "@original"
        if seen.path.endswith("/thread-members/@me"):
            route = route.removesuffix("{}") + "@me"
        path = self._paths.get(route)
        if path is None:
            return [f"{seen.method} {seen.path}: Discord has no such route"]
        operation = self._api["paths"][path].get(seen.method.lower())
        if operation is None:
            return [f"{seen.method} {path}: Discord does not know this method here"]
        here = f"{API}#/paths/{path.replace('~', '~0').replace('/', '~1')}/{seen.method.lower()}"
        return self._request(seen, operation, here) + self._answer(seen, operation, here)

    def _request(self, seen: Exchange, operation: dict[str, Any], here: str) -> list[str]:
        content = operation.get("requestBody", {}).get("content", {})
        if seen.status in REFUSED_FORM or seen.request is None or "application/json" not in content:
            return []
        pointer = f"{here}/requestBody/content/application~1json/schema"
        return self._validate(pointer, with_text_ids(seen.request), f"{seen.method} {seen.route} request")

    def _answer(self, seen: Exchange, operation: dict[str, Any], here: str) -> list[str]:
        what = f"{seen.method} {seen.route} answer {seen.status}"
        if not seen.status or seen.status >= 500:
            return []
        known = operation["responses"]
        key = next((k for k in (str(seen.status), f"{seen.status // 100}XX") if k in known), None)
        if key is None:
            return [f"{what}: Discord answers with {', '.join(known)}"]
        if "$ref" in known[key]:
            pointer = API + known[key]["$ref"] + "/content/application~1json/schema"
        elif "content" not in known[key]:
            return [] if seen.response is None else [f"{what}: Discord sends no body"]
        else:
            pointer = f"{here}/responses/{key}/content/application~1json/schema"
        return self._validate(pointer, seen.response, what)

    def _validate(self, pointer: str, instance: Any, what: str) -> list[str]:  # noqa: ANN401 - any JSON value
        validator = self._validators.get(pointer)
        if validator is None:
            kind = Draft7Validator if pointer.startswith(EVENTS) else Draft202012Validator
            schema = {"$ref": quote(pointer, safe=":#/~@")}  # a route has braces
            validator = self._validators[pointer] = kind(schema, registry=self._registry)
        return [f"{what}: {explained(error)}" for error in validator.iter_errors(instance)]


def explained(error: ValidationError) -> str:
    """Say where and why, for a union by the branch that fits best."""
    while branches := list(filter(None, getattr(error.kind, "context", ()))):
        error = min(branches, key=misfit)[0]
    return f"{'.'.join(map(str, ['$', *error.instance_path]))}: {error.message[:300]}"


def misfit(branch: list[ValidationError]) -> tuple[bool, int]:
    """Rate a branch of a union, where a wrong type at its top is worst, then the number of faults."""
    depth = min(len(error.instance_path) for error in branch)
    wrong_kind = any(
        error.instance_path and error.instance_path[-1] == "type" and len(error.instance_path) <= depth + 1
        for error in branch
    )
    return wrong_kind, len(branch)


def with_text_ids(body: object) -> object:
    """Write ids as text in attachments, replies, mentions and recipients, where discord.py sends numbers."""
    changed = copy.deepcopy(body)
    if not isinstance(changed, dict):
        return changed
    for holder in (changed, changed.get("data"), changed.get("message")):
        if isinstance(holder, dict):
            ids_to_text(holder)
    return changed


def ids_to_text(holder: dict[str, Any]) -> None:
    """Change the ids of one request body in place."""
    for entry in holder.get("attachments") or ():
        entry["id"] = str(entry["id"])
    reference = holder.get("message_reference") or {}
    reference.update({key: str(value) for key, value in reference.items() if key.endswith("_id")})
    allowed = holder.get("allowed_mentions") or {}
    allowed.update({key: [str(i) for i in allowed[key]] for key in ("users", "roles") if key in allowed})
    if "messages" in holder:
        holder["messages"] = [str(i) for i in holder["messages"]]
    if "recipient_id" in holder:
        holder["recipient_id"] = str(holder["recipient_id"])


@cache
def oracle() -> Oracle:
    """Load the schemas once per run."""
    return Oracle(FOLDER)


@pytest.fixture(autouse=True)
def _schemas_hold() -> Iterator[None]:
    """Watch all playgrounds of a test."""
    if not is_there():
        yield
        return
    violations: list[str] = []

    def watch(_: Playground, seen: object) -> None:
        violations.extend(oracle().check(seen))

    Playground.everywhere.append(watch)
    yield
    Playground.everywhere.remove(watch)
    if violations:
        pytest.fail("\n".join(["Discord's schemas are violated:", *dict.fromkeys(violations)]), pytrace=False)
