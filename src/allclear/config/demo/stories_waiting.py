"""What waits: for a supplier, a change, a problem, a requester."""

from __future__ import annotations

from allclear.config.demo.stage import Stage
from allclear.incidents import actions
from allclear.incidents.actions import LogForm


def vpn_drops(stage: Stage) -> None:
    """From desk to workplace to network: each hand-over says why."""
    case = stage.log(
        "tom.akeley",
        stage.days_ago(4, "15:05", "America/Toronto"),
        "VPN drops every few minutes at home",
        requester="leo.fontaine",
        channel="chat",
        category="Workplace / Laptop",
        service="Remote access (VPN)",
        impact=3,
        description="Calls break off, files open again and again. Two colleagues have it too.",
        answers=(("Inventory number on the lid", "HP-4417"),),
    )
    case.accept(6, "devon.clarke").note(
        30, "devon.clarke", "New cable, new driver, same. Drops at 12 minutes past with all three."
    )
    case.hand_over(
        36, "devon.clarke", "network", "Three people, same minute: not the laptops. Please look at vpn-gw-2."
    )
    case.do(37, "devon.clarke", actions.categorise_incident, stage.categories["Network / VPN / Drops"].pk)
    case.do(60 * 14 - 3, "amara.okafor", actions.accept_handover).accept(60 * 14, "amara.okafor")
    case.do(
        60 * 14 + 5,
        "amara.okafor",
        actions.prioritise_incident,
        impact=2,
        urgency=2,
        reason="38 people use this gateway in the afternoon.",
    )
    case.do(60 * 14 + 6, "amara.okafor", actions.edit_incident, ci_ids=[stage.items["vpn-gw-2"].pk])
    case.note(
        60 * 15,
        "amara.okafor",
        "vpn-gw-2 renews keys every hour and loses the sessions of old clients. Vendor knows it, firmware 9.4.2 mends it.",
    )
    case.do(
        60 * 15 + 4,
        "amara.okafor",
        actions.find_workaround,
        restores_service=True,
        text="Choose gateway 1 in the client: Settings, Gateway, vpn-gw-1.",
    )
    case.reply(
        60 * 15 + 6,
        "amara.okafor",
        "Please choose gateway 1 in the client's settings. We update the other one on Thursday night.",
    )
    case.hold(60 * 15 + 8, "amara.okafor", "change", "Firmware change CH-2211, Thursday 22:00.", hours=96)


def label_printer(stage: Stage) -> None:
    """Waits for a supplier until tomorrow."""
    case = stage.log(
        "bea.thomsen",
        stage.days_ago(2, "07:15"),
        "Label printer 3 prints stripes",
        category="Workplace / Printer / Does not print",
        service="Printing",
        description="Scanners cannot read every third label.",
        custom={"cost_centre": "7120"},
    )
    case.accept(30, "jonas.petersen").note(55, "jonas.petersen", "Head cleaned, still stripes: the head is worn.")
    case.hold(
        70,
        "jonas.petersen",
        "supplier",
        "Papyra brings a new head.",
        hours=72,
        supplier_id=stage.people.organisations["Papyra Print Services"].pk,
    )
    case.reply(
        72,
        "jonas.petersen",
        "A technician of Papyra brings a new print head. Please use printers 1, 2 and 4 until then.",
    )


def split_report(stage: Stage) -> None:
    """One call, two faults."""
    case = stage.log(
        "anja.weiss",
        stage.days_ago(3, "11:30"),
        "WLAN is slow and the scale shows 20 g too much",
        category="Network / WLAN",
        service="WLAN",
        description="Both since the refit of the shop on the weekend.",
    )
    form = LogForm(
        "Scale at till 2 shows 20 g too much",
        description="Since the refit on the weekend.",
        service_id=stage.services["Store tills"].pk,
        category_id=stage.categories["Store / Scale or scanner"].pk,
    )
    case.do(12, "ines.carvalho", actions.split_incident, form)
    case.do(14, "ines.carvalho", actions.edit_incident, texts={"title": "WLAN in store 031 is slow"})
    case.accept(40, "amara.okafor").note(
        65,
        "amara.okafor",
        "The new shelf of metal stands in front of the access point. Moving it needs an electrician.",
    )
    case.hold(70, "amara.okafor", "change", "Electrician is booked by the store.", hours=120)


def waiting_for_greta(stage: Stage) -> None:
    """The requester's log-in has something to answer and something to confirm."""
    case = stage.log(
        "greta.lund",
        stage.days_ago(1, "09:05"),
        "Till 2 prints the old prices on receipts",
        category="Store / Till / Wrong price or receipt",
        service="Store tills",
        cis=("till-012-1",),
        description="The till shows the right price, the paper does not.",
        answers=(("Can you sell at another till?", "yes"),),
    )
    case.accept(20, "lukasz.wisniewski").reply(
        25, "lukasz.wisniewski", "Hello Greta, could you send me a photo of one such receipt, top to bottom?"
    )
    case.hold(26, "lukasz.wisniewski", "requester", "Photo of a receipt.", hours=48)
    sign = stage.log(
        "greta.lund",
        stage.days_ago(2, "16:20"),
        "The screen in the window stays black",
        category="Store / Digital sign",
        service="Digital signs",
        description="No light at all, cable is in.",
    )
    sign.accept(35, "nils.brandt").resolve(
        60 * 5, "nils.brandt", "restarted", "The player was stuck in an update; restarted from here.", "software_defect"
    )
    sign.reply(60 * 5 + 1, "nils.brandt", "The screen shows pictures again. Please confirm, or tell us if it does not.")
    answered = stage.log(
        "greta.lund",
        stage.days_ago(3, "12:00"),
        "Hand scanner loses its connection",
        category="Store / Scale or scanner",
        service="Store tills",
    )
    answered.accept(30, "lukasz.wisniewski").hold(
        32, "lukasz.wisniewski", "requester", "Serial number of the scanner?", hours=48
    )
    answered.reply(33, "lukasz.wisniewski", "Which number is on the sticker below the scanner?")
    answered.reply(200, "greta.lund", "SC-88 120 4. It beeps twice before it goes.").note(
        260, "lukasz.wisniewski", "Radio module of that series; a spare is in Köln."
    )
    answered.task(262, "lukasz.wisniewski", "Send the spare scanner from Köln to Lübeck", "mehmet.kaya", 72)


def long_words(stage: Stage) -> None:
    """Long names and a long title have to fit everywhere."""
    case = stage.log(
        "tiago.lobo",
        stage.days_ago(5, "18:12", "Europe/Lisbon"),
        "After the summer-time change all bookings that were made between midnight and one o'clock appear on the previous day in the arrivals list of the front desk in Lisbon",
        description="Guests stand before me and are not on today's list.\n\n1. Open arrivals\n2. Choose today\n3. Bookings made after midnight are missing; they are on yesterday's list.",
        category="Applications / Online shop",
        service="Hotel front desk (Brightwater)",
        impact=2,
        urgency=2,
    )
    case.accept(40, "beatriz.castro").note(
        60, "beatriz.castro", "The list groups by UTC day. Known at the vendor, no date for a fix."
    )
    case.hold(75, "beatriz.castro", "problem", "Cause is known at the vendor; we wait for their fix.", hours=24 * 14)
    case.do(76, "beatriz.castro", actions.watch_incident, user_id=stage.user("alice.monk"))


STORIES = (
    vpn_drops,
    label_printer,
    split_report,
    waiting_for_greta,
    long_words,
)
