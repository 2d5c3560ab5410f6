"""Icinga 2: its notification commands send the fields that Nagios' do."""

from __future__ import annotations

from allclear.domain.alerts.kinds import Step
from allclear.intake.dialects import nagios
from allclear.intake.dialects.base import Dialect
from allclear.intake.dialects.pasted import pasted
from allclear.kernel.words import marked

DIALECT = Dialect(
    kind="icinga",
    name="Icinga",
    read=nagios.read,
    example=nagios.DIALECT.example,
    setup=(
        Step(marked("Save this as /etc/icinga2/conf.d/allclear.conf:"), pasted("icinga.conf"), "allclear.conf"),
        Step(marked("Narrow “assign where” where not everything shall be told.")),
        Step(marked("Check and reload:"), "icinga2 daemon -C && systemctl reload icinga2"),
    ),
)
