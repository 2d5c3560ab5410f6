"""On whose behalf a command works."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allclear.accounts.permissions import Viewer


def viewer_as(email: str) -> Viewer:
    """The rights of that person; without an e-mail those of the operator, who sees every security class.

    Whoever may run the command line has the database anyway.
    """
    from allclear.accounts.models import SecurityClass, User
    from allclear.accounts.permissions import SYSTEM_VIEWER
    from allclear.accounts.queries import viewer_for
    from allclear.kernel.errors import NotFound

    if not email:
        classes = frozenset(SecurityClass.objects.values_list("pk", flat=True))
        return replace(SYSTEM_VIEWER, security_class_ids=classes)
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None:
        raise NotFound(f"Nobody active has the e-mail {email}.")
    return viewer_for(user.pk)
