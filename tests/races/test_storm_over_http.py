"""Two hundred writers on twenty incidents of the running program, half over the API and half through the screens."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from allclear.accounts.queries import viewer_of
from allclear.accounts.tokens import issue_token
from allclear.domain.terms import Role
from allclear.incidents.models import Incident, InternalNote, PublicReply
from allclear.incidents.verify import verify_projections
from allclear.kernel import clock
from allclear.kernel.models import Event
from allclear.testing import codes, logged, person, team
from tests.browser.program import Program
from tests.races.writers import Caller, Clerk, Told, World, Writer

pytestmark = pytest.mark.slow
WRITERS, INCIDENTS, STEPS = 200, 20, 2
PATIENCE = 120.0  # seconds for all of them together, on a machine with other work too
REFUSALS = (403, 409, 422)


@pytest.fixture
def program(committed: None) -> Iterator[Program]:
    running = Program()
    running.start()
    yield running
    running.kill()


def writers(port: int) -> list[Writer]:
    """Agents of two teams and some incident managers, who may give work to any team."""
    people = [person(Role.INCIDENT_MANAGER if n % 10 == 0 else Role.AGENT) for n in range(WRITERS)]
    teams = [team(*people[::2]), team(*people[1::2])]
    codes()
    now = clock.now()
    numbers = [logged(people[n], at=now, title=f"Fault {n}", team_id=teams[n % 2].pk).number for n in range(INCIDENTS)]
    world = World(numbers, [one.pk for one in teams], [one.pk for one in people[:20]])
    found: list[Writer] = []
    for seed, one in enumerate(people):
        if (seed // 2) % 2:  # of each team, half by either way
            _, token = issue_token(viewer_of(one), one, "storm", ["all"], expires_at=None, now=now)
            found.append(Caller(port, world, seed, token))
        else:
            client = Client()
            client.force_login(one, backend=settings.AUTHENTICATION_BACKENDS[0])
            found.append(Clerk(port, world, seed, client.cookies["sessionid"].value))
    return found


def storm(people: list[Writer]) -> list[Told]:
    """All at once; raises what went wrong in any of them."""
    troubles: list[BaseException] = []
    start = threading.Barrier(len(people))

    def run(one: Writer) -> None:
        try:
            start.wait(PATIENCE)
            one.work(STEPS)
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=run, args=(one,), daemon=True) for one in people]
    until = time.monotonic() + PATIENCE
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.1, until - time.monotonic()))
    assert not troubles, troubles[:3]
    assert not any(thread.is_alive() for thread in threads), "not done in time"
    return [told for one in people for told in one.told]


def test_it_loses_nothing_of_two_hundred_writers_on_twenty_incidents(program: Program) -> None:
    told = storm(writers(program.port))

    log = list(Event.objects.filter(stream_type="incident").order_by("stream_id", "position"))
    by_request: dict[str, list[Event]] = defaultdict(list)
    for event in log:
        by_request[event.cause.get("request_id") or event.cause.get("request") or ""].append(event)
    keys = dict(Incident.objects.values_list("number", "pk"))

    assert len(told) == WRITERS * STEPS
    for one in told:
        check(one, [event for name in one.requests for event in by_request.get(name, ())], keys[one.number])
    accepted = Counter(one.surface for one in told if one.is_accepted)
    refused = Counter(one.surface for one in told if not one.is_accepted)
    assert min(accepted["API"], accepted["screens"], refused["API"], refused["screens"]) >= 20, (accepted, refused)
    known = {name for one in told for name in one.requests} | {""}
    assert set(by_request) <= known, "the log has what nobody sent"
    check_words(told)
    check_streams(log)
    report = verify_projections()
    assert report.is_clean, report.differences[:5]


def check(one: Told, events: list[Event], key: int) -> None:
    """What was accepted is there once; what was refused is not there, and the answer says why."""
    what = (one.surface, one.verb, one.number, one.status, one.body[:2000])
    own = [event for event in events if event.stream_id == key]
    assert len({event.cause.get("request_id") or event.cause.get("request") for event in events}) <= 1, what
    if one.is_accepted:
        assert bool(own) != one.is_void, what
        if one.surface == "API" and one.verb not in ("note", "reply", "edit"):
            assert [event.kind for event in own] == json.loads(one.body)["events"], what
    else:
        assert one.status in REFUSALS, what
        assert own == [], what
        check_reason(one, what)
    for status, body in one.replays:
        assert (status, one.surface == "screens" or body == one.body) == (one.status, True) or not one.is_accepted, (
            what,
            status,
            body[:500],
        )


def check_reason(one: Told, what: tuple[Any, ...]) -> None:
    """A sentence, and after a conflict what others changed meanwhile."""
    if one.surface == "API":
        problem = json.loads(one.body)
        assert problem["detail"].rstrip().endswith((".", "”")), what
        if problem["code"] == "conflict":
            assert problem["changes"], what
            assert all(change["kind"] and change["at"] for change in problem["changes"]), what
        return
    reason = re.search(r'(?:role="alert"|class="dialog-body")[^>]*>(.*)', one.body, re.DOTALL)
    assert reason, what
    words = re.sub(r"<[^>]+>", " ", reason[1].partition("</form>")[0])
    assert re.search(r"\w[^.]{15,}\.", words), what


def check_words(told: list[Told]) -> None:
    """Every note and every reply stands once, if it was accepted; what was refused stands nowhere."""
    bodies = Counter(
        text.rpartition(" ")[2]
        for model in (InternalNote, PublicReply)
        for text in model.objects.values_list("body", flat=True)
    )
    for one in told:
        if one.verb in ("note", "reply"):
            assert bodies[one.marker] == int(one.is_accepted), (one.surface, one.verb, one.status, one.body[:500])


def check_streams(log: list[Event]) -> None:
    """No gap between versions; and each event began with what the one before had left: nobody wrote over unseen."""
    last: dict[int, int] = defaultdict(int)
    values: dict[tuple[int, str], Any] = {}
    for event in log:
        assert event.position == last[event.stream_id] + 1, (event.stream_id, event.position)
        last[event.stream_id] = event.position
        for name, (old, new) in event.data.get("changes", {}).items():
            assert values.get((event.stream_id, name), old) == old, (event.stream_id, event.position, name)
            values[event.stream_id, name] = new
    assert dict(Incident.objects.values_list("pk", "version")) == dict(last)
