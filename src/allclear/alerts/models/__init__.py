"""Integrations and what they sent; alerts, their events and decisions; what keeps them quiet."""

from allclear.alerts.models.alerts import ACKNOWLEDGED, FIRING, RESOLVED, Alert, AlertDecision, AlertEvent
from allclear.alerts.models.heartbeats import HeartbeatMonitor, HeartbeatPing
from allclear.alerts.models.integrations import Delivery, Integration, IntegrationKey, PendingDelivery
from allclear.alerts.models.quiet import LIVE, SHADOW, Inhibition, MaintenanceWindow, Silence
from allclear.alerts.models.refusals import KeyUse, Refusal, UnknownKey
from allclear.alerts.models.storms import Storm

__all__ = [
    "ACKNOWLEDGED", "FIRING", "LIVE", "RESOLVED", "SHADOW", "Alert", "AlertDecision", "AlertEvent", "Delivery",
    "HeartbeatMonitor", "HeartbeatPing", "Inhibition", "Integration", "IntegrationKey", "KeyUse", "MaintenanceWindow",
    "PendingDelivery", "Refusal", "Silence", "Storm", "UnknownKey",
]  # fmt: skip
