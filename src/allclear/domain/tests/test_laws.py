"""Laws that hold for every sequence of commands: events alone are enough, now and after a trip through JSON."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from allclear.domain.incident import IncidentState, TaskState, decide, evolve, fold
from allclear.domain.incident import commands as c
from allclear.domain.incident.codec import decode, encode
from allclear.domain.incident.context import Context
from allclear.domain.incident.decide import DECIDERS
from allclear.domain.incident.draft import changes
from allclear.domain.incident.state import INSTANTS, SCALARS, SETS
from allclear.domain.lifecycle import LifecyclePolicy
from allclear.domain.priority import assess, default_matrix
from allclear.domain.terms import ENDED, HoldReason, LinkKind, Role, Status, TaskStatus
from allclear.domain.tests.cases import ANA, BO, DESK, NETWORK, T0, log, logged, text
from allclear.domain.trace import Trace
from allclear.kernel.errors import Invalid, NotPermitted, Refused
from allclear.kernel.facts import NewEvent

IDS = st.integers(1, 6)
REFS = st.sampled_from(["one", "two", "three"]).map(text)
MAYBE_REF = st.none() | REFS
INSTANT = st.integers(-500, 500).map(lambda m: T0 + timedelta(minutes=m))
LEVEL = st.integers(1, 3)
WEIGHTS = st.builds(assess, st.just(default_matrix()), LEVEL, LEVEL)
TEAMS = st.sampled_from([NETWORK, DESK])
PEOPLE = st.sampled_from([ANA, BO])
TASK_IDS = st.sampled_from(["t1", "t2", "t3"])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "location": st.sampled_from(["", "Berlin", "Oslo"]),
        "service_id": st.none() | IDS,
        "is_impending": st.booleans(),
        "custom": st.dictionaries(st.sampled_from("ab"), st.integers(0, 3)),
        "cost": st.none() | st.decimals(0, 99, places=2),
        "occurred_at": st.none() | INSTANT,
        "security_class_id": st.none() | IDS,
    },
)
WHY = Trace("lifecycle", "It bounced")
LEAD = frozenset({str(Role.TEAM_LEAD)})
WORK: Any = st.one_of(
    st.builds(c.Acknowledge),
    st.builds(c.Categorise, IDS, st.none() | IDS),
    st.builds(c.Prioritise, WEIGHTS, MAYBE_REF),
    st.builds(c.Assign, st.none() | TEAMS, st.none() | PEOPLE, st.none(), MAYBE_REF),
    st.builds(c.Accept),
    st.builds(c.HandOver, TEAMS, MAYBE_REF, st.none() | PEOPLE),
    st.builds(c.AcceptHandover, st.none() | PEOPLE),
    st.builds(c.RefuseHandover, MAYBE_REF, st.frozensets(IDS), st.none() | st.just(WHY)),
    st.builds(c.WithdrawHandover),
    st.builds(c.TellUnanswered, st.just(WHY)),
    st.builds(c.Hold, st.sampled_from(HoldReason), st.none() | INSTANT, MAYBE_REF, st.none() | IDS),
    st.builds(c.Resume),
    st.builds(
        c.Edit,
        FIELDS,
        st.dictionaries(st.sampled_from(["title", "description", "diagnosis"]), MAYBE_REF),
        st.none() | st.frozensets(IDS),
    ),
    st.builds(c.Speak, st.booleans(), REFS, st.just("entry"), st.booleans()),
    st.builds(c.Attach, st.just("file"), st.just("a" * 64), st.booleans()),
    st.builds(c.Relate, st.sampled_from(LinkKind), st.integers(2, 5), st.booleans()),
    st.builds(c.LinkParent, st.none() | st.integers(2, 5), st.just(frozenset({9})), st.booleans()),
    st.builds(c.Absorb, st.integers(2, 5), st.frozensets(IDS)),
    st.builds(c.AddTask, st.builds(TaskState, TASK_IDS, REFS, owner_id=st.none() | PEOPLE, due_at=st.none() | INSTANT)),
    st.builds(c.ChangeTask, TASK_IDS, st.none() | st.sampled_from(TaskStatus), st.none() | PEOPLE),
    st.builds(c.AddResponder, IDS, st.booleans()),
    st.builds(c.Watch, IDS, st.booleans()),
    st.builds(c.Contact, st.none() | IDS, st.just("phone"), st.integers(2, 9)),
    st.builds(c.FindWorkaround, REFS, st.booleans(), st.none() | INSTANT),
    st.builds(c.Convert, st.sampled_from(["incident", "service_request"])),
)
RESOLVE: Any = st.builds(
    c.Resolve,
    st.sampled_from(["fixed", "replaced", ""]),
    REFS | MAYBE_REF,
    cause_code=st.sampled_from(["", "change"]),
    permanent_fix=MAYBE_REF,
    restored_at=st.none() | INSTANT,
    final_category_id=st.none() | IDS,
    cost=st.none() | st.decimals(0, 99, places=2),
    cascaded_from_id=st.none() | st.integers(2, 5),
)
BACK: Any = st.one_of(
    st.builds(c.Verify, st.booleans(), MAYBE_REF),
    st.builds(c.Close, st.integers(0, 100), st.booleans()),
    st.builds(c.FollowUp, st.sampled_from(["yes", "partly", "no", "", "often"]), MAYBE_REF, MAYBE_REF),
    st.builds(c.Reopen, MAYBE_REF),
)
ENDINGS: Any = st.one_of(
    st.builds(c.Cancel, MAYBE_REF), st.builds(c.Merge, st.integers(2, 5), st.sampled_from(Status), st.booleans())
)
CONTEXTS = st.builds(
    Context,
    st.just(T0),
    st.sampled_from([ANA, BO]),
    st.sampled_from([frozenset({str(role)}) for role in Role]),
    st.builds(
        LifecyclePolicy,
        needs_cause=st.booleans(),
        needs_verification=st.booleans(),
        bounces_to_coordinator=st.integers(0, 2),
        direct_handover_priorities=st.frozensets(st.integers(1, 5), max_size=1),
    ),
    st.none() | INSTANT,
    st.frozensets(TEAMS),
)
LOGS = st.builds(
    log,
    category_id=st.none() | IDS,
    requester_id=st.none() | IDS,
    team_id=st.none() | TEAMS,
    assignee_id=st.none() | PEOPLE,
    ci_ids=st.frozensets(IDS),
    watcher_ids=st.frozensets(IDS),
)


def through_json(event: NewEvent) -> NewEvent:
    """The event as the database gives it back."""
    return replace(event, data=json.loads(json.dumps(event.data)), trace=json.loads(json.dumps(list(event.trace))))


class Walk(RuleBasedStateMachine):
    """Random commands on one incident, in memory."""

    events: list[NewEvent]
    state: IncidentState
    minutes = 0

    @initialize(command=LOGS)
    def log(self, command: c.Log) -> None:
        self.events = list(decide(None, command, Context(T0, ANA)).events)
        self.state = fold(1, self.events)

    @precondition(lambda self: self.state.is_open)
    @rule(command=WORK, context=CONTEXTS)
    def work(self, command: Any, context: Context) -> None:
        self._ask(command, context)

    @precondition(lambda self: self.state.is_open)
    @rule(command=RESOLVE, context=CONTEXTS)
    def resolve(self, command: Any, context: Context) -> None:
        for task in self.state.open_tasks:
            self._ask(c.ChangeTask(task.id, "done"), context)
        self._ask(command, replace(context, policy=LifecyclePolicy()))

    @precondition(lambda self: not self.state.is_open)
    @rule(command=BACK, context=CONTEXTS)
    def close_or_bring_back(self, command: Any, context: Context) -> None:
        self._ask(command, replace(context, roles=LEAD))

    @precondition(lambda self: self.state.status in ENDED)
    @rule(command=LOGS)
    def log_anew(self, command: c.Log) -> None:
        self.log(command)

    @rule(command=st.one_of(WORK, RESOLVE, BACK, ENDINGS), context=CONTEXTS)
    def anything(self, command: Any, context: Context) -> None:
        self._ask(command, context)

    def _ask(self, command: Any, context: Context) -> None:
        self.minutes += 7
        context = replace(context, now=T0 + timedelta(minutes=self.minutes))
        before = self.state
        try:
            decision = decide(before, command, context)
        except (Refused, Invalid, NotPermitted) as no:
            assert no.message.strip(), "a refusal has words"
            return
        assert decide(before, command, context) == decision, "the same state and command lead to the same events"
        for event in decision.events:
            assert event.data, "an event tells something"
            self.state = evolve(self.state, event)
            self.events.append(event)
        assert self.state.version == before.version + len(decision.events)
        self._nothing_is_lost(before, decision.events)

    def _nothing_is_lost(self, before: IncidentState, events: tuple[NewEvent, ...]) -> None:
        """Every change that an event tells is in the state: evolve ignores nothing it should apply."""
        for event in events:
            for name, (old, new) in event.data.get("changes", {}).items():
                assert encode(getattr(before, name)) == old
                assert encode(getattr(self.state, name)) == new
                assert old != new
            for task in event.data.get("tasks", []):
                assert self.state.tasks[task["id"]].status == task["status"]
            for slot, ref in event.data.get("texts", {}).items():
                assert (self.state.texts[slot].id if ref else None) == (ref["id"] if ref else None)

    @invariant()
    def the_events_give_the_state(self) -> None:
        if hasattr(self, "state"):
            assert fold(1, self.events) == self.state
            assert fold(1, map(through_json, self.events)) == self.state
            assert self.state.version == len(self.events)

    @invariant()
    def the_state_makes_sense(self) -> None:
        if not hasattr(self, "state"):
            return
        state = self.state
        assert (state.status == Status.ON_HOLD) == bool(state.hold_reason), "on hold has a reason, others have none"
        assert state.hold_until is None or state.status == Status.ON_HOLD
        assert (state.closed_at is not None) == (state.status == Status.CLOSED)
        assert (state.cancelled_at is not None) == (state.status == Status.CANCELLED)
        assert (state.resolved_at is not None) == (state.status in (Status.RESOLVED, Status.CLOSED))
        assert state.status not in ENDED or not state.open_tasks, "nothing ends with open tasks"
        assert state.first_category_id is not None or state.category_id is None
        assert state.parent_id != state.id
        assert state.assignee_id is not None or state.status not in (Status.ASSIGNED, Status.IN_PROGRESS)
        assert (state.offered_team_id is None) == (state.offered_at is None), "an offer is whole"
        assert state.offered_team_id is None or state.is_open, "what is resolved or has ended is offered to nobody"
        assert state.offered_team_id is None or state.offered_team_id != state.team_id
        assert state.handover_unanswered_at is None or state.offered_team_id is not None
        assert state.coordinator_called_at is None or state.is_open
        assert state.answered_at is None or state.status not in ENDED, "what has ended waits for no answer"
        for name in INSTANTS:
            value = getattr(state, name)
            assert value is None or value.tzinfo is not None, name


TestWalk = Walk.TestCase
TestWalk.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # no shrinking: it takes minutes, the steps are short
)


def test_it_decides_every_command_that_there_is() -> None:
    every = {kind for kind in vars(c).values() if isinstance(kind, type) and kind.__module__ == c.__name__}
    assert every - {c.Log} == set(DECIDERS)
    assert all(hasattr(command, "__dataclass_fields__") for command in every)


def test_it_folds_every_field_that_a_state_has() -> None:
    known = SCALARS | SETS | {"id", "version", "texts", "tasks"}
    assert {f.name for f in fields(IncidentState)} == known


def test_it_folds_events_of_kinds_that_nobody_knows_any_more() -> None:
    odd = NewEvent("sang_a_song", {"changes": {"mood": [1, 2], "location": ["", "Oslo"]}, "verses": 3})
    state = evolve(logged(), odd)
    assert (state.location, state.version) == ("Oslo", 4)


@given(st.decimals(0, 10**11, places=2) | INSTANT | st.text() | st.integers() | st.booleans() | st.none())
def test_it_brings_values_through_json_unchanged(value: Any) -> None:
    name = {Decimal: "cost"}.get(type(value), "logged_at" if hasattr(value, "tzinfo") else "location")
    assert decode(name, json.loads(json.dumps(encode(value)))) == value


def test_it_tells_only_what_differs() -> None:
    state = logged(location="Oslo")
    assert changes(state, location="Oslo", channel="email") == {"channel": ["phone", "email"]}
