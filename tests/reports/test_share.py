"""Links to one published report: who makes them, what they show, when they stop, what is kept."""

import hashlib
import io
import logging
import re
import sys
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from communities.models import Community, Role
from coreszon.logs import Formatter, WithoutSecrets
from indicators.models import Cycle
from indicators.services import release, take_snapshot
from reports.delivery import ShareLink
from reports.sharing import ShareError, find_link, open_link, revoke_link, share_report
from surveys.throttle import MISSES
from tests.make import make_member
from tests.reports.conftest import Publishing

LINKS = "/reports/altona/spring-1-2/links/"


@pytest.fixture(autouse=True)
def _forgiven() -> None:
    cache.clear()


@pytest.fixture
def shared(publish: Publishing, cycle: Cycle, community: Community) -> tuple[ShareLink, str]:
    publish(24)
    by = make_member(Role.COORDINATOR, community)
    return share_report(cycle=cycle, purpose="town council", by=by)


def address(token: str) -> str:
    return reverse("reports:shared", args=(token,))


def test_link_shows_the_report_to_whoever_has_it(
    shared: tuple[ShareLink, str], client: Client
) -> None:
    link, token = shared

    response = client.get(address(token), {"lang": "en"})

    assert response.status_code == 200
    page = response.content.decode()
    assert 'data-cell="change/belonging"' in page
    assert "csrfmiddlewaretoken" not in page
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert {"private", "no-store"} <= set(re.split(r",\s*", response["Cache-Control"]))
    assert '<meta name="robots" content="noindex">' in page
    link.refresh_from_db()
    assert link.opened_count == 1
    assert "sessionid" not in response.cookies


def test_token_is_long_and_kept_as_a_hash_alone(shared: tuple[ShareLink, str]) -> None:
    link, token = shared

    assert len(token) == 43  # 256 bits
    assert bytes(link.token_hash) == hashlib.sha256(token.encode()).digest()
    assert token not in str(ShareLink.objects.values().get())
    assert link.expires_at - link.created_at > timedelta(days=29)
    assert AuditEntry.objects.get(action="report.share").subject == f"reports.sharelink:{link.pk}"


@pytest.mark.parametrize("how", ["expired", "revoked", "corrected"])
def test_link_that_has_ended_says_so(
    how: str, shared: tuple[ShareLink, str], client: Client, cycle: Cycle
) -> None:
    link, token = shared
    if how == "expired":
        long_ago = timezone.now() - timedelta(days=40)
        ShareLink.objects.update(created_at=long_ago, expires_at=long_ago + timedelta(days=30))
    elif how == "revoked":
        revoke_link(link, by=link.created_by)
    else:
        release(take_snapshot(cycle, correction="Late answers"))

    response = client.get(address(token), {"lang": "en"})

    assert response.status_code == 410
    words = "was corrected since" if how == "corrected" else "has expired or was taken back"
    assert words in response.content.decode()
    assert "data-cell" not in response.content.decode()
    link.refresh_from_db()
    assert link.opened_count == 0
    assert not open_link(link)


def test_link_shows_its_own_snapshot_alone(shared: tuple[ShareLink, str], client: Client) -> None:
    _link, token = shared

    page = client.get(address(token)).content.decode()

    # Nothing leads from here to where one has to sign in.
    addresses = re.findall(r'href="(/[^"]*)"', page)
    assert [one for one in addresses if not one.startswith("/static/")] == []


def test_wrong_tokens_are_limited(shared: tuple[ShareLink, str], client: Client) -> None:
    _link, token = shared

    codes = [client.get(address(f"wrong{number}")).status_code for number in range(MISSES + 1)]

    assert codes == [404] * MISSES + [429]
    assert client.get(address(token)).status_code == 429


def test_share_report_needs_a_release_and_sensible_days(
    cycle: Cycle, community: Community, publish: Publishing
) -> None:
    by = make_member(Role.COORDINATOR, community)
    with pytest.raises(ShareError, match="publish it first"):
        share_report(cycle=cycle, purpose="x", by=by)
    publish(12)
    for days in (0, 366):
        with pytest.raises(ShareError, match="from 1 to 365 days"):
            share_report(cycle=cycle, purpose="x", by=by, days=days)


