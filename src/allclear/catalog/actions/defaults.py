"""What every installation starts with: codes, base categories and the first version of each policy."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from allclear.accounts.permissions import SYSTEM_VIEWER
from allclear.catalog.actions.forms import add_category, add_code
from allclear.catalog.models import Category, Code, PolicyVersion
from allclear.catalog.policies import DEFAULTS, save_policy
from allclear.kernel.changes import serialise

RESOLUTION_CODES = {
    "fixed": "Fixed",
    "workaround": "Restored by a workaround",
    "user_instructed": "User instructed",
    "request_fulfilled": "Request fulfilled",
    "no_fault_found": "No fault found",
    "false_alarm": "False alarm",
    "cannot_reproduce": "Cannot be reproduced",
    "duplicate": "Duplicate",
    "restored_by_itself": "Restored by itself",
    "restored_by_supplier": "Restored by a supplier",
    "not_ours": "Outside our responsibility",
    "withdrawn": "Withdrawn by the requester",
}
CAUSE_CODES = {
    "hardware_failure": "Hardware failure",
    "software_defect": "Software defect",
    "configuration": "Configuration",
    "change": "A change",
    "capacity": "Capacity",
    "network": "Network",
    "power_environment": "Power or environment",
    "human_error": "Human error",
    "knowledge": "Missing knowledge or training",
    "third_party": "Supplier or third party",
    "security": "Security",
    "data": "Wrong or missing data",
    "unknown": "Unknown",
}
CATEGORIES = {
    "Hardware": ("hardware", "A device or a part of it does not work.", ("Computer", "Printer", "Phone", "Server")),
    "Software": ("software", "A program fails or does the wrong thing.", ("Business application", "Office", "E-mail")),
    "Network": ("hardware", "No connection, or a bad one.", ("Wireless", "Remote access", "Site connection")),
    "Security": ("security", "Suspicion of misuse, malware or a leak.", ("Account misuse", "Malware", "Data leak")),
    "Performance": ("performance", "It works, but too slowly.", ()),
    "Access": ("software", "Log-in, passwords and rights.", ("Password", "Permission")),
    "Other": ("other", "Nothing else fits.", ()),
}


def seed_defaults(now: datetime) -> None:
    """Fill what is still empty. Safe to call at every start: what somebody has changed or removed stays so."""
    if Code.objects.exists() and Category.objects.exists() and PolicyVersion.objects.count() >= len(DEFAULTS):
        return
    with transaction.atomic():
        serialise("catalog:defaults")
        for list_, codes in (("resolution", RESOLUTION_CODES), ("cause", CAUSE_CODES)):
            if not Code.objects.filter(list=list_).exists():
                _codes(list_, codes, now)
        if not Category.objects.exists():
            _categories(now)
        for kind, body in DEFAULTS.items():
            if not PolicyVersion.objects.filter(kind=kind).exists():
                save_policy(SYSTEM_VIEWER, kind, body, note="What Allclear starts with", expected_version=0, now=now)


def _codes(list_: str, codes: dict[str, str], now: datetime) -> None:
    for number, (key, name) in enumerate(codes.items(), start=1):
        values = {"list": list_, "key": key, "name": name, "position": number * 10}
        add_code(SYSTEM_VIEWER, values, now=now)


def _categories(now: datetime) -> None:
    for name, (base_class, description, children) in CATEGORIES.items():
        values = {"name": name, "base_class": base_class, "description": description}
        above = add_category(SYSTEM_VIEWER, values, now=now)
        for child in children:
            add_category(SYSTEM_VIEWER, {"name": child, "parent_id": above.pk}, now=now)
