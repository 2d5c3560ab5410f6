"""How a person can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from allclear.kernel.words import marked, say


class MethodKind(StrEnum):
    """In the order in which one is chosen when no rule names a method that works: what wakes people comes first."""

    PUSH = "push"
    NTFY = "ntfy"  # a push server of one's own
    SMS = "sms"
    VOICE = "voice"
    CHAT = "chat"
    EMAIL = "email"
    WEBHOOK = "webhook"


NAMES: Mapping[MethodKind, str] = {
    MethodKind.PUSH: marked("push"),
    MethodKind.NTFY: marked("ntfy"),
    MethodKind.SMS: marked("text message"),
    MethodKind.VOICE: marked("call"),
    MethodKind.CHAT: marked("chat"),
    MethodKind.EMAIL: marked("email"),
    MethodKind.WEBHOOK: marked("webhook"),
}


@dataclass(frozen=True, slots=True)
class ContactMethod:
    """One address. `is_verified`: its owner has shown that it is theirs. `is_bad`: it bounced for good."""

    key: int
    kind: MethodKind
    is_verified: bool = False
    is_enabled: bool = True
    is_bad: bool = False

    @property
    def name(self) -> str:
        return say(NAMES[self.kind])

    @property
    def is_working(self) -> bool:
        return self.is_verified and self.is_enabled and not self.is_bad

    @property
    def trouble(self) -> str:
        """Why it cannot be used and what to do; empty when it works."""
        if not self.is_verified:
            return say("It is not verified; confirm it in your profile.")
        if not self.is_enabled:
            return say("It is switched off.")
        if self.is_bad:
            return say("Messages to it come back; correct the address in your profile.")
        return ""
