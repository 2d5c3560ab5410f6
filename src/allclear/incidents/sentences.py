"""Whole sentences of the timeline, by what the event says. They read after the actor's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

REPORTED: Mapping[str, StrOrPromise] = {
    "portal": gettext_lazy("reported through the portal"),
    "phone": gettext_lazy("reported by phone"),
    "email": gettext_lazy("reported by e-mail"),
    "chat": gettext_lazy("reported by chat"),
    "walk_up": gettext_lazy("reported at the desk"),
    "monitoring": gettext_lazy("reported from monitoring"),
    "api": gettext_lazy("reported over the API"),
    "import": gettext_lazy("reported through an import"),
}
LOGGED_FOR: Mapping[str, StrOrPromise] = {
    "portal": gettext_lazy("logged for {name} through the portal"),
    "phone": gettext_lazy("logged for {name} by phone"),
    "email": gettext_lazy("logged for {name} by e-mail"),
    "chat": gettext_lazy("logged for {name} by chat"),
    "walk_up": gettext_lazy("logged for {name} at the desk"),
    "monitoring": gettext_lazy("logged for {name} from monitoring"),
    "api": gettext_lazy("logged for {name} over the API"),
    "import": gettext_lazy("logged for {name} through an import"),
}
HELD: Mapping[str, StrOrPromise] = {
    "requester": gettext_lazy("put it on hold, waiting for the requester"),
    "supplier": gettext_lazy("put it on hold, waiting for the supplier"),
    "change": gettext_lazy("put it on hold, waiting for a change"),
    "problem": gettext_lazy("put it on hold, waiting for a problem"),
    "evidence": gettext_lazy("put it on hold, waiting for evidence"),
}
HELD_UNTIL: Mapping[str, StrOrPromise] = {
    "requester": gettext_lazy("put it on hold, waiting for the requester until {until}"),
    "supplier": gettext_lazy("put it on hold, waiting for the supplier until {until}"),
    "change": gettext_lazy("put it on hold, waiting for a change until {until}"),
    "problem": gettext_lazy("put it on hold, waiting for a problem until {until}"),
    "evidence": gettext_lazy("put it on hold, waiting for evidence until {until}"),
}
MEMBERS: Mapping[str, StrOrPromise] = {
    "responder_added": gettext_lazy("added {names} as responder"),
    "responder_removed": gettext_lazy("removed {names} as responder"),
    "watcher_added": gettext_lazy("added {names} as watcher"),
    "watcher_removed": gettext_lazy("removed {names} as watcher"),
}
TASKS: Mapping[str, StrOrPromise] = {
    "task_added": gettext_lazy("added the task “{titles}”"),
    "task_finished": gettext_lazy("finished “{titles}”"),
    "task_reopened": gettext_lazy("opened again “{titles}”"),
    "task_cancelled": gettext_lazy("cancelled the task “{titles}”"),
    "task_changed": gettext_lazy("changed the task “{titles}”"),
}
FOLLOWED_UP: Mapping[str, StrOrPromise] = {
    "yes": gettext_lazy("followed it up: the handling was effective"),
    "partly": gettext_lazy("followed it up: the handling was partly effective"),
    "no": gettext_lazy("followed it up: the handling was not effective"),
}

REQUESTER: Mapping[str, StrOrPromise] = {
    "acknowledged": gettext_lazy("has seen your report"),
    "accepted": gettext_lazy("is working on it"),
    "resumed": gettext_lazy("is working on it again"),
    "resolved": gettext_lazy("says it is solved"),
    "verified": gettext_lazy("confirmed that it works"),
    "verification_failed": gettext_lazy("said that it still does not work"),
    "closed": gettext_lazy("closed it"),
    "closed_automatically": gettext_lazy("Closed, because nobody objected"),
    "reopened": gettext_lazy("opened it again"),
    "cancelled": gettext_lazy("cancelled it"),
    "merged": gettext_lazy("joined it with another report about the same fault"),
    "converted": gettext_lazy("filed it as another kind of report"),
    "replied": gettext_lazy("wrote"),
}
