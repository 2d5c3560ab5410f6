"""The errors of the whole house. Each surface has one mapper that turns them into its own words and status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allclear.kernel import words


class AllclearError(Exception):
    """Something a caller can act on. `code` is stable and for programs, the message is a sentence for people."""

    code = "error"
    status = 500

    def __init__(self, message: str, *, code: str | None = None, **extra: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.extra = extra


class Invalid(AllclearError):
    """The input cannot be used. `fields` says for each field what is wrong and what to do."""

    code = "invalid"
    status = 422

    def __init__(self, fields: Mapping[str, str], message: str | None = None) -> None:
        super().__init__(message or words.joined(fields.values()))
        self.fields = dict(fields)


class NotPermitted(AllclearError):
    """The person may not do this."""

    code = "not_permitted"
    status = 403


class NotFound(AllclearError):
    """There is no such record, or the person may not know of it: both look the same."""

    code = "not_found"
    status = 404


class Conflict(AllclearError):
    """Somebody changed the record since the caller read it; `extra["changes"]` says what, by whom and when."""

    code = "conflict"
    status = 409


class Refused(AllclearError):
    """A rule says no. `code` names the rule, the message gives the reason and the way on."""

    code = "refused"
    status = 409


class ChannelError(AllclearError):
    """A message was not taken. `permanent`: trying again cannot help.

    `blames_address`: it lies in the address and not in this one message, so nothing more is sent there.
    """

    code = "channel"
    status = 502

    def __init__(self, message: str, *, permanent: bool = False, blames_address: bool = True) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.blames_address = permanent and blames_address
