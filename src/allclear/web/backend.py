"""Log-in with an address and a password; the rights are read together with the person, in one query."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from allclear.accounts.models import User
from allclear.accounts.queries import with_rights


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    def get_user(self, user_id: int) -> User | None:
        return with_rights(User.objects.filter(pk=user_id, is_active=True)).first()
