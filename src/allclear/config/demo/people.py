"""Who works at Harbour & Pine, for whom, and who supplies them. All made up; `.example` addresses reach nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password

from allclear.accounts.actions import add_organisation, add_security_class, add_skill, add_team, add_user
from allclear.accounts.models import Organisation, SecurityClass, Team, User
from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.domain.terms import Role

DOMAIN = "harbourpine.example"

# name, what it is a part of, is it a supplier
ORGANISATIONS = (
    ("Harbour & Pine", "", False),
    ("Head Office", "Harbour & Pine", False),
    ("Stores Germany", "Harbour & Pine", False),
    ("Stores Portugal", "Harbour & Pine", False),
    ("Stores Canada", "Harbour & Pine", False),
    ("Online Shop", "Harbour & Pine", False),
    ("Logistics", "Harbour & Pine", False),
    ("Warehouse Bremen", "Logistics", False),
    ("Brightwater Hotels", "", False),
    ("Brightwater Lisbon", "Brightwater Hotels", False),
    ("Westline Networks", "", True),
    ("Papyra Print Services", "", True),
    ("Cobalt Cloud", "", True),
    ("Tallyport Payments", "", True),
)

# key, name, tier, the supplier whose team it is, what it does
TEAMS = (
    ("desk", "Service Desk", 1, "", "First contact, Porto and Toronto, 06:00 to 24:00 in Hamburg."),
    ("workplace", "Workplace", 2, "", "Laptops, phones, printers, meeting rooms."),
    ("network", "Network", 2, "", "Sites, WLAN, VPN and firewalls."),
    ("stores", "Store Systems", 2, "", "Tills, card terminals, scales, digital signs."),
    ("business", "Business Applications", 2, "", "ERP, payroll, document archive."),
    ("commerce", "Commerce Platform", 3, "", "Shop, search, checkout, order flow. Builds what it runs."),
    ("data", "Data & Databases", 3, "", "PostgreSQL, data warehouse, backups."),
    ("security", "Security Response", 3, "", "Phishing, malware, lost devices, access abuse."),
    ("westline", "Westline Operations", 3, "Westline Networks", "The carrier's own desk, for lines and routers."),
)

SKILLS = (
    "macOS",
    "Windows",
    "printers",
    "WLAN",
    "firewalls",
    "card terminals",
    "tills",
    "ERP",
    "Kubernetes",
    "PostgreSQL",
    "payments",
    "forensics",
    "identity",
    "Portuguese",
    "German",
    "French",
)

BERLIN, LISBON, TORONTO, SINGAPORE = "Europe/Berlin", "Europe/Lisbon", "America/Toronto", "Asia/Singapore"


@dataclass(frozen=True, slots=True)
class Person:
    """`key` is what stories call them and the first part of the address; `leads` is the team they lead."""

    key: str
    name: str
    organisation: str
    location: str
    time_zone: str
    roles: tuple[Role, ...] = (Role.REQUESTER,)
    teams: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    leads: str = ""
    is_vip: bool = False
    sees_organisation: bool = False


A, L, M, R = Role.AGENT, Role.TEAM_LEAD, Role.INCIDENT_MANAGER, Role.REQUESTER
HH, PORTO, TOR, SG = "Hamburg, Speicherstrasse 4", "Porto, Rua do Ouro 210", "Toronto, 88 Queen St W", "Singapore hub"
HO = "Head Office"

STAFF = (
    Person("ines.carvalho", "Inês Carvalho", HO, PORTO, LISBON, (A,), ("desk",), ("Windows", "Portuguese", "French")),
    Person("tom.akeley", "Tom Akeley", HO, TOR, TORONTO, (A,), ("desk",), ("macOS", "Windows", "French")),
    Person(
        "jonas.petersen",
        "Jonas Petersen",
        HO,
        HH,
        BERLIN,
        (A,),
        ("desk", "workplace"),
        ("Windows", "printers", "German"),
    ),
    Person("rita.moreira", "Rita Moreira", HO, PORTO, LISBON, (L,), ("desk",), ("Portuguese", "identity"), "desk"),
    Person("katrin.vogel", "Katrin Vogel", HO, HH, BERLIN, (A,), ("workplace",), ("macOS", "identity", "German")),
    Person("devon.clarke", "Devon Clarke", HO, TOR, TORONTO, (A,), ("workplace",), ("Windows", "printers")),
    Person(
        "soren.agard", "Søren Ågård", HO, HH, BERLIN, (L,), ("network",), ("firewalls", "WLAN", "German"), "network"
    ),
    Person("amara.okafor", "Amara Okafor", HO, PORTO, LISBON, (A,), ("network",), ("WLAN", "firewalls")),
    Person(
        "lukasz.wisniewski",
        "Łukasz Wiśniewski",
        HO,
        HH,
        BERLIN,
        (A,),
        ("stores",),
        ("tills", "card terminals", "German"),
    ),
    Person(
        "beatriz.castro",
        "Maria Beatriz de Albuquerque e Castro",
        HO,
        PORTO,
        LISBON,
        (A,),
        ("stores",),
        ("card terminals", "Portuguese"),
    ),
    Person("nils.brandt", "Nils Brandt", HO, HH, BERLIN, (L, A), ("stores", "workplace"), ("tills",), "stores"),
    Person("helga.reimann", "Helga Reimann", HO, HH, BERLIN, (A,), ("business",), ("ERP", "German")),
    Person("paulo.neves", "Paulo Neves", HO, PORTO, LISBON, (A,), ("business",), ("ERP", "Portuguese")),
    Person("mei.tan", "Tan Mei Ling", HO, SG, SINGAPORE, (A,), ("commerce",), ("Kubernetes", "payments")),
    Person("adrian.stoica", "Adrian Stoica", HO, HH, BERLIN, (A,), ("commerce", "data"), ("Kubernetes", "PostgreSQL")),
    Person(
        "freya.lindqvist",
        "Freya Lindqvist",
        HO,
        HH,
        BERLIN,
        (L,),
        ("commerce",),
        ("payments", "Kubernetes"),
        "commerce",
    ),
    Person("yusuf.demir", "Yusuf Demir", HO, HH, BERLIN, (A,), ("data",), ("PostgreSQL",)),
    Person("chloe.gagnon", "Chloé Gagnon", HO, TOR, TORONTO, (A,), ("data",), ("PostgreSQL", "French")),
    Person("viktor.hale", "Viktor Hale", HO, HH, BERLIN, (L,), ("security",), ("forensics", "identity"), "security"),
    Person("noor.haddad", "Noor Haddad", HO, PORTO, LISBON, (A,), ("security",), ("forensics",)),
    Person("westline.noc", "Westline duty engineer", "Westline Networks", "Frankfurt", BERLIN, (A,), ("westline",)),
    Person("elena.marchetti", "Elena Marchetti", HO, HH, BERLIN, (M,), (), ("German",)),
    Person("admin", "Anton Krüger", HO, HH, BERLIN, (Role.ADMIN,), (), ()),
    Person("auditor", "Judith Sommer", HO, HH, BERLIN, (Role.AUDITOR,), (), ()),
)

REQUESTERS = (
    Person("greta.lund", "Greta Lund", "Stores Germany", "Store 012 Lübeck", BERLIN, sees_organisation=True),
    Person("mehmet.kaya", "Mehmet Kaya", "Stores Germany", "Store 027 Köln", BERLIN),
    Person("anja.weiss", "Anja Weiß", "Stores Germany", "Store 031 Leipzig", BERLIN),
    Person("joao.pinto", "João Pinto", "Stores Portugal", "Store 104 Braga", LISBON),
    Person("sofia.reis", "Sofia Reis", "Stores Portugal", "Store 107 Faro", LISBON),
    Person("emily.roy", "Emily Roy", "Stores Canada", "Store 201 Ottawa", TORONTO),
    Person("marcus.bell", "Marcus Bell", "Stores Canada", "Store 204 Halifax", TORONTO),
    Person("ida.hoffmann", "Ida Hoffmann", HO, f"{HH}, 5th floor", BERLIN, is_vip=True),
    Person("claus.berg", "Claus Berg", HO, f"{HH}, Finance", BERLIN),
    Person("petra.sanders", "Petra Sanders", HO, f"{HH}, Payroll", BERLIN),
    Person("leo.fontaine", "Léo Fontaine", HO, f"{TOR}, Marketing", TORONTO),
    Person("wei.chen", "Chen Wei", HO, f"{SG}, Sourcing", SINGAPORE),
    Person("dana.novak", "Dana Nováková", "Online Shop", f"{HH}, Shop team", BERLIN),
    Person("oskar.friis", "Oskar Friis", "Warehouse Bremen", "Bremen, gate 3", BERLIN),
    Person("bea.thomsen", "Bea Thomsen", "Warehouse Bremen", "Bremen, packing line", BERLIN),
    Person("raul.serra", "Raúl Serra", "Logistics", "Bremen, transport office", BERLIN),
    Person(
        "alice.monk",
        "Alice Monk",
        "Brightwater Hotels",
        "Brightwater head office, Bristol",
        "Europe/London",
        sees_organisation=True,
    ),
    Person("tiago.lobo", "Tiago Lobo", "Brightwater Lisbon", "Brightwater Lisbon, reception", LISBON),
)

# what the first start prints: the role as a heading, and whose log-in shows it
LOGINS = (
    ("Requester", "greta.lund"),
    ("Requester (VIP)", "ida.hoffmann"),
    ("Agent (tier 1)", "ines.carvalho"),
    ("Agent (tier 2)", "lukasz.wisniewski"),
    ("Team lead", "soren.agard"),
    ("Incident manager", "elena.marchetti"),
    ("Admin", "admin"),
    ("Auditor", "auditor"),
)


@dataclass(frozen=True, slots=True)
class People:
    """The rows by the words that stories use."""

    organisations: dict[str, Organisation]
    teams: dict[str, Team]
    users: dict[str, User]
    security: SecurityClass


def email_of(key: str) -> str:
    return f"{key}@{DOMAIN}"


def make_people(password: str, now: datetime) -> People:
    """Add organisations, skills, users, teams and the security class, as the administrator would."""
    organisations: dict[str, Organisation] = {}
    for name, parent, is_supplier in ORGANISATIONS:
        above = organisations[parent].pk if parent else None
        values = {"name": name, "parent_id": above, "is_supplier": is_supplier}
        organisations[name] = add_organisation(SYSTEM_VIEWER, values, now=now)
    skills = {name: add_skill(SYSTEM_VIEWER, {"name": name}, now=now).pk for name in SKILLS}
    users = _users(password, organisations, skills, now)
    teams: dict[str, Team] = {}
    for key, name, tier, supplier, note in TEAMS:
        values = {"name": name, "tier": tier, "note": note, "email": email_of(f"{key}.team")}
        values["organisation_id"] = organisations[supplier].pk if supplier else None
        members = {users[p.key].pk: p.leads == key for p in STAFF if key in p.teams}
        teams[key] = add_team(SYSTEM_VIEWER, values, now=now, members=members)
    security = add_security_class(
        SYSTEM_VIEWER,
        {
            "name": "Security",
            "note": "Seen by Security Response and the incident manager only.",
            "members": [users[key].pk for key in ("viktor.hale", "noor.haddad", "elena.marchetti")],
        },
        now=now,
    )
    return People(organisations, teams, users, security)


def _users(
    password: str, organisations: dict[str, Organisation], skills: dict[str, int], now: datetime
) -> dict[str, User]:
    """Everybody has the same demo password, so it is hashed once: 42 times Argon2 would take seconds."""
    users: dict[str, User] = {}
    for number, p in enumerate((*STAFF, *REQUESTERS), start=110):
        values = {
            "email": email_of(p.key),
            "name": p.name,
            "location": p.location,
            "time_zone": p.time_zone,
            "organisation_id": organisations[p.organisation].pk,
            "roles": [str(role) for role in p.roles],
            "is_vip": p.is_vip,
            "sees_organisation": p.sees_organisation,
            "phone": f"+49 40 555 {number:04d}",
            "skills": [skills[name] for name in p.skills],
            "serves": [organisations["Harbour & Pine"].pk] if p.teams == ("westline",) else [],
        }
        users[p.key] = add_user(SYSTEM_VIEWER, values, now=now)
    User.objects.update(password=make_password(password))
    return users
