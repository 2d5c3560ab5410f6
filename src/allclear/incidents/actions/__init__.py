"""The only writers of incidents. One verb is one function is one transaction."""

from allclear.incidents.actions.attach import attach_file
from allclear.incidents.actions.contact import add_contact
from allclear.incidents.actions.end import (
    cancel_incident,
    close_incident,
    find_workaround,
    reopen_incident,
    resolve_incident,
    verify_incident,
)
from allclear.incidents.actions.follow_up import FollowUp, follow_up_incident
from allclear.incidents.actions.forget import forget_person
from allclear.incidents.actions.hand_over import (
    accept_handover,
    hand_over_incident,
    refuse_handover,
    tell_unanswered,
    withdraw_handover,
)
from allclear.incidents.actions.keep import erase_texts, lift_retention_hold, place_retention_hold
from allclear.incidents.actions.log import LogForm, log_incident
from allclear.incidents.actions.phone import NewCaller, log_call
from allclear.incidents.actions.promises import rebase_incident
from allclear.incidents.actions.relate import (
    add_responder,
    link_parent,
    merge_incident,
    relate_incident,
    split_incident,
    watch_incident,
)
from allclear.incidents.actions.resolution import Resolution
from allclear.incidents.actions.run import Outcome, Request
from allclear.incidents.actions.talk import add_note, reply_publicly
from allclear.incidents.actions.tasks import add_task, change_task, finish_task
from allclear.incidents.actions.undo import undo_incident
from allclear.incidents.actions.work import (
    accept_incident,
    acknowledge_incident,
    assign_incident,
    categorise_incident,
    convert_incident,
    edit_incident,
    hold_incident,
    prioritise_incident,
    resume_incident,
)

__all__ = [
    "FollowUp",
    "LogForm",
    "NewCaller",
    "Outcome",
    "Request",
    "Resolution",
    "accept_handover",
    "accept_incident",
    "acknowledge_incident",
    "add_contact",
    "add_note",
    "add_responder",
    "add_task",
    "assign_incident",
    "attach_file",
    "cancel_incident",
    "categorise_incident",
    "change_task",
    "close_incident",
    "convert_incident",
    "edit_incident",
    "erase_texts",
    "find_workaround",
    "finish_task",
    "follow_up_incident",
    "forget_person",
    "hand_over_incident",
    "hold_incident",
    "lift_retention_hold",
    "link_parent",
    "log_call",
    "log_incident",
    "merge_incident",
    "place_retention_hold",
    "prioritise_incident",
    "rebase_incident",
    "refuse_handover",
    "relate_incident",
    "reopen_incident",
    "reply_publicly",
    "resolve_incident",
    "resume_incident",
    "split_incident",
    "tell_unanswered",
    "undo_incident",
    "verify_incident",
    "watch_incident",
    "withdraw_handover",
]
