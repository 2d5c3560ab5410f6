"""The terms that `label` and `in_sentence` say, so that they are collected for translation."""

from __future__ import annotations

from allclear.kernel.words import marked

STATUSES = (
    marked("New"), marked("Assigned"), marked("In progress"), marked("On hold"), marked("Resolved"), marked("Closed"),
    marked("Cancelled"), marked("Open"), marked("Done"),
)  # fmt: skip
STATUSES_IN_SENTENCES = (
    marked("new"), marked("assigned"), marked("in progress"), marked("on hold"), marked("resolved"), marked("closed"),
    marked("cancelled"), marked("open"), marked("done"),
)  # fmt: skip
KINDS = (marked("Incident"), marked("Service request"), marked("incident"), marked("service request"))
HOLD_REASONS = (marked("Requester"), marked("Supplier"), marked("Change"), marked("Problem"), marked("Evidence"))
CHANNELS = (
    marked("Portal"), marked("Phone"), marked("Email"), marked("Chat"), marked("Walk up"), marked("Monitoring"),
    marked("Api"), marked("Import"), marked("portal"), marked("phone"), marked("email"), marked("chat"),
    marked("walk up"), marked("monitoring"), marked("api"), marked("import"),
)  # fmt: skip
ROLES = (
    marked("Agent"), marked("Team lead"), marked("Incident manager"), marked("Admin"), marked("Auditor"),
    marked("requester"), marked("agent"), marked("team lead"), marked("incident manager"), marked("admin"),
    marked("auditor"),
)  # fmt: skip
CLASSES = (marked("Hardware"), marked("Software"), marked("Security"), marked("Performance"), marked("Other"))
LINKS = (
    marked("Related"), marked("Duplicate of"), marked("Has duplicate"), marked("Split from"), marked("Split into"),
    marked("Caused by"), marked("Causes"),
)  # fmt: skip
SLOTS = (
    marked("Title"), marked("Description"), marked("Answers"), marked("Workaround"), marked("Permanent fix"),
    marked("Resolution"), marked("Verification"), marked("Harm"), marked("Diagnosis"), marked("Reason"),
    marked("Follow up"), marked("Documents"),
)  # fmt: skip
EFFECTIVENESS = (marked("Yes"), marked("Partly"), marked("No"))
NOUNS = (
    marked("organisation"), marked("user"), marked("team"), marked("skill"), marked("security class"),
    marked("membership"), marked("service"), marked("configuration item"), marked("dependency"), marked("category"),
    marked("question"), marked("incident template"), marked("code"), marked("custom field"), marked("supplier"),
    marked("name"), marked("key"), marked("text"), marked("char"), marked("integer"), marked("boolean"),
    marked("date"), marked("datetime"), marked("decimal"), marked("json"),
)  # fmt: skip
WHAT_THE_DESK_DECIDES = (marked("assignee"), marked("severity"), marked("watchers"), marked("tasks"))
VERBS = (
    marked("Acknowledge"), marked("Categorise"), marked("Prioritise"), marked("Assign"), marked("Accept"),
    marked("Hand over"), marked("Hold"), marked("Resume"), marked("Edit"), marked("Reply"), marked("Note"),
    marked("Attach"), marked("Relate"), marked("Link parent"), marked("Merge"), marked("Split"), marked("Add task"),
    marked("Finish task"), marked("Add responder"), marked("Watch"), marked("Resolve"), marked("Verify"),
    marked("Close"), marked("Reopen"), marked("Cancel"), marked("Convert"),
)  # fmt: skip
