"""People who write at once over HTTP, as programs do and as browsers do, and who remember what they were told."""

from __future__ import annotations

import http.client
import json
import random
import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

TIMEOUT = 60.0  # seconds for one answer
ACCEPTED = (200, 201, 204)


@dataclass
class Told:
    """One write: what was sent, under which names of requests, and what came back."""

    surface: str
    verb: str
    number: str
    marker: str  # stands in the texts of this write and nowhere else
    requests: list[str]
    status: int = 0
    body: str = ""
    replays: list[tuple[int, str]] = field(default_factory=list)

    @property
    def is_accepted(self) -> bool:
        return self.status in ACCEPTED

    @property
    def is_void(self) -> bool:
        """Whether the answer says that it was so already."""
        if self.surface == "screens":
            return "nothing has changed" in unescape(self.body)
        return '"events":[]' in self.body.replace(" ", "")


@dataclass(frozen=True)
class World:
    """What there is to write on, and the keys that writers need."""

    numbers: list[str]
    teams: list[int]
    staff: list[int]


class Writer:
    """Somebody with a connection that stays open. `steps` writes, each on any of the incidents."""

    surface = ""

    def __init__(self, port: int, world: World, seed: int) -> None:
        self.port, self.world, self.dice, self.told = port, world, random.Random(seed), list[Told]()

    def work(self, steps: int) -> list[Told]:
        self.connection = self._connect()
        for _ in range(steps):
            number = self.dice.choice(self.world.numbers)
            self.told.append(self.step(number, self.dice.choice(VERBS)))
        self.connection.close()
        return self.told

    def step(self, number: str, verb: str) -> Told:
        raise NotImplementedError

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)

    def _new(self, number: str, verb: str) -> Told:
        return Told(self.surface, verb, number, uuid4().hex, [uuid4().hex])

    def fields(self, verb: str, marker: str) -> dict[str, Any]:
        """What a person fills in, by the names of the API."""
        dice, world = self.dice, self.world
        return {
            "assign": {"assignee_id": dice.choice(world.staff)},
            "prioritise": {"impact": dice.randint(1, 3), "urgency": dice.randint(1, 3), "reason": f"Why {marker}"},
            "hold": {"reason": dice.choice(["requester", "change", "evidence"]), "note": f"Waits {marker}"},
            "hand-over": {"team_id": dice.choice(world.teams), "reason": f"Yours {marker}"},
            "refuse-handover": {"reason": f"Not ours {marker}"},
            "resolve": {"resolution_code": "fixed", "cause_code": "change", "resolution": f"Done {marker}"},
            "reopen": {"reason": f"Again {marker}"},
            "note": {"body": f"Note {marker}"},
            "reply": {"body": f"Reply {marker}"},
            "edit": {dice.choice(["location", "title", "diagnosis"]): f"Edited {marker}"},
            "workaround": {"workaround": f"Way round {marker}"},
        }.get(verb, {})


VERBS = (
    *("assign", "prioritise", "hold", "resume", "hand-over", "accept-handover", "refuse-handover", "withdraw-handover"),
    *("accept", "resolve", "reopen", "note", "reply", "edit", "workaround", "acknowledge"),
    *("note", "reply", "edit", "assign", "prioritise"),
)


