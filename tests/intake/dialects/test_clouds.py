"""What Azure Monitor and Google Cloud Monitoring send."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from allclear.domain.alerts import Action, Severity
from allclear.intake.dialects import DIALECTS
from tests.intake.dialects.received import one, real, refused, request


@pytest.mark.shared
def test_it_reads_a_real_alert_of_azure(shared_data: Path) -> None:
    body = real(shared_data, "azure_monitor_1")
    event = one("azure", body)
    facts = body["data"]["essentials"]
    assert (event.action, event.key, event.title) == (Action.RESOLVE, facts["alertId"], "WCUS-R2-Gen2")
    assert (event.severity, event.source) == (Severity.INFO, "wcus-r2-gen2")
    assert event.labels["resource_type"] == "microsoft.compute/virtualmachines"
    assert event.labels["resource_group"] == "pipelinealertrg"
    assert event.occurred_at == datetime(2019, 3, 22, 14, 3, 16, 224631, UTC)
    assert event.details["context"]["condition"]["allOf"][0]["metricName"] == "Percentage CPU"
    fired = {**body, "data": {**body["data"], "essentials": {**facts, "monitorCondition": "Fired", "severity": "Sev0"}}}
    assert one("azure", fired).action is Action.TRIGGER
    assert one("azure", fired).severity is Severity.CRITICAL
    assert one("azure", fired).key == event.key


@pytest.mark.shared
def test_it_says_that_a_part_of_a_message_of_azure_is_none(shared_data: Path) -> None:
    assert "common alert schema" in refused("azure", real(shared_data, "azure_monitor_2"))[0]


def azure(**facts: Any) -> dict[str, Any]:
    essentials = {"alertId": "a", "alertRule": "CPU", "monitorCondition": "Fired", "severity": "Sev1", **facts}
    return {"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": essentials}}


def test_it_links_to_azures_resources() -> None:
    target = "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/web1"
    event = one("azure", azure(alertTargetIDs=[target], investigationLink="https://portal.azure.com/#x"))
    assert [link.href for link in event.links] == [
        "https://portal.azure.com/#x",
        f"https://portal.azure.com/#resource{target}",
    ]
    assert event.source == "web1"


def test_it_takes_azures_alerts_of_budgets_which_have_no_condition() -> None:
    nothing = dict.fromkeys(("alertRule", "severity", "signalType", "monitorCondition", "alertTargetIDs"))
    told = {"description": "Your spend is over 80 %.", "configurationItems": ["budgets"]}
    event = one("azure", azure(**nothing, **told, monitoringService="CostAlerts"))
    assert (event.action, event.key, event.title) == (Action.TRIGGER, "a", "Your spend is over 80 %.")
    assert (event.severity, event.source) == (Severity.UNKNOWN, "budgets")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (azure(monitorCondition="Odd"), "monitorCondition"),
        (azure(alertId=None), "alertId"),
        (azure(alertTargetIDs="x"), "data.essentials.alertTargetIDs"),
        ({"schemaId": "azureMonitorCommonAlertSchema", "data": 5}, "data"),
        ({"schemaId": {}}, "schemaId"),
    ],
)
def test_it_names_what_is_wrong_in_azures(body: Any, word: str) -> None:
    assert word in refused("azure", body)[0]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "title", "source", "severity"),
    [
        ("gcp_monitoring_1", "test · GCE VM Instance - CPU usage", "foobar appserver", Severity.UNKNOWN),
        ("gcpmonitoring_1", "High rate of 5XX errors detected in production environment", "Production Web Cluster",
         Severity.CRITICAL),
        ("gcpmonitoring_2", "High memory usage detected", "Production Web Server 1", Severity.WARNING),
    ],
)  # fmt: skip
def test_it_reads_real_incidents_of_google(
    shared_data: Path, name: str, title: str, source: str, severity: Severity
) -> None:
    body = real(shared_data, name)
    event = one("google_cloud", body)
    assert (event.action, event.key) == (Action.TRIGGER, body["incident"]["incident_id"])
    assert (event.title, event.source, event.severity) == (title, source, severity)
    assert event.links[0].href == body["incident"]["url"]
    closed = {**body, "incident": {**body["incident"], "state": "closed"}}
    assert one("google_cloud", closed).action is Action.RESOLVE


@pytest.mark.shared
def test_it_reads_googles_labels_and_times(shared_data: Path) -> None:
    first = one("google_cloud", real(shared_data, "gcp_monitoring_1"))
    assert first.occurred_at == datetime(2020, 2, 5, 16, 42, 37, tzinfo=UTC)
    assert first.labels["zone"] == "us-central1-c"
    second = one("google_cloud", real(shared_data, "gcpmonitoring_1"))
    assert second.occurred_at is None  # its start is 0
    assert second.labels["environment"] == "production"
    assert second.labels["team"] == "platform"


@pytest.mark.shared
def test_it_says_that_googles_status_page_is_no_alert(shared_data: Path) -> None:
    assert "list" in refused("google_cloud", real(shared_data, "google_cloud_status_1"))[0]


@pytest.mark.parametrize(
    ("incident", "word"),
    [({"state": "odd"}, "state"), ({"state": "open"}, "incident_id"), (5, "incident"),
     ({"state": "open", "incident_id": "a", "resource": {"labels": 5}}, "incident.resource.labels")],
)  # fmt: skip
def test_it_names_what_is_wrong_in_googles(incident: Any, word: str) -> None:
    assert word in refused("google_cloud", {"incident": incident})[0]


def test_it_finds_googles_token() -> None:
    assert DIALECTS["google_cloud"].key_of(request(query={"auth_token": ["0123"]})) == "0123"
    assert DIALECTS["google_cloud"].key_of(request()) is None
