"""Words for generated incidents: enough variety that search, lists and long texts look as they will look."""

from __future__ import annotations

from random import Random

from allclear.catalog.queries import CategoryNode

TROUBLES = (
    "does not work", "is very slow", "shows an error", "stopped this morning", "works for some only", "is unreachable",
    "keeps asking for a password", "loses its connection", "shows old data", "restarts by itself", "is gone since the update",
)  # fmt: skip
PLACES = (
    "in the back office", "at till 2", "on the third floor", "in the warehouse", "at home", "in the store",
    "at the front desk", "in the meeting room", "for the whole team", "for one colleague", "on my laptop",
)  # fmt: skip
SEEN = (
    "It began after lunch and comes and goes.", "The message is: {code} connection reset.", "Restarting did not help.",
    "My colleague next to me has the same.", "It worked yesterday.", "We need it for the month's end.",
    "A picture of the screen is with the store manager.", "Please call me before you connect.",
    "Customers are waiting.", "There is a way round, but it takes twice as long.",
)  # fmt: skip
NOTES = (
    "Logs show {code} since the start of the shift.", "Same pattern as last week, see the runbook.",
    "Asked for the inventory number.", "Cannot be repeated from here.", "Traffic looks normal, disk is at {percent} %.",
    "Restarted the service, watching.", "Configuration differs from the others of this kind.",
)  # fmt: skip
REPLIES = (
    "Thank you, I have it and look into it now.", "Could you tell me since when this happens?",
    "We found the cause and are working on it.", "Please try again and tell me whether it works.",
    "This needs a part that arrives tomorrow.",
)  # fmt: skip
ANSWERS = (
    "Since this morning, for everybody here.", "Still the same, I am afraid.", "It works for me now, thank you.",
    "I am at my desk until four.", "The inventory number is on the photo that I sent.",
)  # fmt: skip
DONE = (
    "Restarted the service and checked with the requester.", "Corrected the configuration, tested.",
    "Replaced the device.", "Cleared the queue and set a limit.", "Renewed the certificate.",
    "Gave the missing right, confirmed.", "Updated to the current version.", "Explained how it works.",
)  # fmt: skip
REASONS = ("More people are affected than was said.", "There is a way round now.", "It can wait until tomorrow.")
HANDED = (
    "Needs somebody who knows the system.",
    "The cause is in another area.",
    "Ours is fine, please look at yours.",
)
REFUSED = (
    "We see nothing on our side: please add what you have tried.",
    "Not ours: the system in between belongs to another team.",
    "Without a time and an example we cannot begin.",
)
TASKS = ("Check the other sites", "Order a spare part", "Tell the store manager", "Write it into the runbook")


def title(random: Random, category: CategoryNode | None) -> str:
    thing = category.name if category else random.choice(("Something", "My device", "The program", "The page"))
    return f"{thing} {random.choice(TROUBLES)} {random.choice(PLACES)}"


def description(random: Random) -> str:
    return filled(random, " ".join(random.sample(SEEN, random.randint(1, 4))))


def filled(random: Random, text: str) -> str:
    return text.format(code=f"E{random.randint(1000, 9999)}", percent=random.randint(20, 98))
