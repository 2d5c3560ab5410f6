"""What is not its source's own: it is refused when it comes, and nobody lets it in by hand."""

from __future__ import annotations

from typing import Any

import pytest

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.alerts.actions.replaying import replay_delivery
from allclear.intake.hot import fetching
from allclear.intake.hot.app import Intake
from allclear.kernel import clock
from allclear.kernel.errors import Refused
from tests.intake.dialects import test_cloudwatch as sns
from tests.intake.hot.conftest import KEY, Source
from tests.intake.hot.driver import ask


@pytest.mark.parametrize(
    ("headers", "changed", "status", "kept"),
    [
        ({}, {"Signature": "x"}, 401, 1),
        ({}, {"SigningCertURL": []}, 401, 1),
        ({}, {"SignatureVersion": {}}, 401, 1),
        ({}, {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com/none.pem"}, 503, 1),
        ({"content-encoding": "gzip"}, {}, 400, 0),  # it is not packed: refused before anybody looks at the signature
        ({"content-encoding": "br"}, {}, 415, 0),
    ],
)
def test_what_nobody_has_shown_to_have_signed_enters_by_no_replay(
    intake: Intake, source: Source, monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str], changed: dict[str, Any], status: int, kept: int,
) -> None:  # fmt: skip
    def got(url: str) -> bytes:
        raise OSError("There is no such certificate")

    monkeypatch.setattr(fetching, "_got", got)
    fetching._kept.clear()
    row = source("cloudwatch", options={"topics": [sns.TOPIC]})
    body = {**sns.envelope(), "Signature": "eA==", "SigningCertURL": "https://evil.example/x.pem", **changed}
    assert ask(intake, f"/webhooks/{KEY}", body, headers=headers).status == status
    assert row.deliveries.count() == kept
    for delivery in row.deliveries.all():
        with pytest.raises(Refused):
            replay_delivery(SYSTEM_VIEWER, delivery.pk, now=clock.now())