def test_database_refuses_a_link_that_ends_before_it_begins(shared: tuple[ShareLink, str]) -> None:
    with pytest.raises(IntegrityError, match="sharelink_expires_later"), transaction.atomic():
        ShareLink.objects.update(expires_at=timezone.now() - timedelta(days=1))


# Those who share ---------------------------------------------------------------------------------


def signed_in(role: Role, community: Community | None) -> Client:
    client = Client()
    client.force_login(make_member(role, community))
    return client


def test_coordinator_makes_and_takes_back_a_link(
    publish: Publishing, community: Community, client: Client
) -> None:
    publish(24)
    coordinator = signed_in(Role.COORDINATOR, community)

    page = coordinator.post(
        f"{LINKS}?lang=en", {"purpose": "town council", "days": "7"}
    ).content.decode()

    found = re.search(r'value="[^"]*(/reports/shared/[^"]+)"', page)
    assert found
    assert client.get(found[1]).status_code == 200
    link = ShareLink.objects.get()
    assert found[1] not in coordinator.get(LINKS).content.decode()
    coordinator.post(f"{LINKS}{link.pk}/revoke")
    assert client.get(found[1]).status_code == 410


def test_reader_and_stranger_share_nothing(
    shared: tuple[ShareLink, str], community: Community
) -> None:
    link, _token = shared
    viewer = signed_in(Role.VIEWER, community)
    stranger = signed_in(Role.COORDINATOR, Community.objects.create(code="far", name="Far"))

    for who, code in ((viewer, 403), (stranger, 404)):
        assert who.get(LINKS).status_code == code
        assert who.post(LINKS, {"purpose": "x", "days": 3}).status_code == code
        assert who.post(f"{LINKS}{link.pk}/revoke").status_code == code
    assert ShareLink.objects.valid().count() == 1


def test_link_of_another_cycle_is_not_found(
    shared: tuple[ShareLink, str], cycle: Cycle, community: Community
) -> None:
    link, _token = shared
    other = Community.objects.create(code="barmbek", name="Barmbek")
    Cycle.objects.create(code="spring-1-2", plan=cycle.plan, community=other)
    coordinator = signed_in(Role.COORDINATOR, None)

    assert (
        coordinator.post(f"/reports/barmbek/spring-1-2/links/{link.pk}/revoke").status_code == 404
    )


# Logs --------------------------------------------------------------------------------------------


def test_no_log_line_holds_a_token(
    shared: tuple[ShareLink, str], client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    link, token = shared
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(Formatter("%(levelname)s %(message)s"))
    logging.getLogger("django.request").addHandler(handler)
    revoke_link(link, by=link.created_by)

    try:
        client.get(address(token))
        client.get(address("wrong-but-close"))
    finally:
        logging.getLogger("django.request").removeHandler(handler)

    assert token not in lines.getvalue() + caplog.text
    assert "wrong-but-close" not in lines.getvalue()
    assert lines.getvalue().count("/reports/shared/***") == 2


@pytest.mark.parametrize("name", ["gunicorn.access", "django.server", "django.request"])
def test_access_logs_are_filtered(name: str) -> None:
    (found,) = [one for one in logging.getLogger(name).filters if isinstance(one, WithoutSecrets)]
    # As gunicorn gives it: a format and a mapping of what may stand in it.
    record = logging.LogRecord(
        name,
        logging.INFO,
        "",
        0,
        '%(h)s "%(r)s" %(s)s "%(f)s"',
        ({"h": "-", "r": "GET /reports/shared/abc-_9/?lang=de HTTP/1.1", "s": "200", "f": "-"},),
        None,
    )

    assert found.filter(record)

    assert record.getMessage() == '- "GET /reports/shared/***/?lang=de HTTP/1.1" 200 "-"'


def test_traceback_holds_no_token() -> None:
    try:
        int("/reports/shared/secret/")
    except ValueError:
        record = logging.makeLogRecord({"msg": "x", "exc_info": sys.exc_info()})

    assert "secret" not in Formatter("%(message)s").format(record)


def test_find_link_knows_no_other_token(shared: tuple[ShareLink, str]) -> None:
    link, token = shared

    assert find_link(token) == link
    assert find_link(token[:-1]) is None
    assert find_link("") is None
