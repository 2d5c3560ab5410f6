"""What Harbour & Pine runs: services, the things they stand on, and what stands on what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.catalog.actions import add_ci, add_dependency, add_service
from allclear.catalog.models import ConfigurationItem, Service
from allclear.config.demo.people import DOMAIN, REQUESTERS, People, Person

# name, criticality 1..4, owner team, what it is
SERVICES = (
    ("Online shop", 1, "commerce", "shop.harbourpine.example: browse, search, order."),
    ("Checkout and payments", 1, "commerce", "Cards, wallets and gift cards, online."),
    ("Store tills", 1, "stores", "Selling in 38 stores."),
    ("Card payment in stores", 1, "stores", "Terminals and their way to Tallyport."),
    ("Warehouse control", 1, "business", "Picking, packing and gates in Bremen."),
    ("Site network", 1, "network", "Lines, routers, switches of all sites."),
    ("Identity and log-in", 1, "security", "Accounts, single sign-on, second factor."),
    ("Order management", 2, "commerce", "From order to invoice."),
    ("ERP", 2, "business", "Purchasing, stock, finance."),
    ("E-mail and calendar", 2, "workplace", "Mailboxes, rooms, distribution lists."),
    ("WLAN", 2, "network", "Staff and guests, all sites."),
    ("Remote access (VPN)", 2, "network", "Work from elsewhere."),
    ("Telephony", 2, "network", "Desk phones, hunt groups, store lines."),
    ("Data warehouse", 3, "data", "Sales figures, overnight loads."),
    ("Payroll", 2, "business", "Runs on the 25th of each month."),
    ("File shares", 3, "workplace", "Departments and projects."),
    ("Printing", 4, "workplace", "Offices, labels in stores and in Bremen."),
    ("Laptops and phones", 3, "workplace", "From delivery to return."),
    ("Digital signs", 4, "stores", "Screens in shop windows."),
    ("Hotel front desk (Brightwater)", 2, "stores", "Tills and bookings for Brightwater Hotels."),
)

# name, kind, location, owner team, supplier
SERVERS = (
    ("shop-web-01", "application", "Cobalt eu-north", "commerce", "Cobalt Cloud"),
    ("shop-web-02", "application", "Cobalt eu-north", "commerce", "Cobalt Cloud"),
    ("shop-search", "application", "Cobalt eu-north", "commerce", "Cobalt Cloud"),
    ("checkout-api", "application", "Cobalt eu-north", "commerce", "Cobalt Cloud"),
    ("order-hub", "application", "Cobalt eu-north", "commerce", "Cobalt Cloud"),
    ("k8s-prod", "cluster", "Cobalt eu-north", "commerce", "Cobalt Cloud"),
    ("pg-shop-1", "database", "Cobalt eu-north", "data", "Cobalt Cloud"),
    ("pg-shop-2", "database", "Cobalt eu-north", "data", "Cobalt Cloud"),
    ("pg-erp-1", "database", "Hamburg server room", "data", ""),
    ("dwh-1", "database", "Hamburg server room", "data", ""),
    ("etl-runner", "application", "Hamburg server room", "data", ""),
    ("backup-1", "storage", "Bremen", "data", ""),
    ("erp-app-1", "application", "Hamburg server room", "business", ""),
    ("erp-app-2", "application", "Hamburg server room", "business", ""),
    ("payroll-app", "application", "Hamburg server room", "business", ""),
    ("wms-app", "application", "Bremen server room", "business", ""),
    ("wms-gate-ctl", "controller", "Bremen, gate 3", "business", ""),
    ("mail-relay", "application", "Cobalt eu-north", "workplace", "Cobalt Cloud"),
    ("sso-1", "application", "Cobalt eu-north", "security", "Cobalt Cloud"),
    ("dc-hh-1", "server", "Hamburg server room", "security", ""),
    ("files-hh", "storage", "Hamburg server room", "workplace", ""),
    ("print-hh", "server", "Hamburg server room", "workplace", "Papyra Print Services"),
    ("till-server-eu", "application", "Hamburg server room", "stores", ""),
    ("till-server-ca", "application", "Toronto", "stores", ""),
    ("pay-gateway", "application", "Cobalt eu-north", "stores", "Tallyport Payments"),
    ("signage-cms", "application", "Cobalt eu-north", "stores", "Cobalt Cloud"),
    ("pbx-1", "server", "Hamburg server room", "network", ""),
    ("esx-hh-1", "server", "Hamburg server room", "network", ""),
    ("san-hh-1", "storage", "Hamburg server room", "data", ""),
    ("fw-hh-1", "firewall", "Hamburg server room", "network", ""),
    ("fw-hh-2", "firewall", "Hamburg server room", "network", ""),
    ("vpn-gw-1", "network", "Hamburg server room", "network", ""),
    ("vpn-gw-2", "network", "Hamburg server room", "network", ""),
    ("core-sw-hh", "network", "Hamburg server room", "network", ""),
    ("core-sw-hb", "network", "Bremen server room", "network", ""),
    ("wlc-1", "network", "Hamburg server room", "network", ""),
    ("wan-hh", "line", "Hamburg", "westline", "Westline Networks"),
    ("wan-hb", "line", "Bremen", "westline", "Westline Networks"),
    ("wan-porto", "line", "Porto", "westline", "Westline Networks"),
    ("ups-hh", "power", "Hamburg server room", "network", ""),
)
STORES = ("012 Lübeck", "027 Köln", "031 Leipzig", "104 Braga", "107 Faro", "201 Ottawa", "204 Halifax")

# upper | kind | lower; several lowers with commas
EDGES = """
Online shop | depends_on | shop-web-01, shop-web-02, shop-search
Online shop | depends_on | Checkout and payments, Order management
Checkout and payments | depends_on | checkout-api, pay-gateway
Order management | depends_on | order-hub, ERP
Store tills | depends_on | till-server-eu, till-server-ca, Site network
Card payment in stores | depends_on | pay-gateway, Site network
Warehouse control | depends_on | wms-app, wms-gate-ctl, Order management
Site network | depends_on | core-sw-hh, core-sw-hb, fw-hh-1, wan-hh, wan-hb, wan-porto
Identity and log-in | depends_on | sso-1, dc-hh-1
ERP | depends_on | erp-app-1, erp-app-2, pg-erp-1
E-mail and calendar | depends_on | mail-relay, Identity and log-in
WLAN | depends_on | wlc-1, Identity and log-in
Remote access (VPN) | depends_on | vpn-gw-1, vpn-gw-2, Identity and log-in
Telephony | depends_on | pbx-1
Data warehouse | depends_on | dwh-1, etl-runner
Payroll | depends_on | payroll-app, ERP
File shares | depends_on | files-hh
Printing | depends_on | print-hh
Digital signs | depends_on | signage-cms, WLAN
Hotel front desk (Brightwater) | depends_on | till-server-eu, Card payment in stores
shop-web-01 | runs_on | k8s-prod
shop-web-02 | runs_on | k8s-prod
shop-search | runs_on | k8s-prod
checkout-api | runs_on | k8s-prod
order-hub | runs_on | k8s-prod
order-hub | depends_on | pg-shop-1
checkout-api | depends_on | pg-shop-1
shop-web-01 | depends_on | pg-shop-1
shop-web-02 | depends_on | pg-shop-1
pg-shop-1 | depends_on | pg-shop-2
pg-shop-1 | backed_up_by | backup-1
pg-erp-1 | backed_up_by | backup-1
files-hh | backed_up_by | backup-1
erp-app-1 | runs_on | esx-hh-1
erp-app-2 | runs_on | esx-hh-1
payroll-app | runs_on | esx-hh-1
till-server-eu | runs_on | esx-hh-1
dc-hh-1 | runs_on | esx-hh-1
pbx-1 | connects_through | core-sw-hh
esx-hh-1 | depends_on | san-hh-1, ups-hh
esx-hh-1 | connects_through | core-sw-hh
pg-erp-1 | hosted_by | esx-hh-1
dwh-1 | hosted_by | esx-hh-1
etl-runner | runs_on | esx-hh-1
files-hh | connects_through | core-sw-hh
print-hh | runs_on | esx-hh-1
vpn-gw-1 | connects_through | fw-hh-1
vpn-gw-2 | connects_through | fw-hh-2
fw-hh-1 | connects_through | wan-hh
fw-hh-2 | connects_through | wan-hh
wlc-1 | connects_through | core-sw-hh
core-sw-hh | depends_on | ups-hh
wms-app | connects_through | core-sw-hb
wms-gate-ctl | connects_through | core-sw-hb
core-sw-hb | connects_through | wan-hb
"""


def make_services(people: People, now: datetime) -> dict[str, Service]:
    services: dict[str, Service] = {}
    for name, criticality, team, text in SERVICES:
        page = name.lower().replace(" ", "-").replace("(", "").replace(")", "")
        values = {
            "name": name,
            "criticality": criticality,
            "owner_team_id": people.teams[team].pk,
            "description": text,
            "runbook_url": f"https://runbooks.{DOMAIN}/{page}",
            "organisation_id": people.organisations["Brightwater Hotels"].pk if "Brightwater" in name else None,
        }
        services[name] = add_service(SYSTEM_VIEWER, values, now=now)
    return services


def make_items(people: People, now: datetime) -> dict[str, ConfigurationItem]:
    """Servers and lines by name; in each store a router, a till and a card terminal; everybody's laptop."""
    specs = list(SERVERS)
    for store in STORES:
        number = store.split()[0]
        specs += [
            (f"rtr-{number}", "network", f"Store {store}", "network", "Westline Networks"),
            (f"till-{number}-1", "till", f"Store {store}", "stores", ""),
            (f"ped-{number}-1", "card terminal", f"Store {store}", "stores", "Tallyport Payments"),
        ]
    specs += [(f"lt-{who.key}", "laptop", who.location, "workplace", "") for who in REQUESTERS]
    owners = {f"lt-{who.key}": who.organisation for who in REQUESTERS}
    items: dict[str, ConfigurationItem] = {}
    for position, (name, kind, location, team, supplier) in enumerate(specs):
        values = {
            "name": name,
            "kind": kind,
            "location": location,
            "owner_team_id": people.teams[team].pk,
            "supplier_id": people.organisations[supplier].pk if supplier else None,
            "organisation_id": people.organisations[owners.get(name, "Harbour & Pine")].pk,
            "serial_number": f"HP-{1000 + position * 37}",
            "used_by": [people.users[who.key].pk for who in REQUESTERS if _uses(who, name)],
        }
        items[name] = add_ci(SYSTEM_VIEWER, values, now=now)
    return items


def _uses(who: Person, item: str) -> bool:
    """Their laptop; in a store its till and card terminal too."""
    store = who.location.removeprefix("Store ").split()[0]
    return item in (f"lt-{who.key}", f"till-{store}-1", f"ped-{store}-1")


def make_edges(services: dict[str, Service], items: dict[str, ConfigurationItem], now: datetime) -> None:
    def key(name: str) -> tuple[str, int]:
        return ("service", services[name].pk) if name in services else ("ci", items[name].pk)

    for upper, kind, lower in _edges():
        add_dependency(SYSTEM_VIEWER, key(upper), key(lower), kind=kind, now=now)


def _edges() -> Iterator[tuple[str, str, str]]:
    for line in EDGES.strip().splitlines():
        upper, kind, lowers = (part.strip() for part in line.split("|"))
        for lower in lowers.split(","):
            yield upper, kind, lower.strip()
    for store in STORES:
        number = store.split()[0]
        yield f"till-{number}-1", "depends_on", "till-server-ca" if number.startswith("2") else "till-server-eu"
        yield f"ped-{number}-1", "depends_on", "pay-gateway"
        yield f"till-{number}-1", "connects_through", f"rtr-{number}"
        yield f"ped-{number}-1", "connects_through", f"rtr-{number}"
