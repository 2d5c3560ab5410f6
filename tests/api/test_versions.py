"""`If-Match`: nobody's change is lost."""

from __future__ import annotations

import pytest

from allclear import testing
from tests.api.client import Api, ok, problem

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]


def test_it_tells_the_second_of_two_savers_what_changed() -> None:
    agent, other = testing.person(), testing.person()
    row = testing.logged(agent)
    path = f"/incidents/{row.number}"
    seen = Api(agent).get(path)["ETag"]
    ok(Api(other).patch(path, headers={"If-Match": seen}, title="VPN drops hourly"))
    ok(Api(other).post(f"{path}/accept"))
    body = problem(Api(agent).patch(path, headers={"If-Match": seen}, title="Mine"), 409, "conflict")
    assert [(c["kind"], c["by"]) for c in body["changes"]] == [("edited", other.pk), ("accepted", other.pk)]
    assert "assignee_id" in body["changes"][1]["fields"]
    assert ok(Api(agent).get(path))["title"] == "VPN drops hourly"


def test_it_answers_a_verb_with_the_version_for_the_next() -> None:
    agent = testing.person()
    api, path = Api(agent), f"/incidents/{testing.logged(agent).number}"
    answer = api.post(f"{path}/acknowledge", headers={"If-Match": api.get(path)["ETag"]})
    answer = api.post(f"{path}/accept", headers={"If-Match": answer["ETag"]})
    assert ok(answer)["status"] == "in_progress"
    assert answer["ETag"] == api.get(path)["ETag"]


@pytest.mark.parametrize("given", ["3", "three", '"3", "4"', '"-1"', '"99999999999"'])
def test_it_says_how_a_version_is_written(given: str) -> None:
    agent = testing.person()
    row = testing.logged(agent)
    body = problem(Api(agent).post(f"/incidents/{row.number}/accept", headers={"If-Match": given}), 422)
    assert body["errors"][0]["field"] == "If-Match"


def test_it_takes_any_version_for_a_star() -> None:
    agent = testing.person()
    row = testing.logged(agent)
    ok(Api(agent).post(f"/incidents/{row.number}/accept", headers={"If-Match": "*"}))


def test_it_guards_plain_records_in_the_same_way() -> None:
    api = Api(testing.person("admin"))
    made = api.post("/services", name="Mail")
    path = f"/services/{ok(made, 201)['id']}"
    assert made["ETag"] == api.get(path)["ETag"] == '"1"'
    assert api.patch(path, headers={"If-Match": '"1"'}, criticality=1)["ETag"] == '"2"'
    body = problem(api.patch(path, headers={"If-Match": '"1"'}, criticality=4), 409, "conflict")
    assert body["changes"][0]["fields"] == ["criticality"]


def test_it_guards_policies_too() -> None:
    api = Api(testing.person("admin"))
    seen = api.get("/policies/lifecycle")["ETag"]
    ok(api.post("/policies/lifecycle", headers={"If-Match": seen}, body={"close_after_days": 3}), 201)
    problem(api.post("/policies/lifecycle", headers={"If-Match": seen}, body={"close_after_days": 4}), 409, "conflict")
    assert ok(api.get("/policies/lifecycle"))["body"]["close_after_days"] == 3


def test_alert_rules_are_a_policy_like_the_others() -> None:
    api = Api(testing.person("admin"))
    rule = {"key": "all", "name": "All", "wait_minutes": 5}
    ok(api.post("/policies/alert_rules", body={"rules": [rule]}), 201)
    assert ok(api.get("/policies/alert_rules"))["body"] == {"rules": [rule]}
    wrong = problem(api.post("/policies/alert_rules", body={"rules": [{**rule, "wait_minute": 5}]}), 422, "invalid")
    assert wrong["errors"] == [
        {"field": "rules.0.wait_minute", "message": "There is no field wait_minute; leave it out or mend its name."}
    ]


def test_it_says_what_would_clash_and_what_would_go_through() -> None:
    agent, other = testing.person(), testing.person()
    path = f"/incidents/{testing.logged(agent).number}"
    seen = Api(agent).get(path)["ETag"]
    ok(Api(other).patch(path, location="Berlin", title="VPN drops hourly"))
    body = problem(
        Api(agent).patch(path, headers={"If-Match": seen}, location="Oslo", channel="phone"), 409, "conflict"
    )
    (clash,) = body["conflicts"]
    assert (clash["field"], clash["base"], clash["mine"], clash["theirs"]) == ("location", "", "Oslo", "Berlin")
    assert clash["by"] == other.pk
    assert body["merged"]["mine"] == ["channel"]
    assert Api(agent).get(path)["ETag"] == f'"{body["version"]}"'


def test_it_merges_when_the_caller_prefers_so() -> None:
    agent, other = testing.person(), testing.person()
    path = f"/incidents/{testing.logged(agent).number}"
    seen = Api(agent).get(path)["ETag"]
    ok(Api(other).patch(path, title="VPN drops hourly", description="At Lyon"))
    headers = {"If-Match": seen, "Prefer": "merge"}
    done = ok(Api(agent).patch(path, headers=headers, location="Oslo", title="VPN drops"))
    assert done["merged"]["mine"] == ["location"]
    assert [(one["field"], one["by"]) for one in done["merged"]["theirs"]] == [
        ("description", other.pk),
        ("title", other.pk),
    ]
    read = ok(Api(agent).get(path))
    assert (read["title"], read["location"], read["description"]) == ("VPN drops hourly", "Oslo", "At Lyon")


def test_it_refuses_a_true_conflict_even_then_with_both_texts() -> None:
    agent, other = testing.person(), testing.person()
    path = f"/incidents/{testing.logged(agent).number}"
    seen = Api(agent).get(path)["ETag"]
    ok(Api(other).patch(path, description="Theirs"))
    headers = {"If-Match": seen, "Prefer": "respond-async, merge"}
    body = problem(Api(agent).patch(path, headers=headers, description="Mine"), 409, "conflict")
    (clash,) = body["conflicts"]
    assert (clash["field"], clash["base"], clash["mine"], clash["theirs"]) == ("description", None, "Mine", "Theirs")
    assert ok(Api(agent).get(path))["description"] == "Theirs"


def test_it_resolves_nothing_that_the_requester_wrote_about_meanwhile() -> None:
    testing.codes()
    agent, claire = testing.person(), testing.person("requester")
    path = f"/incidents/{testing.logged(agent, requester_id=claire.pk).number}"
    seen = Api(agent).get(path)["ETag"]
    ok(Api(claire).post(f"{path}/replies", body="It is worse now"), 201)
    how = {"resolution_code": "fixed", "resolution": "Done"}
    body = problem(Api(agent).post(f"{path}/resolve", headers={"If-Match": seen, "Prefer": "merge"}, **how), 409)
    assert [(one["field"], one["is_verb"]) for one in body["conflicts"]] == [("reply", True)]


def test_it_tells_a_requester_no_values_of_what_clashes() -> None:
    testing.codes()
    agent, claire = testing.person(), testing.person("requester")
    row = testing.in_status("resolved", agent, requester_id=claire.pk)
    path = f"/incidents/{row.number}"
    seen = Api(claire).get(path)["ETag"]
    ok(Api(agent).post(f"{path}/verify", is_effective=True, note="SECRET"))
    body = problem(
        Api(claire).post(f"{path}/verify", headers={"If-Match": seen}, is_effective=True, note="Works"), 409, "conflict"
    )
    assert "conflicts" not in body
