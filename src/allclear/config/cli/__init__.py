"""The command line `allclear`.

Each group of commands is a module beside this one that exposes `app = typer.Typer()`, and a line in `COMMANDS`.
A module is imported only when its command is used, so that `allclear --help` stays quick.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from allclear.config.trouble import Trouble


@dataclass(frozen=True)
class Entry:
    """`module` holds the command; a command of the entry's own name in it is taken, else the whole group."""

    module: str
    help: str
    hidden: bool = False


COMMANDS = {
    "serve": Entry("serve", "Run everything on this machine: database, web, engine and jobs."),
    "web": Entry("parts", "Run the web server alone."),
    "engine": Entry("parts", "Run the engine alone: deadlines, escalations, deliveries."),
    "jobs": Entry("parts", "Run the worker for longer jobs alone."),
    "mail": Entry("mail", "Mail that comes in: answers to pages, and what could not be delivered."),
    "migrate": Entry("ops", "Bring the database's tables up to date."),
    "doctor": Entry("doctor", "Say what is wrong with this set-up and how to mend it."),
    "demo": Entry("demo", "Fill the database with a demo company."),
    "incident": Entry("incident", "List, show and log incidents, and every verb on one."),
    "view": Entry("view", "Filters that people keep under a name."),
    "user": Entry("user", "People: add, list, change, deactivate."),
    "contact": Entry("contact", "Contact methods: the addresses that people are told at."),
    "team": Entry("team", "Teams and their members."),
    "organisation": Entry("organisation", "Customers, their parts, and suppliers."),
    "skill": Entry("skill", "What people can do and routing can ask for."),
    "security-class": Entry("security_class", "Incidents that few may see."),
    "schedule": Entry("schedule", "Who takes turns in being on call."),
    "oncall": Entry("oncall", "Who is on call now, and who comes next."),
    "override": Entry("oncall", "For a while somebody else on call."),
    "leave": Entry("leave", "Who is away; nobody counts on them."),
    "swap": Entry("swap", "Requests to take somebody's shifts."),
    "coverage": Entry("oncall", "Prove that somebody is always on call."),
    "service": Entry("service", "The catalogue of services."),
    "ci": Entry("ci", "Configuration items, and what stands on what."),
    "category": Entry("category", "The category tree and its questions."),
    "template": Entry("template", "Quick starts for frequent incidents."),
    "code": Entry("code", "Resolution and cause codes."),
    "field": Entry("field", "The company's own fields of incidents."),
    "escalation": Entry("escalation", "Who is paged one after the other, and what is being paged now."),
    "silence": Entry("silence", "Alerts that open nothing for a while."),
    "maintenance": Entry("maintenance", "Planned work, and what stays quiet meanwhile."),
    "inhibition": Entry("inhibition", "While one alert is open, others stay quiet."),
    "noise": Entry("noise", "How many alerts were of use, and which rules to mend or delete."),
    "storm": Entry("storm", "Many incidents at once, and one parent for them."),
    "heartbeat": Entry("heartbeat", "Jobs that report by themselves."),
    "alert": Entry("alert", "What monitoring says, and what was decided about it."),
    "integration": Entry("integration", "Sources of alerts: keys, settings, and what they sent."),
    "webhook": Entry("webhook", "Programs that a step of an escalation policy may tell."),
    "policy": Entry("policy", "Priority matrix, routing rules, lifecycle and retention."),
    "calendar": Entry("calendar", "Business calendars: which time counts for what was promised."),
    "agreement": Entry("agreement", "What was promised: targets, their clocks, and which one applies."),
    "retention": Entry("retention", "Erase the words of incidents whose time is over."),
    "token": Entry("token", "Tokens for the API."),
    "import": Entry("imports", "Bring in records from another system's export."),
    "export": Entry("exports", "Write records to a file."),
    "report": Entry("report", "Questions about many incidents at once."),
    "replay": Entry("replay", "Try other promises on past incidents, and switch them on."),
    "attainment": Entry("attainment", "How many promises were met and breached."),
    "search": Entry("search", "The index that the search looks into."),
    "verify": Entry("verify", "Prove that the records agree with the event log."),
    "version": Entry("ops", "Print the version."),
    "manage": Entry("ops", "Django's own management commands.", hidden=True),
}


class LazyGroup(TyperGroup):
    """Knows its commands by name and help line, and imports one when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for name, entry in COMMANDS.items() if importlib.util.find_spec(f"{__name__}.{entry.module}")]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = COMMANDS.get(cmd_name)
        return entry and TyperCommand(cmd_name, help=entry.help, hidden=entry.hidden)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, stub, rest = super().resolve_command(ctx, args)
        return name, stub and load(stub.name or ""), rest


def load(name: str) -> Any:
    """The real command behind an entry of the table."""
    module = importlib.import_module(f"{__name__}.{COMMANDS[name].module}")
    command = typer.main.get_command(module.app)
    inner: dict[str, Any] = getattr(command, "commands", {})
    chosen = inner.get(name, command)
    chosen.params = [option for option in chosen.params if "_completion" not in (option.name or "")]  # ours has them
    return chosen


app = typer.Typer(
    cls=LazyGroup, no_args_is_help=True, pretty_exceptions_enable=False, context_settings={"max_content_width": 120}
)


@app.callback()
def allclear() -> None:
    """Allclear: from the first alert to the all clear."""


def main() -> None:
    """Run a command; what a person can act on is one sentence on stderr, and exit code 1."""
    try:
        app(prog_name="allclear")
    except Trouble as trouble:
        _fail(str(trouble))
    except BrokenPipeError:  # the reader of our output, such as `head`, has enough
        sys.stderr.close()
        raise SystemExit(141) from None
    except Exception as error:
        from allclear.kernel.errors import AllclearError, Invalid

        if not isinstance(error, AllclearError):
            raise
        if isinstance(error, Invalid):
            _fail("\n".join(f"{field}: {wrong}" for field, wrong in error.fields.items()))
        _fail(error.message)


def _fail(message: str) -> None:
    typer.secho(message, fg=typer.colors.RED, err=True)
    raise SystemExit(1)
