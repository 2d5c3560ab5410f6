"""The category tree of Harbour & Pine, three levels deep, with its questions, templates, codes and own fields."""

from __future__ import annotations

from datetime import datetime

from allclear.accounts.models import SecurityClass
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.catalog.actions import (
    add_category,
    add_code,
    add_field,
    add_question,
    add_template,
    remove_category,
    seed_defaults,
)
from allclear.catalog.models import Category, Service
from allclear.config.demo.people import DOMAIN

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
"""

# list, key, name: what this company has beyond the codes that every installation starts with
CODES = (
    ("resolution", "replaced", "Device replaced"),
    ("resolution", "restarted", "Restarted"),
    ("resolution", "configured", "Configuration corrected"),
    ("cause", "expired", "Certificate or licence expired"),
)

# name | category | service | impact | urgency | title | description | tasks with semicolons
TEMPLATES = """
Store offline | Network / Site line / Down | Site network | 1 | 1 | Store … is offline | Store number:\\nLast heard of:\\nRouter power light: | Call the store; Open a case with Westline; Tell the area manager
New phone | Workplace / Phone or tablet | Laptops and phones | 3 | 3 | New phone for … | Model, number, until when: | Order; Enrol; Hand over
Phishing reported | Security / Phishing / Received only | | 2 | 1 | Phishing reported: … | Sender:\\nSubject:\\nReceived by: | Pull the message from all mailboxes; Block the sender; Check who clicked
Card payment fails | Store / Card terminal / Declines everything | Card payment in stores | 1 | 1 | Card payment fails in store … | Screen says:\\nSince: | Check the gateway's status page; Ask two other stores
"""


def make_categories(security: SecurityClass, now: datetime) -> dict[str, Category]:
    """The tree by path, such as "Network / VPN / Drops"; what is about security gets the security class.

    The categories that an installation starts with make room first: nothing has them yet.
    """
    for row in Category.objects.order_by("-id"):  # branches were made after what they stand below
        remove_category(SYSTEM_VIEWER, row.pk, now=now)
    made: dict[str, Category] = {}
    path: list[str] = []
    for line in TREE.strip("\n").splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name, base, impact, urgency, text = ([part.strip() for part in line.split("|")] + [""] * 4)[:5]
        parent = made.get(" / ".join(path[:depth]))
        path = [*path[:depth], name]
        values = {
            "name": name,
            "parent_id": parent.pk if parent else None,
            "base_class": base,
            "default_impact": int(impact) if impact else None,
            "default_urgency": int(urgency) if urgency else None,
            "description": text,
            "runbook_url": f"https://runbooks.{DOMAIN}/{name.lower().replace(' ', '-')}" if depth == 1 else "",
            "security_class_id": security.pk if name == "Security" else None,
        }
        made[" / ".join(path)] = add_category(SYSTEM_VIEWER, values, now=now)
    return made


def make_questions(categories: dict[str, Category], now: datetime) -> None:
    for position, line in enumerate(QUESTIONS.strip().splitlines(), start=1):
        category, text, kind, required, help_, choices = (part.strip() for part in line.split("|"))
        values = {
            "category_id": categories[category].pk,
            "text": text,
            "kind": kind,
            "is_required": required == "yes",
            "help": help_,
            "choices": [c.strip() for c in choices.split(",")] if choices else [],
            "position": position,
        }
        add_question(SYSTEM_VIEWER, values, now=now)


def make_codes(now: datetime) -> None:
    """The codes that every installation starts with, and the company's own."""
    seed_defaults(now)
    for position, (list_, key, name) in enumerate(CODES, start=200):
        add_code(SYSTEM_VIEWER, {"list": list_, "key": key, "name": name, "position": position}, now=now)


def make_templates(categories: dict[str, Category], services: dict[str, Service], now: datetime) -> None:
    for line in TEMPLATES.strip().splitlines():
        name, category, service, impact, urgency, title, text, tasks = (part.strip() for part in line.split("|"))
        values = {
            "name": name,
            "category_id": categories[category].pk,
            "service_id": services[service].pk if service else None,
            "impact": int(impact),
            "urgency": int(urgency),
            "title": title,
            "description": text.replace("\\n", "\n"),
            "tasks": [task.strip() for task in tasks.split(";")],
        }
        add_template(SYSTEM_VIEWER, values, now=now)


# key, name, help, kind, choices, category
FIELDS: tuple[tuple[str, str, str, str, list[str], str], ...] = (
    ("cost_centre", "Cost centre", "Four digits.", "text", [], ""),
    ("sales_lost", "Lost sales (EUR)", "An estimate of the store manager.", "number", [], "Store"),
    (
        "reported_to_authority",
        "Reported to the authority",
        "",
        "choice",
        ["not needed", "within 72 hours", "pending"],
        "Security",
    ),
)


def make_fields(categories: dict[str, Category], now: datetime) -> None:
    for position, (key, name, help_, kind, choices, category) in enumerate(FIELDS, start=1):
        values = {"key": key, "name": name, "help": help_, "kind": kind, "choices": choices, "position": position}
        values["category_id"] = categories[category].pk if category else None
        add_field(SYSTEM_VIEWER, values, now=now)
