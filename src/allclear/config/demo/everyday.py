"""The many small ones: a line each, told by one of a few endings."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from allclear.config.demo.stage import Case, Opening, Stage
from allclear.incidents import actions

# days ago | clock | requester | channel | category | service | title | who works on it | ending | what was done
LINES = """
13 | 11:05 | claus.berg | phone | Access / Account locked | Identity and log-in | Locked out after the holiday | ines.carvalho | quick | Unlocked, password set with him on the phone.
13 | 14:50 | emily.roy | email | Workplace / Printer / Paper and toner | Printing | Toner is empty in Ottawa | devon.clarke | slow | Toner sent, arrived and put in.
12 | 08:30 | wei.chen | portal | Access / Right is missing | File shares | No access to the sourcing folder | ines.carvalho | quick | Added to the group, approved by Claus Berg.
12 | 10:44 | mehmet.kaya | phone | Store / Till / Does not start | Store tills | Till 1 stays black | lukasz.wisniewski | quick | Power supply replaced by the store from the spare box.
12 | 16:10 | dana.novak | chat | Applications / Online shop / Search | Online shop | Search for "Kerze" finds nothing | mei.tan | slow | Index rebuilt with the German stemmer.
11 | 07:58 | bea.thomsen | phone | Applications / Warehouse control | Warehouse control | Picking list is empty for zone C | helga.reimann | quick | Zone C was locked after the stock count; unlocked.
11 | 15:20 | joao.pinto | portal | Store / Digital sign | Digital signs | Window screen shows last week's offer | beatriz.castro | slow | Playlist assigned to the right store.
10 | 09:15 | petra.sanders | email | Applications / E-mail and calendar | E-mail and calendar | Room 4.2 accepts two meetings at once | katrin.vogel | slow | Double booking switched off for all rooms.
10 | 11:40 | alice.monk | portal | Applications / ERP / Posting | ERP | Invoice 20118 was posted twice | paulo.neves | slow | One posting reversed; the button reacts once now.
9 | 08:05 | anja.weiss | phone | Store / Card terminal / Broken | Card payment in stores | Terminal 2 does not take chip cards | lukasz.wisniewski | slow | Terminal replaced.
9 | 13:30 | leo.fontaine | chat | Workplace / Laptop / Screen, keyboard, battery | Laptops and phones | Battery lasts twenty minutes | devon.clarke | auto | Battery replaced.
8 | 09:50 | sofia.reis | portal | Store / Scale or scanner | Store tills | Scanner beeps and reads nothing | beatriz.castro | auto | Window of the scanner cleaned.
8 | 10:20 | oskar.friis | phone | Network / WLAN | WLAN | Forklift terminals lose the WLAN in aisle 14 | amara.okafor | auto | Access point 14b had lost power; plug secured.
8 | 17:25 | ida.hoffmann | email | Workplace / Phone or tablet | Laptops and phones | Phone does not show the calendar | katrin.vogel | quick | Account signed in again.
7 | 08:45 | claus.berg | portal | Applications / Data warehouse / Wrong figures | Data warehouse | Returns are counted as sales in the weekly report | chloe.gagnon | auto | Sign of returns corrected from week 44 on.
7 | 12:10 | raul.serra | phone | Network / Telephony | Telephony | Nobody hears me on the phone | amara.okafor | quick | Headset was set as speaker only.
7 | 14:00 | marcus.bell | portal | Workplace / Laptop / Slow | Laptops and phones | Laptop needs ten minutes to start | devon.clarke | auto | Disk was full of old updates; cleared.
6 | 09:30 | greta.lund | portal | Workplace / Printer / Does not print | Printing | Price tags come out half | jonas.petersen | auto | Paper format set to tags again.
6 | 11:15 | wei.chen | email | Network / VPN / No connection | Remote access (VPN) | VPN asks for a certificate | soren.agard | auto | Certificate renewed.
6 | 15:45 | tiago.lobo | phone | Store / Till / Wrong price or receipt | Hotel front desk (Brightwater) | Receipt lacks the tax number | beatriz.castro | auto | Header of the receipt corrected.
5 | 10:00 | dana.novak | portal | Applications / Online shop / Slow | Online shop | Product pages take six seconds | adrian.stoica | resolved | Cache was cold after the release; it is filled before switching now.
5 | 13:20 | emily.roy | portal | Access / Password or second factor | Identity and log-in | New phone, no second factor | tom.akeley | withdrawn | Found the backup codes herself.
4 | 08:25 | mehmet.kaya | phone | Store / Scale or scanner | Store tills | Scale at the counter is off by 5 g | lukasz.wisniewski | resolved | Calibrated with the store.
4 | 11:35 | petra.sanders | chat | Applications / ERP / Slow | ERP | Supplier list takes a minute | helga.reimann | resolved | Missing index added.
3 | 09:10 | claus.berg | email | Security / Phishing / Received only | E-mail and calendar | Strange invoice with a zip file | noor.haddad | resolved | Message removed from nine mailboxes, sender blocked.
3 | 14:15 | oskar.friis | portal | Infrastructure / Power and cooling | Site network | Server room in Bremen has 29 degrees | soren.agard | resolved | Filter of the cooling unit cleaned, 22 degrees since noon.
2 | 10:05 | joao.pinto | portal | Store / Digital sign | Digital signs | Remote control of the sign is lost | nils.brandt | withdrawn | Found behind the screen.
2 | 15:30 | alice.monk | email | Applications / ERP / Interface | ERP | Orders of Brightwater arrive a day late | paulo.neves | working |
1 | 08:15 | wei.chen | portal | Applications / E-mail and calendar | E-mail and calendar | Mails to supplier bounce | katrin.vogel | working |
1 | 11:10 | sofia.reis | phone | Store / Card terminal / Broken | Card payment in stores | Terminal does not print receipts | beatriz.castro | working |
1 | 09:40 | leo.fontaine | chat | Access / Right is missing | File shares | Cannot save into the campaign folder | ines.carvalho | working |
1 | 16:40 | bea.thomsen | portal | Applications / ERP / Interface | Warehouse control | Totals on the packing screen do not add up | helga.reimann | working |
"""

# hours ago | requester | channel | category | service | title | who has it
FRESH = """
7.5 | marcus.bell | email | Workplace / Laptop / Screen, keyboard, battery | Laptops and phones | Keyboard types every letter twice | devon.clarke
6.2 | alice.monk | portal | Access / Right is missing | File shares | Two new colleagues need the contracts folder | ines.carvalho
4.4 | raul.serra | phone | Applications / ERP / Posting | ERP | Transport costs cannot be posted | paulo.neves
3.6 | joao.pinto | portal | Store / Till / Wrong price or receipt | Store tills | Discount is given twice on bundles |
2.9 | anja.weiss | portal | Workplace / Printer / Paper and toner | Printing | Toner is low |
2.1 | claus.berg | chat | Applications / E-mail and calendar | E-mail and calendar | Shared mailbox of accounting is not in my list |
1.6 | emily.roy | phone | Network / Site line / Slow or lossy | Site network | Everything in the Ottawa store is slow |
1.1 | wei.chen | email | | | The page I need says "not allowed" |
0.7 | ida.hoffmann | portal | Workplace / Laptop / Slow | Laptops and phones | Presentation stutters |
0.3 | tiago.lobo | phone | Store / Card terminal / Declines everything | Card payment in stores | Guests cannot pay by card at the bar |
"""


def everyday(stage: Stage, random: Random) -> None:
    for line in LINES.strip().splitlines():
        days, clock, requester, channel, category, service, title, who, ending, done = map(str.strip, line.split("|"))
        zone = "America/Toronto" if requester in {"emily.roy", "marcus.bell", "leo.fontaine"} else "Europe/Berlin"
        by = requester if channel == "portal" else random.choice(("ines.carvalho", "jonas.petersen", "tom.akeley"))
        case = stage.log(
            by,
            stage.days_ago(int(days), clock, zone),
            title,
            requester=requester,
            channel=channel,
            category=category,
            service=service,
        )
        ENDINGS[ending](case, who, requester, done, random)
    for line in FRESH.strip().splitlines():
        hours, requester, channel, category, service, title, who = map(str.strip, line.split("|"))
        by = requester if channel == "portal" else "ines.carvalho"
        told: Opening = {"requester": requester, "channel": channel}
        if category:
            told |= {"category": category, "service": service}
        case = stage.log(by, stage.ago(hours=float(hours)), title, **told)
        if who:
            case.do(9, "rita.moreira", actions.assign_incident, assignee_id=stage.user(who))


Ending = Callable[[Case, str, str, str, Random], object]


def quick(case: Case, who: str, requester: str, done: str, random: Random) -> None:
    """Solved within the hour, confirmed, closed."""
    case.accept(random.randint(2, 12), who)
    minutes = random.randint(18, 55)
    case.resolve(
        minutes,
        who,
        "user_instructed" if minutes < 25 else "fixed",
        done,
        random.choice(("human_error", "configuration")),
    )
    case.verify(minutes + random.randint(5, 90), requester, "Works.").close(60 * 24, who)


def slow(case: Case, who: str, requester: str, done: str, random: Random) -> None:
    """Some hours, a word in between, closed the next day."""
    case.accept(random.randint(15, 80), who)
    case.reply(random.randint(81, 110), who, "I have it and come back to you today.")
    minutes = random.randint(180, 420)
    case.note(minutes - 40, who, done)
    case.resolve(minutes, who, "fixed", done, random.choice(("software_defect", "configuration", "hardware_failure")))
    case.close(minutes + 60 * random.randint(20, 40), who)


def auto(case: Case, who: str, requester: str, done: str, random: Random) -> None:
    """Nobody answered: the program closes it after five days."""
    case.accept(random.randint(15, 120), who)
    minutes = random.randint(150, 300)
    case.resolve(minutes, who, "fixed", done, "unknown" if minutes > 250 else "configuration")
    case.close(minutes + 60 * 24 * 5 + 10)


def resolved(case: Case, who: str, requester: str, done: str, random: Random) -> None:
    case.accept(random.randint(10, 60), who)
    minutes = random.randint(90, 300)
    case.resolve(minutes, who, "fixed", done, "configuration")
    case.reply(minutes + 1, who, f"{done} Please tell us if it still does not work.")


def withdrawn(case: Case, who: str, requester: str, done: str, random: Random) -> None:
    case.reply(random.randint(20, 60), requester, "It is solved, please forget about it. Sorry!")
    case.do(random.randint(61, 90), who, actions.cancel_incident, reason=f"Withdrawn: {done}")


def working(case: Case, who: str, requester: str, done: str, random: Random) -> None:
    case.accept(random.randint(10, 90), who)
    case.reply(random.randint(91, 120), who, "I have it and look into it.")


ENDINGS: dict[str, Ending] = {
    "quick": quick,
    "slow": slow,
    "auto": auto,
    "resolved": resolved,
    "withdrawn": withdrawn,
    "working": working,
}
