from allclear.incidents.models.bulk import BulkItem, BulkRun
from allclear.incidents.models.clocks import FiredThreshold, SlaClock
from allclear.incidents.models.content import Attachment, Content, InternalNote, PublicReply
from allclear.incidents.models.desk import Draft, Habit, Look, Presence
from allclear.incidents.models.imports import ImportedRow, ImportRun
from allclear.incidents.models.incident import Incident, IncidentQuerySet
from allclear.incidents.models.search import SearchDocument, SearchWord
from allclear.incidents.models.task import Task
from allclear.incidents.models.views import FirstView, PinnedView, SavedView

__all__ = [
    "Attachment",
    "BulkItem",
    "BulkRun",
    "Content",
    "Draft",
    "FiredThreshold",
    "FirstView",
    "Habit",
    "ImportRun",
    "ImportedRow",
    "Incident",
    "IncidentQuerySet",
    "InternalNote",
    "Look",
    "PinnedView",
    "Presence",
    "PublicReply",
    "SavedView",
    "SearchDocument",
    "SearchWord",
    "SlaClock",
    "Task",
]
