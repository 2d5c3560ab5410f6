"""The category tree of Harbour & Pine, three levels deep, with its questions, templates, codes and own fields."""

from __future__ import annotations

from allclear.accounts.models import SecurityClass
from allclear.catalog.models import Category, Code, CustomField, IncidentTemplate, Question, Service
from allclear.config.demo.people import DOMAIN
from allclear.kernel.generation import bump

# Indented like the tree. After the name: base class, default impact, default urgency (1 highest), when to choose it.
TREE = """
Workplace | hardware | 3 | 2 | A device on or under a desk.
  Laptop | | | | Company laptops, docking stations.
    Does not start | | | 1 |
    Screen, keyboard, battery
    Slow | performance | | |
  Phone or tablet
  Printer | | | 3 |
    Paper and toner
    Does not print
  Meeting room
Network | hardware | 2 | 2 | Lines, WLAN, VPN, telephony.
  Site line | | 1 | 1 | A whole store, office or warehouse is offline.
    Down
    Slow or lossy | performance | 2 | 2 |
  WLAN | | | 2 |
  VPN | software | 3 | 2 |
    No connection
    Drops
  Telephony
Store | hardware | 2 | 1 | What stands in a store or at a front desk.
  Till | | | |
    Does not start
    Wrong price or receipt | software | | 2 |
  Card terminal
    Declines everything | software | 1 | 1 |
    Broken | | 3 | 2 |
  Scale or scanner | | 3 | 2 |
  Digital sign | | 3 | 3 |
Applications | software | 2 | 2 | Programs that people work with.
  Online shop | | 1 | 1 |
    Error page
    Search
    Slow | performance | | |
    Checkout
  Order flow
  ERP
    Posting
    Interface
    Slow | performance | | |
  Payroll
  Warehouse control | | 1 | 1 |
  Data warehouse | | 3 | 3 |
    Load failed
    Wrong figures
  E-mail and calendar | | 3 | 2 |
Access | software | 3 | 2 | Accounts, passwords, rights.
  Password or second factor
  Account locked
  Right is missing | | | 3 |
Infrastructure | hardware | 1 | 1 | Servers, storage, databases, power.
  Database | software | | |
    Replication
    Full disk
  Storage
  Backup | | 2 | 2 |
  Power and cooling
Security | security | 2 | 1 | Suspicion is enough.
  Phishing
    Clicked or answered | | 1 | |
    Received only | | 3 | 2 |
  Malware | | 1 | |
  Lost or stolen device
  Access abuse
"""

# category | question | kind | required | help | choices
QUESTIONS = """
Network / VPN | Where are you working from? | choice | yes | | at home, in a hotel, at a customer, elsewhere
Network / VPN | Since when, and did it work before? | text | no | For example: since this morning, worked yesterday |
Network / Site line | Which site is offline? | text | yes | The store number is on the router |
Network / Site line | Is the router's power light on? | yes_no | no | |
Store / Card terminal | What does the terminal's screen say? | text | yes | Word for word if you can |
Store / Card terminal | How many terminals are affected? | number | yes | |
Store / Till | Can you sell at another till? | yes_no | yes | |
Workplace / Laptop | Inventory number on the lid | text | no | Begins with HP- |
Security / Phishing | Did you click a link, open a file or answer? | choice | yes | No blame: it decides what we do first | no, clicked, opened a file, answered, entered my password
Applications / Online shop | Does it happen in another browser too? | yes_no | no | |
"""  # noqa: E501

# key, name
RESOLUTIONS = (
    ("fixed", "Fixed"),
    ("workaround", "Workaround given"),
    ("replaced", "Device replaced"),
    ("restarted", "Restarted"),
    ("configured", "Configuration corrected"),
    ("advice", "Advice given"),
    ("restored", "Restored from backup"),
    ("supplier", "Solved by the supplier"),
    ("no_fault", "No fault found"),
    ("duplicate", "Duplicate"),
)
CAUSES = (
    ("hardware_failure", "Hardware failure"),
    ("software_defect", "Software defect"),
    ("change", "A change of ours"),
    ("capacity", "Too little capacity"),
    ("supplier_failure", "Failure at a supplier"),
    ("configuration", "Wrong configuration"),
    ("expired", "Certificate or licence expired"),
    ("attack", "Attack"),
    ("handling", "Handling"),
    ("unknown", "Unknown"),
)

