"""The web program as a WSGI application, run by Granian."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from allclear.config import lifeline, wiring

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "allclear.config.settings")
application = get_wsgi_application()
wiring.connect()

if os.environ.get("ALLCLEAR_WEB_SERVER"):
    lifeline.follow(os.getppid())
