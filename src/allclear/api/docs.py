"""The documentation page: the OpenAPI document in the product's own look, without a line of script."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from allclear.accounts.queries import viewer_of
from allclear.api.app import api
from allclear.api.errors import TITLES

Json = Mapping[str, Any]
_EXAMPLES = {"number": "INC0000042", "user_id": "7", "task_id": "0198c7e2-…", "attachment_id": "0198c7e2-…", "pk": "3"}
_EXAMPLES |= {"kind": "related", "other": "INC0000041", "version": "1"}
_WHY = {
    "invalid": "422. `errors` names each field and says what to do.",
    "not_permitted": "403. Your role, or the scopes of your token, do not include it.",
    "not_found": "404. It is not there, or you may not know of it: both look the same.",
    "conflict": "409. The version in `If-Match` is old; `changes` says what was changed since, by whom and when.",
    "refused": "409. A rule says no; `code` names the rule, `detail` says what to do instead.",
    "unauthenticated": "401. No token, or one that is not known, has expired or was revoked.",
    "method_not_allowed": "405. The address is right, the method is not.",
    "malformed": "400 or 415. The body is not JSON, or a header cannot be read.",
    "too_large": "413. At most 50 MB for a file, 5 MB for JSON.",
    "error": "500. Our fault. The `request_id` finds it in the log.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A parameter, or a field of a body."""

    name: str
    kind: str
    words: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    words: str
    parameters: list[Line]
    fields: list[Line]
    curl: str


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    anchor: str
    operations: list[Operation]


def page(request: HttpRequest) -> HttpResponseBase:
    """The documentation, for whoever has logged in."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    request.viewer = viewer_of(request.user)  # type: ignore[attr-defined]  # the frame of the page asks for it
    problems = [(kind, title, marked(_WHY[kind])) for kind, title in TITLES.items()]
    address = request.build_absolute_uri("/api/v1")
    return render(request, "api/docs.html", {"groups": groups(), "problems": problems, "address": address})


def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return HttpResponse(_document_as_json(), content_type="application/json")


@cache
def _document_as_json() -> str:
    return json.dumps(openapi(), default=str)


@cache
def openapi() -> Json:
    """ninja's document, with problem documents under their own media type."""
    found = api.get_openapi_schema(path_prefix="api/v1/")
    for methods in found["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if int(status) >= 400 and "application/json" in content:
                    content["application/problem+json"] = content.pop("application/json")
    return json.loads(json.dumps(found, default=str))  # type: ignore[no-any-return]  # plain data, keys as text


@cache
def groups() -> list[Group]:
    """The operations by resource, in the order of the document."""
    found: dict[str, list[Operation]] = {}
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_operation(path, method.upper(), operation))
    return [Group(name, slugify(name), operations) for name, operations in found.items()]


def _operation(path: str, method: str, data: Json) -> Operation:
    parameters = [
        Line(p["name"], f"{p['in']}, {words(p['schema'])}", marked(p.get("description", "")), bool(p.get("required")))
        for p in data["parameters"]
    ]
    content = data.get("requestBody", {}).get("content", {})
    media, schema = next(((m, _plain(c["schema"])) for m, c in content.items()), ("", {}))
    required = set(schema.get("required", ()))
    fields = [
        Line(name, words(part), marked(part.get("description", "")), name in required)
        for name, part in schema.get("properties", {}).items()
    ]
    short = path.removeprefix("/api/v1")
    curl = _curl(method, path, media, schema, required)
    summary, more = marked(data["summary"]), marked(data.get("description", ""))
    return Operation(data["operationId"], method, short, summary, more, parameters, fields, curl)


def _plain(schema: Json) -> Json:
    """The schema behind references."""
    if "$ref" in schema:
        return _plain(openapi()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if len(schema.get("allOf", ())) == 1:
        return _plain(schema["allOf"][0])
    return schema


def marked(text: str) -> SafeString:
    """Escaped, with what stands between backticks as code."""
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(" ".join(text.split()))))  # noqa: S308 - escaped


def words(schema: Json) -> str:
    """A type in words: `text, at most 250`, `key or null`, `one of new, closed`."""
    if options := schema.get("anyOf"):
        return " or ".join(dict.fromkeys(words(option) for option in options))
    schema = _plain(schema)
    if "enum" in schema:
        return "one of " + ", ".join(str(value) or "(empty)" for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"]) or "(empty)"
    kind = schema.get("type", "any")
    if kind == "array":
        item = words(schema["items"])
        return f"list of {item}s" if item in ("key", "text", "object") else f"list of {item}"
    if kind == "string":
        return _text(schema)
    if kind == "integer":
        return _whole_number(schema)
    named = {"number": "amount", "boolean": "true or false", "null": "null", "object": "object"}
    return named.get(str(kind), str(kind))


def _text(schema: Json) -> str:
    formats = {"date-time": "instant", "uuid": "UUID", "binary": "file"}
    if known := formats.get(schema.get("format", "")):
        return known
    limit = schema.get("maxLength")
    return f"text, at most {limit:,}" if limit else "text"


def _whole_number(schema: Json) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if high and high > 2**40:
        return "key"
    return f"whole number, {low} to {high:,}" if low is not None and high is not None else "whole number"


def _curl(method: str, path: str, media: str, schema: Json, required: set[str]) -> str:
    """A call to copy; the address and the token are in the shell's variables."""
    for name, example in _EXAMPLES.items():
        path = path.replace(f"{{{name}}}", example)
    lines = [f"curl{'' if method == 'GET' else f' -X {method}'} $ALLCLEAR{path.removeprefix('/api/v1')}"]
    lines.append('-H "Authorization: Bearer $TOKEN"')
    if media == "multipart/form-data":
        lines.append("-F file=@screenshot.png")
    elif media:
        chosen = required or set(list(schema.get("properties", {}))[:1])
        body = {name: _example(name, part) for name, part in schema.get("properties", {}).items() if name in chosen}
        lines.append("--json " + shlex.quote(json.dumps(body)))
    return " \\\n  ".join(lines)


def _example(name: str, schema: Json) -> Any:
    schema = _plain(next((o for o in schema.get("anyOf", ()) if o.get("type") != "null"), schema))
    if examples := schema.get("examples"):
        return examples[0]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        return {key: _example(key, part) for key, part in schema["properties"].items()}
    samples = {"integer": 3, "number": 1, "boolean": True, "array": [], "object": {}}
    return samples.get(str(kind), "…" if name != "title" else "VPN drops every hour")
