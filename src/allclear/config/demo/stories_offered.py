"""Work that goes from team to team: offers that wait, that are refused, and one that went round three times."""

from __future__ import annotations

from collections.abc import Callable

from allclear.config.demo.stage import SYSTEM, Case, Stage
from allclear.incidents import actions


def _ago(stage: Stage, title: str, hours: float, by: str, team: str, **told: str) -> Case:
    return stage.log(by, stage.ago(hours=hours), title, team=team, **told)  # type: ignore[arg-type]  # texts only


def canteen_wlan(stage: Stage) -> None:
    """The desk has offered it to the network team a few minutes ago."""
    case = _ago(
        stage,
        "No WLAN in the canteen since the new tables came",
        0.9,
        "ines.carvalho",
        "desk",
        requester="claus.berg",
        channel="phone",
        category="Network / WLAN",
        service="WLAN",
        description="Since Monday no device connects near the windows. Phones show one bar.",
    )
    case.accept(4, "ines.carvalho").note(20, "ines.carvalho", "Same with three phones; two metres away all is well.")
    case.hand_over(
        42, "ines.carvalho", "network", "Not the devices: access point 3b looks to be behind the new metal cupboard."
    )


def slow_reports(stage: Stage) -> None:
    """Nobody has answered for longer than the policy allows: the lead of the receiving team is next."""
    case = _ago(
        stage,
        "Stock report of the warehouse takes eleven minutes",
        7.2,
        "helga.reimann",
        "business",
        requester="raul.serra",
        channel="email",
        category="Applications / ERP / Slow",
        service="ERP",
    )
    case.accept(12, "helga.reimann")
    case.hand_over(95, "helga.reimann", "data", "The statement waits for the database: a plan that changed overnight.")
    case.do(95 + 240, SYSTEM, actions.tell_unanswered)


def scans_to_folder(stage: Stage) -> None:
    """Refused once, with the right address: it was solved there."""
    case = stage.log(
        "jonas.petersen",
        stage.days_ago(3, "09:20"),
        "Scans to the folder of accounting are lost",
        requester="claus.berg",
        channel="phone",
        category="Workplace / Printer / Does not print",
        service="Printing",
        team="workplace",
        description="The device says sent, nothing arrives. Mail works.",
    )
    case.accept(10, "katrin.vogel")
    case.hand_over(40, "katrin.vogel", "network", "Port 445 seems to be closed from the printer's segment.")
    case.do(
        75,
        "soren.agard",
        actions.refuse_handover,
        reason="The port is open, I see the connection. The share answers with 'disk quota': try Data & Databases.",
    )
    case.hand_over(90, "katrin.vogel", "data", "Network sees the connection; the share says 'disk quota exceeded'.")
    case.do(130, "yusuf.demir", actions.accept_handover).accept(132, "yusuf.demir")
    case.resolve(
        165,
        "yusuf.demir",
        "configured",
        "The share had reached its limit. It has more room now; scans arrive again.",
        "capacity",
    )


def totals_at_night(stage: Stage) -> None:
    """Three teams refused: the coordinator is called and sees the path."""
    case = stage.log(
        "lukasz.wisniewski",
        stage.ago(hours=27),
        "Night totals of store 031 are missing in the warehouse figures",
        requester="anja.weiss",
        channel="phone",
        category="Store / Till / Wrong price or receipt",
        service="Store tills",
        team="stores",
        impact=3,
        urgency=2,
        description="The till closed properly. The figures of the evening before are not in the morning's report.",
    )
    case.accept(9, "lukasz.wisniewski")
    rounds: tuple[tuple[float, str, str, str, str], ...] = (
        (35, "business", "The till has sent the file at 22:04; the ERP has not booked it.", "paulo.neves",
         "No file came in at our side. The order flow in between belongs to Commerce."),
        (180, "commerce", "ERP says that no file came. Please look into the order flow at 22:04.", "mei.tan",
         "It passed us at 22:05 with state 'delivered'. It must be the load into the warehouse."),
        (60 * 22, "data", "Commerce delivered at 22:05. Please look at the load of 22:15.", "chloe.gagnon",
         "The load ran and found nothing to do. The file has the date of the day before: that is the till."),
    )  # fmt: skip
    for minutes, team, why, who, refusal in rounds:
        case.hand_over(minutes, "lukasz.wisniewski", team, why)
        case.do(minutes + 48, who, actions.refuse_handover, reason=refusal)


STORIES: tuple[Callable[[Stage], None], ...] = (canteen_wlan, slow_reports, scans_to_folder, totals_at_night)