class Caller(Writer):
    """A program with a token. Most say which version they saw; every POST has a key, and some are sent twice."""

    surface = "API"

    def __init__(self, port: int, world: World, seed: int, token: str) -> None:
        super().__init__(port, world, seed)
        self.token = token

    def step(self, number: str, verb: str) -> Told:
        told = self._new(number, verb)
        address = f"/api/v1/incidents/{number}"
        version = self._seen(address)
        method = "PATCH" if verb == "edit" else "POST"
        path = address if verb == "edit" else f"{address}/{ {'note': 'notes', 'reply': 'replies'}.get(verb, verb) }"
        headers = {"Idempotency-Key": told.marker} if method == "POST" else {}
        if verb not in ("note", "reply") and self.dice.random() < 0.8:
            headers["If-Match"] = version
        body = json.dumps(self.fields(verb, told.marker))
        if method == "POST" and self.dice.random() < 0.3:
            self._twice(told, method, path, body, headers)
        else:
            told.status, told.body = self._ask(self.connection, method, path, body, headers, told.requests[0])
        return told

    def _seen(self, address: str) -> str:
        self.connection.request("GET", address, headers={"Authorization": f"Bearer {self.token}"})
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 200, (address, answer.status)
        return str(answer.headers["ETag"])

    def _twice(self, told: Told, method: str, path: str, body: str, headers: dict[str, str]) -> None:
        """The same request on two connections at the same moment, as when an answer is late; and once more after.

        A refusal leaves no trace, so the same request may be accepted a moment later, when others have changed what
        stood in its way. From then on, its answer is that one.
        """
        told.requests += [uuid4().hex, uuid4().hex]
        other = self._connect()
        self._send(self.connection, method, path, body, headers, told.requests[0])
        self._send(other, method, path, body, headers, told.requests[1])
        answers = [self._receive(self.connection), self._receive(other)]
        answers.append(self._ask(other, method, path, body, headers, told.requests[2]))
        told.status, told.body = next((one for one in answers if one[0] in ACCEPTED), answers[0])
        told.replays += [one for one in answers[:2] if one[0] in ACCEPTED] + answers[2:]
        other.close()
        self.connection.close()  # it may have waited too long: the next request opens it anew

    def _ask(self, connection: http.client.HTTPConnection, *request: Any) -> tuple[int, str]:
        self._send(connection, *request)
        return self._receive(connection)

    def _send(self, connection: Any, method: str, path: str, body: str, headers: dict[str, str], name: str) -> None:
        own = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "X-Request-ID": name}
        connection.request(method, path, body, own | headers)

    @staticmethod
    def _receive(connection: http.client.HTTPConnection) -> tuple[int, str]:
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


class Clerk(Writer):
    """A person at a browser: opens the form of a verb, fills it in, sends it with the session and the form's token."""

    surface = "screens"

    def __init__(self, port: int, world: World, seed: int, session: str) -> None:
        super().__init__(port, world, seed)
        self.cookies = {"sessionid": session}
        self.token = ""

    def step(self, number: str, verb: str) -> Told:
        told = self._new(number, verb)
        address = f"/incidents/{number}/"
        if verb in ("note", "reply"):
            form = self._token(address)
            form |= self.fields(verb, told.marker) | {"text_id": str(uuid4())}
            told.status, told.body = self._send(f"{address}{verb}/", form, told.requests[0])
            if told.is_accepted and self.dice.random() < 0.3:  # the connection broke: the browser sends it again
                told.requests.append(uuid4().hex)
                told.replays.append(self._send(f"{address}{verb}/", form, told.requests[1]))
            return told
        path = f"{address}do/{verb}/"
        status, page = self._get(path)
        if status != 200:  # the form is not offered in this state; the page says why
            told.status, told.body = status, page
            return told
        form = fields_of(page) | self._form_fields(verb, told.marker)
        told.status, told.body = self._send(path, form, told.requests[0])
        return told

    def _form_fields(self, verb: str, marker: str) -> dict[str, Any]:
        names = {"assignee_id": "assignee", "team_id": "team"}
        found = {names.get(name, name): str(value) for name, value in self.fields(verb, marker).items()}
        return {"team": ""} | found if verb == "assign" else found

    def _token(self, address: str) -> dict[str, str]:
        if not self.token:
            status, page = self._get(f"{address}do/edit/")
            assert status in (200, 409), status
            self.token = fields_of(page).get("csrfmiddlewaretoken", "") or self.cookies.get("csrftoken", "")
        return {"csrfmiddlewaretoken": self.token} if self.token else {}

    def _get(self, path: str) -> tuple[int, str]:
        return self._ask("GET", path, None, {})

    def _send(self, path: str, form: dict[str, Any], name: str) -> tuple[int, str]:
        kind = {"Content-Type": "application/x-www-form-urlencoded", "X-Request-ID": name}
        return self._ask("POST", path, urlencode(form, doseq=True), kind)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        own = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "HX-Request": "true"}
        self.connection.request(method, path, body, own | headers)
        answer = self.connection.getresponse()
        for given in answer.headers.get_all("Set-Cookie", []):
            if found := re.match(r"(csrftoken)=([^;]+)", given):
                self.cookies[found[1]] = found[2]
        return answer.status, answer.read().decode()


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of the form on this page if nothing were changed."""
    reader = _Form()
    reader.feed(page)
    return reader.values


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self._area = self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "textarea":
            self._area, self.values[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.values):
            self.values[self._select] = value
        elif tag == "input" and name and given.get("type") not in ("submit", "file"):
            if given.get("type") not in ("checkbox", "radio"):
                self.values[name] = value
            elif "checked" in given:
                self.values[name] = value or "on"

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data.removeprefix("\n") if not self.values[self._area] else data
