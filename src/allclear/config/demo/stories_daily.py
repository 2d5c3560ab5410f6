"""Middling stories: each shows a verb or a state that daily work has, and the big ones do not."""

from __future__ import annotations

from decimal import Decimal

from allclear.config.demo.stage import Stage
from allclear.domain.terms import Kind
from allclear.incidents import actions


def payroll_interface(stage: Stage) -> None:
    """Waits for evidence, then for a change; the requester verifies."""
    case = stage.log(
        "petra.sanders",
        stage.days_ago(9, "10:20"),
        "Overtime hours are missing in the payroll run",
        category="Applications / Payroll",
        service="Payroll",
        description="The trial run of this month has no overtime for Stores Germany. Last month was right.",
    )
    case.accept(25, "helga.reimann").hold(
        40, "helga.reimann", "evidence", "Export of the time clock for one store, from Petra.", hours=24
    )
    case.reply(
        41,
        "helga.reimann",
        "Please send me the time clock's export of one store for this month, so that I can compare.",
    )
    case.do(
        150,
        "petra.sanders",
        actions.attach_file,
        name="timeclock-store-012.csv",
        chunks=[b"person;hours;overtime\n4711;168;6.5\n4712;160;0\n4713;152;2.0\n"],
    )
    case.resume(170, "helga.reimann").note(
        200, "helga.reimann", "The interface reads overtime from column 7; since the clock's update it is column 8."
    )
    case.hold(215, "helga.reimann", "change", "Change to the interface, approved for tomorrow 07:00.", hours=18)
    case.resume(60 * 21, "helga.reimann")
    case.resolve(
        60 * 22,
        "helga.reimann",
        "configured",
        "The interface reads the columns by name now. Trial run repeated: 1,204 overtime hours are there.",
        "change",
        permanent_fix="Columns are matched by their heading; an unknown heading stops the run.",
        cost=Decimal("480"),
        currency="EUR",
    )
    case.verify(60 * 23, "petra.sanders", "Compared five people, all right.").close(60 * 24, "helga.reimann")


def vip_screen(stage: Stage) -> None:
    """A VIP's urgency counts one level more; the trace says so."""
    case = stage.log(
        "ida.hoffmann",
        stage.days_ago(6, "08:41"),
        "My laptop does not find the meeting room's screen",
        category="Workplace / Meeting room",
        service="Laptops and phones",
        description="Board meeting at nine, 5th floor.",
        channel="portal",
    )
    case.accept(2, "katrin.vogel").reply(3, "katrin.vogel", "I am on my way with an adapter.")
    case.resolve(14, "katrin.vogel", "replaced", "Cable of the room replaced.", "hardware_failure").verify(
        16, "ida.hoffmann", "Thanks, in time!"
    )
    case.close(60 * 30, "katrin.vogel")


def new_phone(stage: Stage) -> None:
    """Logged as an incident, is a service request."""
    case = stage.log(
        "marcus.bell",
        stage.days_ago(1, "10:10", "America/Toronto"),
        "I need a phone for my new deputy",
        category="Workplace / Phone or tablet",
        service="Laptops and phones",
        impact=3,
        urgency=3,
    )
    case.do(15, "tom.akeley", actions.convert_incident, kind=Kind.SERVICE_REQUEST).accept(32, "devon.clarke")
    for title in ("Order", "Enrol", "Hand over"):
        case.task(33, "devon.clarke", title)
    case.finish(50, "devon.clarke", "Order")


def failed_verification(stage: Stage) -> None:
    """Resolved, checked, and it still does not work."""
    case = stage.log(
        "emily.roy",
        stage.days_ago(2, "13:40", "America/Toronto"),
        "Guests cannot join the WLAN in Ottawa",
        category="Network / WLAN",
        service="WLAN",
        impact=2,
        description="The page where they accept the terms does not come.",
    )
    case.accept(25, "amara.okafor").resolve(
        60 * 3, "amara.okafor", "configured", "Certificate of the guest page renewed.", "expired"
    )
    case.verify(60 * 4, "emily.roy", "On laptops yes, on phones it is still an empty page.", works=False)
    case.note(
        60 * 17, "amara.okafor", "Phones ask an address that the new certificate does not name. Second name ordered."
    )


def warehouse_load(stage: Stage) -> None:
    """Resolved and waiting for somebody to say so."""
    case = stage.log(
        "yusuf.demir",
        stage.days_ago(1, "05:50"),
        "Sales figures of yesterday are missing",
        channel="monitoring",
        requester="claus.berg",
        category="Applications / Data warehouse / Load failed",
        service="Data warehouse",
        cis=("etl-runner", "dwh-1"),
        occurred_before=100,
    )
    case.accept(5, "yusuf.demir").note(20, "yusuf.demir", "Load stopped at a receipt with a negative quantity of zero.")
    case.resolve(
        95,
        "yusuf.demir",
        "fixed",
        "Receipt set aside, load repeated; figures are complete since 07:20.",
        "software_defect",
        restored=90,
    )


def forgotten_scanner(stage: Stage) -> None:
    """Aged and stalled: nobody touched it for days."""
    case = stage.log(
        "raul.serra",
        stage.days_ago(11, "13:25"),
        "Tracking page shows yesterday's position of lorry 7",
        category="Applications / ERP / Interface",
        service="ERP",
        impact=3,
        urgency=3,
    )
    case.accept(90, "paulo.neves").note(
        60 * 26, "paulo.neves", "The box in the lorry sends; the import skips it. Looking for the reason."
    )


STORIES = (
    payroll_interface,
    vip_screen,
    new_phone,
    failed_verification,
    warehouse_load,
    forgotten_scanner,
)
