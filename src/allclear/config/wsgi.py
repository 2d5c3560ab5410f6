"""Django as a WSGI application: inside `asgi.py`, or alone under any WSGI server (then without live changes)."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from allclear.config import wiring

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "allclear.config.settings")
application = get_wsgi_application()
wiring.connect()
