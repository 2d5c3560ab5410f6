"""The screens that are measured, as browsers ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from urllib.parse import urlencode

from django.urls import reverse

from allclear.accounts.models import User
from allclear.accounts.queries import viewer_of
from allclear.config.demo.people import email_of
from allclear.incidents.actions.views import add_view
from allclear.incidents.models import SavedView
from allclear.kernel import clock
from bench.asking import WHO, Ask, Scenario

FAST, SEARCHING = 50.0, 100.0  # ms that 95 of 100 requests may take, one client alone
VIEWS = {
    "Worst of the network": "status:open priority:1,2 network",
    "Mine that wait": "status:on_hold assignee:me",
    "Opened lately": "status:open opened:<7d",
    "Nobody's": "status:open assignee:none",
    "Closed this week": "status:closed closed:<7d",
}
WORDS = (
    "printer",
    "password expired",
    "connection reset",
    "restart service",
    "slow back office",
    "prnter strpes",
    "till 2",
)
TYPED = (
    "printer does not work",
    "vpn loses its connection",
    "password expired at till 2",
    "label printer is unreachable",
)


def screens(random: Random, some: Sequence[tuple[int, str]]) -> Iterator[Scenario]:
    """`some` are keys and numbers of incidents to look at."""
    yield Scenario("queue page", [_page("incidents:queue")], limit=FAST)
    yield Scenario("queue, rows only", [_page("incidents:queue", htmx=True)], limit=FAST)
    views = _views()
    yield Scenario("saved view with counts", [_page("incidents:queue", view=view) for view in views], limit=FAST)
    yield Scenario("counts of the side bar", [_page("incidents:live_counts")], limit=SEARCHING)
    pages = [_page("incidents:detail", number) for _, number in some]
    yield Scenario("detail page", pages, subjects=[pk for pk, _ in some], limit=FAST)
    yield Scenario("log form", [_page("incidents:log")], limit=FAST)
    begun = [word[:n] for word in WORDS for n in range(2, len(word) + 1)]
    random.shuffle(begun)
    yield Scenario("palette answer", [_page("palette:answer", htmx=True, q=text) for text in begun], limit=FAST)
    yield Scenario("search page", [_page("incidents:search", q=words) for words in WORDS], limit=SEARCHING)
    typing = [_page("incidents:search_options", htmx=True, q=text) for text in begun]
    yield Scenario("search as one types", typing, limit=SEARCHING)
    place = reverse("incidents:log_alike")
    hints = [Ask("POST", place, form={"title": text}, by_token=False, by_htmx=True) for text in TYPED]
    yield Scenario("duplicates hint", hints, limit=SEARCHING)


def _views() -> list[str]:
    """Saved views of the person who asks, pinned to the side bar with their counts; as the address names them."""
    viewer = viewer_of(User.objects.get(email=email_of(WHO)))
    for name, text in VIEWS.items():
        if not SavedView.objects.filter(owner=viewer.user_id, name=name).exists():
            add_view(viewer, {"name": name, "filter": text}, now=clock.now())
    return [
        str(pk) for pk in SavedView.objects.filter(owner=viewer.user_id).order_by("pk").values_list("pk", flat=True)
    ]


def _page(name: str, *arguments: str, htmx: bool = False, **query: str) -> Ask:
    address = reverse(name, args=arguments)
    return Ask("GET", f"{address}?{urlencode(query)}" if query else address, by_token=False, by_htmx=htmx)
