"""What happens when something happens: every subscriber of incident events, in one list, at a glance.

A subscriber runs inside the verb's transaction, after the events are written; it gets the row, the state, the new
events and the request. One that fails undoes the verb.
"""

from __future__ import annotations


def connect() -> None:
    """Fill the lists of subscribers. Called once when a program starts, after Django is ready; safe to call twice."""
    from allclear.incidents import paging, promises
    from allclear.incidents.actions import clocks, run  # needs the models
    from allclear.incidents.search.renames import renamed
    from allclear.incidents.sight import announce_change
    from allclear.kernel import changes
    from allclear.notifications import sending
    from allclear.oncall import evidence
    from allclear.oncall.subjects import SUBJECTS, Subject
    from allclear.slas.actions import agreements

    run.SUBSCRIBERS[:] = [
        announce_change,  # browsers that show it learn that it changed
        clocks.follow,  # SLA clocks go on
        paging.follow,  # escalations begin, are acknowledged, end
    ]
    run.BESIDE[:] = [
        promises.shown_at_first,  # when its clocks fall due
    ]
    changes.SUBSCRIBERS[:] = [
        renamed,  # the search finds incidents by the new name
    ]
    agreements.MEASURED[:] = [
        promises.has_measured,  # an agreement that clocks were kept under is not removed
    ]
    SUBJECTS[paging.KIND] = Subject(paging.tell, paging.stand)  # what pages about incidents say
    sending.CHECKS[:] = [
        evidence.unwanted,  # a page of an escalation that somebody has acknowledged or that has ended
        evidence.shift_unwanted,  # a reminder of a shift that has begun, or that is another's now
    ]
    sending.ALARMS[:] = [
        evidence.could_not_reach,  # those who coordinate learn that somebody cannot be paged
    ]
    know_kinds()


def know_kinds() -> None:
    """Tell the floor of alerts which kinds of source the intake understands."""
    from allclear.alerts.kinds import KINDS
    from allclear.intake.introduce import kinds

    KINDS.update(kinds())
