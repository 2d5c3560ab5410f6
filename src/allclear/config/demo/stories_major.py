"""The stories that people at Harbour & Pine still talk about: outages, an attack, a disk that fills."""

from __future__ import annotations

from decimal import Decimal

from allclear.config.demo.stage import Case, Stage
from allclear.incidents import actions


def bremen_line_cut(stage: Stage) -> None:
    """A digger cuts the line of the warehouse: a parent, three children, one of which opts out of the cascade."""
    parent = stage.log(
        "ines.carvalho",
        stage.days_ago(13, "09:12"),
        "Warehouse Bremen is offline",
        description="Nothing in Bremen reaches Hamburg since ten past nine: no picking lists, no labels, no telephones. "
        "Roadworks in front of gate 1 this morning.",
        requester="oskar.friis",
        channel="phone",
        category="Network / Site line / Down",
        service="Site network",
        cis=("wan-hb", "core-sw-hb"),
        occurred_before=7,
        answers=(("Which site is offline?", "Warehouse Bremen"), ("Is the router's power light on?", "yes")),
        tasks=("Open a case with Westline", "Bring the LTE router to gate 3"),
        watchers=("raul.serra", "elena.marchetti"),
    )
    gates = stage.log(
        "oskar.friis",
        stage.days_ago(13, "09:19"),
        "Gate 3 does not open for lorries",
        category="Applications / Warehouse control",
        service="Warehouse control",
        cis=("wms-gate-ctl",),
        description="Two lorries are waiting in the street.",
    )
    labels = stage.log(
        "bea.thomsen",
        stage.days_ago(13, "09:26"),
        "No shipping labels on the packing line",
        category="Workplace / Printer / Does not print",
        service="Printing",
        description="All four label printers say: host not found.",
    )
    phones = stage.log(
        "jonas.petersen",
        stage.days_ago(13, "09:31"),
        "Telephones in Bremen are dead",
        requester="raul.serra",
        channel="chat",
        category="Network / Telephony",
        service="Telephony",
        urgency=2,
    )
    for case, minutes in ((gates, 9), (labels, 6), (phones, 4)):
        case.do(minutes, "ines.carvalho", actions.link_parent, parent, is_cascade_opted_out=case is phones)
    _bremen_over_radio(stage, parent)
    _bremen_is_back(parent, phones)
    for case in (gates, labels):
        case.close(60 * 24 * 5 + 200)
    parent.verify(240, "oskar.friis", "Gates, labels and scanners work.").close(60 * 26, "elena.marchetti")


def _bremen_over_radio(stage: Stage, parent: Case) -> None:
    """The supplier is called, and the site works over mobile radio meanwhile."""
    parent.accept(3, "soren.agard").note(
        6, "soren.agard", "wan-hb has no carrier since 09:05; the router answers on LTE."
    )
    parent.finish(8, "soren.agard", "Open a case")
    parent.hold(
        12,
        "soren.agard",
        "supplier",
        "Westline case 48213: fibre cut at the roadworks, splicing team on its way.",
        supplier_id=stage.people.organisations["Westline Networks"].pk,
        hours=4,
    )
    parent.reply(
        15,
        "ines.carvalho",
        "A digger cut our line. Westline is on its way. We bring you back over mobile radio first; next word at 10:15.",
    )
    parent.do(20, "elena.marchetti", actions.add_responder, stage.user("amara.okafor"))
    parent.resume(40, "amara.okafor").finish(58, "amara.okafor", "Bring the LTE")
    parent.do(
        61,
        "amara.okafor",
        actions.find_workaround,
        restores_service=True,
        text="LTE router at gate 3 carries warehouse control and labels (20 Mbit/s). Telephones stay off: the carrier blocks voice on this contract.",
    )
    parent.reply(
        63,
        "ines.carvalho",
        "Gates and labels work again over mobile radio. Please keep large file copies for tomorrow.",
    )


def _bremen_is_back(parent: Case, phones: Case) -> None:
    """The fibre is spliced; the telephones follow by themselves."""
    parent.note(180, "westline.noc", "Fibre spliced, light is back at -14 dBm. Please confirm from your side.")
    parent.resolve(
        196,
        "soren.agard",
        "restored_by_supplier",
        "Westline spliced the fibre; traffic is back on wan-hb and the LTE router stands by.",
        "third_party",
        permanent_fix="Second line over another street is ordered (Westline, six weeks). LTE fail-over is automatic since today.",
        harm="Two lorries left half empty; 412 parcels went out a day later.",
        cost=Decimal("8600"),
        currency="EUR",
        downtime_minutes=68,
    )
    phones.accept(20, "amara.okafor").note(
        60,
        "amara.okafor",
        "Left out of the cascade: voice comes back only with the fibre and a restart of pbx-1's trunk.",
    )
    phones.resolve(
        215,
        "amara.okafor",
        "restarted",
        "Trunk restarted after the line was back; calls in and out tested.",
        "third_party",
    )
    phones.close(300, "rita.moreira")


