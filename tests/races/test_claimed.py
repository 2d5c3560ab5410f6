"""What the engine takes up is still due when it has the lock, even if a look at other tables began before."""

from __future__ import annotations

import time

from django.db import transaction
from django.db.models import Exists, OuterRef

from allclear.incidents import actions
from allclear.incidents.actions.run import claimed
from allclear.incidents.models import Incident, PublicReply
from allclear.testing import in_status, person, request_as
from tests.races.conftest import at_once


def test_it_leaves_what_somebody_finished_with_while_it_looked() -> None:
    ana = person()
    row = in_status("resolved", ana)
    unanswered = Incident.objects.filter(~Exists(PublicReply.objects.filter(incident=OuterRef("pk"))))
    slowly = unanswered.extra(where=["pg_sleep(0.4) IS NOT NULL"])

    def take_up() -> bool:
        with transaction.atomic():
            is_ours = claimed(slowly, row.pk) is not None
            return is_ours and PublicReply.objects.filter(incident=row).exists()

    def reply() -> None:
        time.sleep(0.1)
        actions.reply_publicly(request_as(ana, 30), row.pk, "It is not over")

    took_what_was_answered, replied = at_once(take_up, reply)
    assert replied.is_fine
    assert took_what_was_answered.value is False