# name | category | service | impact | urgency | title | description | tasks with semicolons
TEMPLATES = """
Store offline | Network / Site line / Down | Site network | 1 | 1 | Store … is offline | Store number:\\nLast heard of:\\nRouter power light: | Call the store; Open a case with Westline; Tell the area manager
New phone | Workplace / Phone or tablet | Laptops and phones | 3 | 3 | New phone for … | Model, number, until when: | Order; Enrol; Hand over
Phishing reported | Security / Phishing / Received only | | 2 | 1 | Phishing reported: … | Sender:\\nSubject:\\nReceived by: | Pull the message from all mailboxes; Block the sender; Check who clicked
Card payment fails | Store / Card terminal / Declines everything | Card payment in stores | 1 | 1 | Card payment fails in store … | Screen says:\\nSince: | Check the gateway's status page; Ask two other stores
"""  # noqa: E501


def make_categories(security: SecurityClass) -> dict[str, Category]:
    """The tree by path, such as "Network / VPN / Drops"; what is about security gets the security class."""
    made: dict[str, Category] = {}
    path: list[str] = []
    for line in TREE.strip("\n").splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name, base, impact, urgency, text = ([part.strip() for part in line.split("|")] + [""] * 4)[:5]
        parent = made.get(" / ".join(path[:depth]))
        path = [*path[:depth], name]
        made[" / ".join(path)] = Category.objects.create(
            name=name,
            parent=parent,
            base_class=base,
            default_impact=int(impact) if impact else None,
            default_urgency=int(urgency) if urgency else None,
            description=text,
            runbook_url=f"https://runbooks.{DOMAIN}/{name.lower().replace(' ', '-')}" if depth == 1 else "",
            security_class=security if name == "Security" else None,
        )
    bump("categories")
    return made


def make_questions(categories: dict[str, Category]) -> None:
    rows = []
    for position, line in enumerate(QUESTIONS.strip().splitlines(), start=1):
        category, text, kind, required, help_, choices = (part.strip() for part in line.split("|"))
        rows.append(
            Question(
                category=categories[category],
                text=text,
                kind=kind,
                is_required=required == "yes",
                help=help_,
                choices=[c.strip() for c in choices.split(",")] if choices else [],
                position=position,
            )
        )
    Question.objects.bulk_create(rows)


def make_codes() -> None:
    """The two closed lists; what a migration has put there already stays."""
    rows = [
        Code(list=list_, key=key, name=name, position=10 * position)
        for list_, codes in (("resolution", RESOLUTIONS), ("cause", CAUSES))
        for position, (key, name) in enumerate(codes, start=1)
    ]
    Code.objects.bulk_create(rows, ignore_conflicts=True)


def make_templates(categories: dict[str, Category], services: dict[str, Service]) -> None:
    for line in TEMPLATES.strip().splitlines():
        name, category, service, impact, urgency, title, text, tasks = (part.strip() for part in line.split("|"))
        IncidentTemplate.objects.create(
            name=name,
            category=categories[category],
            service=services.get(service),
            impact=int(impact),
            urgency=int(urgency),
            title=title,
            description=text.replace("\\n", "\n"),
            tasks=[task.strip() for task in tasks.split(";")],
        )


def make_custom_fields(categories: dict[str, Category]) -> None:
    CustomField.objects.bulk_create(
        [
            CustomField(key="cost_centre", name="Cost centre", kind="text", help="Four digits.", position=10),
            CustomField(
                key="sales_lost",
                name="Lost sales (EUR)",
                kind="number",
                category=categories["Store"],
                help="An estimate of the store manager.",
                position=20,
            ),
            CustomField(
                key="reported_to_authority",
                name="Reported to the authority",
                kind="choice",
                choices=["not needed", "within 72 hours", "pending"],
                category=categories["Security"],
                position=30,
            ),
        ]
    )
