"""A plausible call of every command that prints records, and why the others print none.

Words in braces are filled in by the test: `{new}`, `{in_progress}`, `{resolved}` ... are the numbers of incidents in
that status; `{file}`, `{policy}`, `{log}` and `{out}` are paths, `{token}` is a token's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Call(NamedTuple):
    """The words after the command's name, commands to run before it, and what it reads from stdin.

    `exits`: what its exit code may be. `is_alone`: it wants a transaction of its own.
    """

    words: str = ""
    before: tuple[str, ...] = ()
    stdin: str = ""
    exits: tuple[int, ...] = (0,)  # `doctor` tells by it what it found
    is_alone: bool = False


VIEW = "view add Kept --filter status:open --as rosa@example.org"
OFFER = "incident hand-over {in_progress} --team Apps --reason 'Their system'"
PRIORITISE = "{new} --impact 1 --urgency 1 --reason 'More sites'"

CALLS: Mapping[str, Call] = {
    "doctor": Call(exits=(0, 1)),
    "demo": Call("--incidents 20"),
    "incident accept": Call("{new} --as rosa@example.org"),
    "incident accept-handover": Call("{in_progress} --as abel@example.org", before=(OFFER,)),
    "incident acknowledge": Call("{new}"),
    "incident add-responder": Call("{new} abel@example.org"),
    "incident add-task": Call("{new} 'Ask the site' --owner abel@example.org"),
    "incident assign": Call("{new} --team Network --assignee rosa@example.org"),
    "incident attach": Call("{new} {file} --public"),
    "incident bulk": Call("hold {new} {in_progress} --reason evidence --as rosa@example.org"),
    "incident bulk-undo": Call(
        "--as rosa@example.org", before=("incident bulk hold {new} --reason evidence --as rosa@example.org",)
    ),
    "incident cancel": Call("{new} --reason 'Logged twice'"),
    "incident categorise": Call("{new} Printers"),
    "incident change-task": Call("{new} Look --status done", before=("incident add-task {new} Look",)),
    "incident close": Call("{resolved}"),
    "incident contact": Call("{new} abel@example.org --note 'Abel has it too'"),
    "incident convert": Call("{new} service_request"),
    "incident edit": Call("{new} --title 'VPN drops at noon'"),
    "incident finish-task": Call("{new} Look", before=("incident add-task {new} Look",)),
    "incident hand-over": Call("{in_progress} --team Apps --reason 'Their system'"),
    "incident follow-up": Call("{closed} --effective yes"),
    "incident handovers": Call("{in_progress}", before=(OFFER,)),
    "incident hold": Call("{in_progress} --reason evidence"),
    "incident lift-retention-hold": Call(
        "{closed} --reason Over", before=("incident place-retention-hold {closed} --reason Court",)
    ),
    "incident link-parent": Call("{new} {in_progress}"),
    "incident search": Call("Fault", before=("incident log Fault",)),
    "incident list": Call("--all", before=("incident log Fault",)),
    "incident log": Call("'Mail is slow' --service VPN --category Printers"),
    "incident merge": Call("{new} {in_progress}"),
    "incident note": Call("{new} 'Seen before'"),
    "incident place-retention-hold": Call("{closed} --reason 'Asked for by a court'"),
    "incident prioritise": Call(PRIORITISE),
    "incident refuse-handover": Call("{in_progress} --reason 'Not ours' --as abel@example.org", before=(OFFER,)),
    "incident undo": Call(
        "{in_progress} --as rosa@example.org",
        before=("incident hold {in_progress} --reason evidence --as rosa@example.org",),
    ),
    "incident relate": Call("{new} {in_progress} --kind caused_by"),
    "incident reopen": Call("{resolved} --reason 'It is back'"),
    "incident reply": Call("{new} 'We look into it'"),
    "incident resolve": Call("{in_progress} --code fixed --text 'Rolled back'"),
    "incident resume": Call("{on_hold}"),
    "incident show": Call("{new}"),
    "incident split": Call("{new} 'The other fault'"),
    "incident verify": Call("{resolved} --effective"),
    "incident watch": Call("{new} abel@example.org"),
    "incident withdraw-handover": Call("{in_progress}", before=(OFFER,)),
    "incident workaround": Call("{new} 'Use the web client'"),
    "view add": Call("'My own' --filter 'team:mine priority:1' --as rosa@example.org"),
    "view change": Call("Kept --sort -opened --as rosa@example.org", before=(VIEW,)),
    "view list": Call("--as rosa@example.org", before=(VIEW,)),
    "view pin": Call("Kept --off --as rosa@example.org", before=(VIEW,)),
    "view show": Call("Kept --as rosa@example.org", before=(VIEW,)),
    "user activate": Call("abel@example.org", before=("user deactivate abel@example.org",)),
    "user add": Call("nina@example.org --name 'Nina Berg' --role agent --password-stdin", stdin="one two three four\n"),
    "user change": Call("abel@example.org --phone 4711"),
    "user deactivate": Call("abel@example.org"),
    "user erase": Call("abel@example.org --reason Asked --yes", before=("user deactivate abel@example.org",)),
    "user list": Call("--search abel"),
    "user show": Call("abel@example.org"),
    "team activate": Call("Apps", before=("team deactivate Apps",)),
    "team add": Call("Desk --tier 1 --member rosa@example.org"),
    "team add-member": Call("Apps rosa@example.org --lead"),
    "team change": Call("Apps --tier 2"),
    "team deactivate": Call("Apps"),
    "team list": Call(),
    "team remove-member": Call("Apps abel@example.org"),
    "team show": Call("Apps"),
    "organisation activate": Call("Acme", before=("organisation deactivate Acme",)),
    "organisation add": Call("Globex --part-of Acme"),
    "organisation change": Call("Acme --note 'The first one'"),
    "organisation deactivate": Call("Acme"),
    "organisation list": Call(),
    "organisation show": Call("Acme"),
    "escalation activate": Call("Chain", before=("escalation deactivate Chain",)),
    "escalation ack": Call("{escalation} --as rosa@example.org"),
    "escalation add": Call("--file {chain}"),
    "escalation change": Call("Chain --file {chain}"),
    "escalation deactivate": Call("Chain"),
    "escalation list": Call(),
    "escalation next": Call("{escalation} --as rosa@example.org"),
    "escalation page": Call("{new} --team Apps --text 'Come to the bridge' --as rosa@example.org"),
    "escalation running": Call(before=("escalation page {new} --team Apps --as rosa@example.org",)),
    "escalation show": Call("Chain"),
    "escalation snooze": Call("{escalation} --minutes 15 --as rosa@example.org"),
    "skill add": Call("SAP"),
    "skill change": Call("DNS Names"),
    "skill list": Call(),
    "skill show": Call("DNS"),
    "security-class add": Call("Intrusion --member rosa@example.org"),
    "security-class change": Call("Fraud --note 'Few may know'"),
    "security-class list": Call(),
    "security-class show": Call("Fraud"),
    "service activate": Call("VPN", before=("service deactivate VPN",)),
    "service add": Call("Mail --criticality 1 --team Apps"),
    "service change": Call("VPN --criticality 2"),
    "service deactivate": Call("VPN"),
    "service list": Call(),
    "service show": Call("VPN"),
    "ci activate": Call("gw-1", before=("ci deactivate gw-1",)),
    "ci add": Call("gw-2 --kind Gateway --team Network"),
    "ci change": Call("gw-1 --location Cellar"),
    "ci deactivate": Call("gw-1"),
    "ci depend": Call("VPN gw-1"),
    "ci impact": Call("gw-1", before=("ci depend VPN gw-1",)),
    "ci list": Call(),
    "ci show": Call("gw-1"),
    "category activate": Call("Printers", before=("category deactivate Printers",)),
    "category add": Call("Toner --below Printers"),
    "category ask": Call("Printers 'Which floor?' --required"),
    "category change": Call("Printers --impact 2"),
    "category deactivate": Call("Printers"),
    "category list": Call(),
    "category show": Call("Printers"),
    "template activate": Call("Jam", before=("template add Jam", "template deactivate Jam")),
    "template add": Call("Jam --title 'Paper jam' --category Printers --task Look"),
    "template change": Call("Jam --title 'Paper jam'", before=("template add Jam",)),
    "template deactivate": Call("Jam", before=("template add Jam",)),
    "template list": Call(before=("template add Jam",)),
    "template show": Call("Jam", before=("template add Jam",)),
    "code activate": Call("fixed", before=("code deactivate fixed",)),
    "code add": Call("resolution swapped --name Swapped"),
    "code change": Call("fixed --name Mended"),
    "code deactivate": Call("fixed"),
    "code list": Call(),
    "code show": Call("fixed"),
    "field activate": Call("shift", before=("field add shift --name Shift", "field deactivate shift")),
    "field add": Call("shift --name Shift"),
    "field change": Call("shift --name Turn", before=("field add shift --name Shift",)),
    "field deactivate": Call("shift", before=("field add shift --name Shift",)),
    "field list": Call(before=("field add shift --name Shift",)),
    "field show": Call("shift", before=("field add shift --name Shift",)),
    "policy change": Call("lifecycle --note 'Three days' --file {policy}"),
    "policy list": Call(),
    "policy show": Call("routing"),
    "retention preview": Call(),
    "retention run": Call(),
    "token add": Call("rosa@example.org --scope read --name Monitor"),
    "token list": Call(before=("token add rosa@example.org --scope read",)),
    "token revoke": Call("{token}"),
    "import incidents": Call("{log}"),
    "export incidents": Call("{out}", is_alone=True),
    "report channels": Call(),
    "search reindex": Call(is_alone=True),
    "verify projections": Call(),
    "verify search": Call(),
    "version": Call(),
}

SILENT: Mapping[str, str] = {
    "serve": "runs until it is stopped",
    "web": "runs until it is stopped",
    "engine": "runs until it is stopped",
    "jobs": "runs until it is stopped",
    "migrate": "says what it did to the tables",
    "user password": "sets a secret and shows none",
    "view order": "nothing is left to print",
    "view remove": "nothing is left to print",
    "skill remove": "nothing is left to print",
    "ci independ": "nothing is left to print",
    "category remove": "nothing is left to print",
    "category unask": "nothing is left to print",
    "import mapping": "prints a mapping file, ready to be edited",
    "manage": "hands over to Django's own commands",
}
