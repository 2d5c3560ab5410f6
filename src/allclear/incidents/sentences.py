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
TAKEN_BACK: Mapping[str, StrOrPromise] = {
    "acknowledged": gettext_lazy("took back: acknowledged"),
    "accepted": gettext_lazy("took back: accepted it and began"),
    "categorised": gettext_lazy("took back: categorised"),
    "prioritised": gettext_lazy("took back: weighed it anew"),
    "assigned": gettext_lazy("took back: assigned"),
    "handed_over": gettext_lazy("took back: handed over"),
    "handover_offered": gettext_lazy("took back: offered to another team"),
    "handover_accepted": gettext_lazy("took back: accepted the hand-over"),
    "handover_refused": gettext_lazy("took back: refused the hand-over"),
    "handover_withdrawn": gettext_lazy("took back: withdrew the offer"),
    "held": gettext_lazy("took back: put on hold"),
    "resumed": gettext_lazy("took back: resumed"),
    "edited": gettext_lazy("took back: edited"),
    "related": gettext_lazy("took back: linked"),
    "unrelated": gettext_lazy("took back: removed the link"),
    "parent_linked": gettext_lazy("took back: made it a child"),
    "parent_unlinked": gettext_lazy("took back: removed it from its parent"),
    "task_added": gettext_lazy("took back: added a task"),
    "task_finished": gettext_lazy("took back: finished a task"),
    "task_reopened": gettext_lazy("took back: opened a task again"),
    "task_cancelled": gettext_lazy("took back: cancelled a task"),
    "task_changed": gettext_lazy("took back: changed a task"),
    "responder_added": gettext_lazy("took back: added a responder"),
    "responder_removed": gettext_lazy("took back: removed a responder"),
    "watcher_added": gettext_lazy("took back: added a watcher"),
    "watcher_removed": gettext_lazy("took back: removed a watcher"),
    "workaround_found": gettext_lazy("took back: found a workaround"),
    "resolved": gettext_lazy("took back: resolved"),
    "verified": gettext_lazy("took back: verified that it works"),
    "verification_failed": gettext_lazy("took back: found that it still does not work"),
    "closed": gettext_lazy("took back: closed"),
    "followed_up": gettext_lazy("took back: followed up"),
    "reopened": gettext_lazy("took back: reopened"),
    "cancelled": gettext_lazy("took back: cancelled"),
    "converted": gettext_lazy("took back: converted"),
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
    "undone": gettext_lazy("took the last step back"),
}
