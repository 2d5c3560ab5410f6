"""An attack, a lost laptop, a disk that will be full: handled before anybody noticed."""

from __future__ import annotations

from datetime import timedelta

from allclear.config.demo.stage import Stage
from allclear.incidents import actions


def phishing_clicked(stage: Stage) -> None:
    """A password went to a false page. Only the named group sees it."""
    case = stage.log(
        "rita.moreira",
        stage.days_ago(10, "14:40"),
        "Finance: password entered on a false log-in page",
        description="A mail 'Invoice overdue - Speicher Immobilien' led to a copy of our log-in page. Claus entered his password at 14:25 and called at once.",
        requester="claus.berg",
        channel="phone",
        category="Security / Phishing / Clicked or answered",
        service="Identity and log-in",
        occurred_before=15,
        answers=(("Did you click a link, open a file or answer?", "entered my password"),),
        tasks=(
            "Reset password and sessions",
            "Pull the message from all mailboxes",
            "Look for forwarding rules and sign-ins",
        ),
    )
    case.accept(3, "viktor.hale").finish(7, "viktor.hale", "Reset password")
    case.finish(21, "noor.haddad", "Pull the message").note(
        22, "noor.haddad", "Sent to 31 mailboxes, opened by 6, clicked by Claus alone."
    )
    case.note(
        50, "noor.haddad", "One sign-in from outside at 14:27, refused by the second factor. No rules, no downloads."
    )
    case.finish(55, "noor.haddad", "Look for")
    case.resolve(
        80,
        "viktor.hale",
        "fixed",
        "Password and sessions reset, message removed everywhere, sender and page blocked. Nothing was taken.",
        "security",
        permanent_fix="Finance moves to hardware keys this month.",
        harm="None found.",
    )
    case.verify(200, "noor.haddad", "48 hours of sign-ins checked, clean.").close(60 * 49, "viktor.hale")


def lost_laptop(stage: Stage) -> None:
    """Open and classified: two people work on it, nobody else knows."""
    case = stage.log(
        "ines.carvalho",
        stage.ago(hours=5),
        "Laptop left on the train Toronto - Ottawa",
        requester="leo.fontaine",
        channel="phone",
        description="Dark grey sleeve, seat 12 C. Encrypted. He last used it at about noon.",
        category="Security / Lost or stolen device",
        service="Laptops and phones",
        occurred_before=150,
    )
    case.do(18, "viktor.hale", actions.acknowledge_incident)
    case.do(19, "viktor.hale", actions.edit_incident, fields={"custom": {"reported_to_authority": "pending"}})
    case.task(25, "viktor.hale", "Lock and wipe when it comes online", "noor.haddad", 24)
    case.note(40, "noor.haddad", "Wipe is queued. Last seen 12:04 local, disk encryption confirmed.")
    case.hold(60, "noor.haddad", "evidence", "The railway's lost property office answers within a day.", hours=26)


def filling_disk(stage: Stage) -> None:
    """Impending: nothing is broken yet."""
    case = stage.log(
        "chloe.gagnon",
        stage.ago(hours=20),
        "pg-erp-1: the disk will be full tomorrow evening",
        channel="monitoring",
        description="Growth of 9 GB an hour since the stock count began; 240 GB left.",
        category="Infrastructure / Database / Full disk",
        service="ERP",
        cis=("pg-erp-1", "san-hh-1"),
        impact=1,
        urgency=2,
        predicted_in=timedelta(hours=27),
    )
    case.accept(12, "chloe.gagnon").note(35, "chloe.gagnon", "Archive tables of 2019 to 2022 can move: 310 GB.")
    case.task(40, "chloe.gagnon", "Move the archive tables to the slow volume", "yusuf.demir", 22)
    case.task(41, "chloe.gagnon", "Ask ERP to pause the stock count log", "helga.reimann", 6)
    case.finish(300, "helga.reimann", "Ask ERP")


STORIES = (
    phishing_clicked,
    lost_laptop,
    filling_disk,
)