def expired_certificate(stage: Stage) -> None:
    """Card terminals decline everything; the first fix forgets Canada, so it is reopened."""
    case = stage.log(
        "beatriz.castro",
        stage.days_ago(11, "08:02"),
        "Card terminals decline every card in Portugal and Germany",
        description="Store 104 and 107 called within five minutes, then Köln. The terminal shows the amount, then declines at once.",
        requester="joao.pinto",
        channel="phone",
        category="Store / Card terminal / Declines everything",
        service="Card payment in stores",
        cis=("pay-gateway", "ped-104-1", "ped-107-1", "ped-027-1"),
        occurred_before=12,
        answers=(
            ("What does the terminal's screen say?", "DECLINED 91 ISSUER UNAVAILABLE"),
            ("How many terminals are affected?", "60"),
        ),
        custom={"sales_lost": 14500, "cost_centre": "4410"},
        watchers=("greta.lund", "elena.marchetti"),
    )
    twin = stage.log(
        "mehmet.kaya",
        stage.days_ago(11, "08:09"),
        "Cards do not work since we opened",
        category="Store / Card terminal / Declines everything",
        service="Card payment in stores",
        cis=("ped-027-1",),
        description="Customers leave their baskets here. Please hurry.",
    )
    case.accept(2, "beatriz.castro").do(4, "beatriz.castro", actions.add_responder, stage.user("freya.lindqvist"))
    twin.do(5, "ines.carvalho", actions.merge_incident, case)
    case.note(
        9,
        "freya.lindqvist",
        "pay-gateway log: TLS handshake to Tallyport fails, 'certificate has expired' since 07:50 UTC+1.",
    )
    case.do(11, "beatriz.castro", actions.attach_file, name="pay-gateway-tls.log", chunks=[_TLS_LOG])
    case.do(
        16,
        "lukasz.wisniewski",
        actions.find_workaround,
        restores_service=False,
        text="Terminals can be put in offline mode (menu 7, code of the store manager): cards up to 50 EUR work.",
    )
    case.reply(
        17,
        "beatriz.castro",
        "We found the cause and renew a certificate now. Until then: menu 7, offline mode, up to 50 EUR a card.",
    )
    _certificate_renewed(case)


def _certificate_renewed(case: Case) -> None:
    """Renewed, found wanting in Canada, and put right."""
    case.task(20, "freya.lindqvist", "Renew the client certificate at Tallyport", "freya.lindqvist", 1)
    case.finish(49, "freya.lindqvist", "Renew")
    case.resolve(
        55,
        "beatriz.castro",
        "configured",
        "Client certificate of pay-gateway renewed and loaded; test sale in Braga went through.",
        "expired",
        restored=52,
    )
    case.verify(
        58, "beatriz.castro", "Ottawa still declines: its terminals use the second gateway process.", works=False
    )
    case.note(66, "freya.lindqvist", "The Canadian process kept the old file open. Restarted.")
    case.resolve(
        74,
        "freya.lindqvist",
        "configured",
        "Certificate renewed and both gateway processes restarted; Ottawa, Braga and Köln tested.",
        "expired",
        permanent_fix="Expiry of all gateway certificates is watched 30 days ahead; renewal is in the runbook.",
        harm="About 70 minutes without cards in 38 stores.",
        cost=Decimal("14500"),
        currency="EUR",
        downtime_minutes=86,
        restored=70,
    )
    case.verify(90, "joao.pinto", "All good, thank you.").close(60 * 25, "nils.brandt")


_TLS_LOG = b"""07:50:03 INFO  pay-gateway session renewed
07:50:04 ERROR tls handshake with acquirer failed: certificate has expired (CN=pay-gateway.harbourpine.example)
07:50:04 WARN  answering 91 to ped-104-1
07:50:09 ERROR tls handshake with acquirer failed: certificate has expired (CN=pay-gateway.harbourpine.example)
07:50:09 WARN  answering 91 to ped-027-1
"""


def checkout_now(stage: Stage) -> None:
    """Right now: the incident that everybody looks at."""
    case = stage.log(
        "mei.tan",
        stage.ago(minutes=95),
        "Checkout: one payment in five fails with 'try again later'",
        description="checkout-api times out on pg-shop-1 since the price update. Carts stay, orders do not.",
        channel="monitoring",
        category="Applications / Online shop / Checkout",
        service="Checkout and payments",
        cis=("checkout-api", "pg-shop-1"),
        occurred_before=11,
        watchers=("dana.novak", "ida.hoffmann", "elena.marchetti"),
    )
    call = stage.log(
        "dana.novak",
        stage.ago(minutes=88),
        "Customers write that they cannot pay",
        category="Applications / Online shop / Checkout",
        service="Online shop",
        description="14 mails in ten minutes, all with cards. Wallets seem to work.",
    )
    till = stage.log(
        "sofia.reis",
        stage.ago(minutes=71),
        "Click-and-collect orders do not arrive in store 107",
        category="Applications / Order flow",
        service="Order management",
        description="Last one came half an hour ago, normally one every few minutes.",
    )
    case.accept(4, "adrian.stoica").do(8, "adrian.stoica", actions.add_responder, stage.user("yusuf.demir"))
    case.do(9, "elena.marchetti", actions.add_responder, stage.user("freya.lindqvist"))
    call.do(6, "rita.moreira", actions.link_parent, case)
    till.do(5, "rita.moreira", actions.link_parent, case)
    case.note(
        14,
        "yusuf.demir",
        "200 sessions idle in transaction, all from checkout-api 4.18. The lock queue on cart grows by ten a minute.",
    )
    case.reply(
        18,
        "elena.marchetti",
        "We see failed payments since about 90 minutes and work on the database behind it. Carts are safe. Next word within the hour.",
    )
    case.task(22, "freya.lindqvist", "Roll checkout-api back to 4.17", "adrian.stoica", 1)
    case.task(23, "freya.lindqvist", "Tell Tallyport that retries may come twice", "mei.tan", 2)
    case.do(
        31,
        "yusuf.demir",
        actions.find_workaround,
        text="Ending idle sessions every minute keeps the failures near 5 %: scripts/pg-reap on pg-shop-1.",
    )
    case.finish(52, "mei.tan", "Tell Tallyport")
    case.note(
        66, "adrian.stoica", "4.17 is built again with the new price table; rollout to one of four pods, watching."
    )


STORIES = (
    bremen_line_cut,
    expired_certificate,
    checkout_now,
)
