"""A report that stops at a checkpoint, so that something can be killed exactly there.

The database itself holds the worker up: a trigger waits for a lock that the test has. Nothing of
the site knows of it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg

from tests.site import Site, wait_for

LOCK = 20261125  # also in the triggers
FORMATS = ("html", "pdf")
LANGUAGES = ("de", "ar")
DOCUMENTS = len(FORMATS) * len(LANGUAGES)
#: Claimed and nothing made, after each document but the last, all made and not finished.
CHECKPOINTS = tuple(range(DOCUMENTS + 1))
VICTIMS = ("worker", "postgres", "valkey", "web")
REPORT = "/reports/wilhelmsburg/spring-2026/"

TRIGGERS = """
CREATE TABLE checkpoint (made int);
INSERT INTO checkpoint VALUES (-1);
CREATE FUNCTION hold_up_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM reports_reportdocument WHERE run_id = NEW.run_id)
     = (SELECT made FROM checkpoint) THEN
    PERFORM pg_advisory_xact_lock_shared(20261125);
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION hold_up_finish() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'done' AND NEW.total_count = (SELECT made FROM checkpoint) THEN
    PERFORM pg_advisory_xact_lock_shared(20261125);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER hold_up BEFORE INSERT ON reports_reportdocument
  FOR EACH ROW EXECUTE FUNCTION hold_up_document();
CREATE TRIGGER hold_up BEFORE UPDATE ON reports_reportrun
  FOR EACH ROW EXECUTE FUNCTION hold_up_finish();
"""
FILL = """
import hashlib, json
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from communities.models import Role
from indicators.services import publish_cycle
from reports.documents import render
from reports.report import build_report
from tests.make import make_member
from tests.reports.full_survey import make_full_cycle
cycle = make_full_cycle("wilhelmsburg", "Wilhelmsburg", people=24, lost=6)
release = publish_cycle(cycle)
user = make_member(Role.COORDINATOR, cycle.community)
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
expected = {
    f"{language} {form}": hashlib.sha256(render(build_report(release, language), form)).hexdigest()
    for language in LANGUAGES for form in FORMATS
}
print(json.dumps({"cookie": [settings.SESSION_COOKIE_NAME, session.session_key],
                  "expected": expected}))
"""


@dataclass
class Trial:
    """A site with one published report, and what its documents must be."""

    site: Site
    expected: dict[str, str]

    def ask(self) -> int:
        """Ask for the documents on the real page; return the number of the run."""
        wanted = [("formats", form) for form in FORMATS]
        wanted += [("languages", language) for language in LANGUAGES]
        answer = self.site.post(f"{REPORT}documents", REPORT, wanted)
        return int(answer.headers["Location"].rstrip("/").rpartition("/")[2])

    @contextmanager
    def held_up(self, checkpoint: int) -> Iterator[None]:
        """Hold workers up at a checkpoint for the length of the block."""
        self.site.sql("UPDATE checkpoint SET made = %s", checkpoint)
        connection = self.site.database()
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            # Where the database was killed, its locks went with it.
            with suppress(psycopg.OperationalError):
                connection.close()

    def wait_until_held(self) -> None:
        waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        wait_for(lambda: self.site.sql(waiting))

    def start_again(self, victim: str) -> None:
        if victim == "worker":
            self.site.start_worker()
        elif victim == "web":
            self.site.start_web()
        else:
            self.site.held.ensure()

    def kill_at(self, checkpoint: int, victim: str, *, patient: bool = False) -> float:
        """Kill the victim at a checkpoint and start it again; return after how long all was done.

        Patient, the lease of the dead runs out by itself; else it is cut short.
        """
        with self.held_up(checkpoint):
            run = self.ask()
            self.wait_until_held()
            self.site.kill(victim)
            if victim == "postgres":
                self.start_again(victim)
            self.site.sql("UPDATE checkpoint SET made = -1")
        begun = time.monotonic()
        if victim != "postgres":
            self.start_again(victim)
        if not patient:
            self.site.sql("UPDATE reports_reportrun SET lease_until = now() WHERE state <> 'done'")
            self.site.ring("reports.tasks.sweep")
        self.wait_until_done(run)
        return time.monotonic() - begun

    def wait_until_done(self, run: int) -> None:
        state = "SELECT 1 FROM reports_reportrun WHERE id = %s AND state = 'done'"
        wait_for(lambda: self.site.sql(state, run), seconds=120)

    def check_and_forget(self) -> None:
        """Compare what was made and what the page hands out with what it must be."""
        runs = self.site.sql("SELECT id, done_count, total_count FROM reports_reportrun")
        ((run, done, total),) = runs
        assert done == total == DOCUMENTS
        rows = self.site.sql("SELECT language, format, content_hash FROM reports_reportdocument")
        assert {f"{language} {form}": made for language, form, made in rows} == self.expected
        assert len(rows) == DOCUMENTS
        page = self.site.get(f"/reports/runs/{run}/?lang=en").content.decode()
        assert "All documents are ready." in page
        self.site.sql("DELETE FROM reports_reportdocument")
        self.site.sql("DELETE FROM reports_reportrun")


def make_trial(site: Site) -> Trial:
    """Fill a site, put the triggers in, and start web and worker."""
    constants = f"FORMATS = {FORMATS}; LANGUAGES = {LANGUAGES}\n"
    made = site.python(constants + FILL)
    site.sql(TRIGGERS)
    name, value = made["cookie"]
    site.cookies[name] = value
    site.start_web()
    site.start_worker()
    return Trial(site, made["expected"])
