"""What people said of alerts: checks that cried wolf for weeks, and some that were right."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allclear.alerts.actions.judging import judge_alerts
from allclear.alerts.models import Alert
from allclear.config.demo.stage import Stage
from allclear.config.demo.stories_alerts import MINUTE, PROMETHEUS, arrives, prometheus_body

_JUDGES = ("amara.okafor", "yusuf.demir")


def judged(stage: Stage, at: datetime, who: str, verdict: str, **wanted: Any) -> None:
    """Somebody says of the alerts that fit, and of which nobody has said anything, what they were."""

    def step(now: datetime) -> None:
        keys = list(Alert.objects.filter(verdict="", **wanted).values_list("pk", flat=True))
        judge_alerts(stage.viewers[who], keys, verdict, now=now)

    stage.at(at, step)


def _comes_and_goes(stage: Stage, at: datetime, name: str, host: str, summary: str, minutes: int) -> None:
    for then, is_over in ((at, False), (at + minutes * MINUTE, True)):
        body = prometheus_body(name, host, "info", summary, then, over=is_over)
        arrives(stage, then, PROMETHEUS, body, "api/v2/alerts")


def busy_at_night(stage: Stage) -> None:
    """A load that every backup makes: 16 nights, and nobody ever had anything to do."""
    for night in range(25, 1, -1):
        if night % 3:
            at = stage.days_ago(night, "02:31")
            _comes_and_goes(stage, at, "CpuBusy", "backup-1", "backup-1: CPU at 97 % for 10 min", 34)
            judged(stage, at + timedelta(hours=7), _JUDGES[night % 2], "false_alarm", labels__alertname="CpuBusy")


def twice_the_same(stage: Stage) -> None:
    """Two checks of one line: the second never says anything new, except once."""
    for day in range(22, 2, -2):
        at = stage.days_ago(day, "13:05")
        _comes_and_goes(stage, at, "LineSlow", "wan-gdy", "Gdynia: replies take 180 ms instead of 40 ms", 11)
        verdict = "useful" if day == 8 else "duplicate"
        judged(stage, at + timedelta(hours=2), _JUDGES[day // 2 % 2], verdict, labels__alertname="LineSlow")


def early_words(stage: Stage) -> None:
    """A check that pays: each time, somebody renewed the certificate in time."""
    hosts = ("shop", "pay", "mail", "vpn-gw-1", "wms", "loyalty")
    for number, host in enumerate(hosts):
        at = stage.days_ago(23 - 3 * number, "09:00")
        _comes_and_goes(stage, at, "CertificateEnds", host, f"The certificate of {host} ends in 14 days", 190)
        judged(stage, at + timedelta(hours=4), _JUDGES[0], "useful", labels__alertname="CertificateEnds")


def said_today(stage: Stage) -> None:
    """Of this morning's alerts."""
    at = stage.ago(minutes=3)
    for verdict, name in (("useful", "DiskWillFill"), ("useful", "SwitchDown"), ("duplicate", "TargetDown")):
        judged(stage, at, _JUDGES[1], verdict, labels__alertname=name)


STORIES = (
    busy_at_night,
    twice_the_same,
    early_words,
    said_today,
)
