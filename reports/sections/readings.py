"""What people say that the figures mean, and what is to be done: in their words, as approved."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from reports.claims import Claim, Kind
from reports.measures import MEASURES
from reports.parts import Entry, Section, Table
from reports.remarks import ActionStatus, AnnotationKind, Owner
from reports.sections.telling import title_of, told
from reports.source import Anchor, NextStep, Reading, Source
from reports.tables import scale_name
from reports.wording import day, isolated


def readings(source: Source) -> Section | None:
    if not source.readings:
        return None
    rows = tuple(
        (Entry(_whose(source, reading)), Entry(_quoted(reading), language=reading.language))
        for reading in source.readings
    )
    table = Table(title_of("readings"), (_("Whose words, about what"), _("Words")), rows)
    claims = (Claim(Kind.WORDS_OF_PEOPLE),)
    return Section("readings", title_of("readings"), told(source, claims), details=(table,))


def _whose(source: Source, reading: Reading) -> str:
    kind = str(AnnotationKind(reading.author_role).label)
    return " · ".join(
        part for part in (kind, day(reading.on), anchor_words(source, reading.anchor)) if part
    )


def _quoted(reading: Reading) -> str:
    text = isolated(reading.text)
    return _("“%(words)s”") % {"words": text} if reading.is_quote else text


def anchor_words(source: Source, anchor: Anchor) -> str:
    """Name the figure that is spoken of; nothing where it is the whole report."""
    measure, key = anchor
    if measure not in MEASURES:
        return ""
    scale = source.scale(key)
    words = str(MEASURES[measure].words)
    return f"{words}: {scale_name(source, scale)}" if scale else words


def next_steps(source: Source) -> Section | None:
    tables = [
        _table(source, caption, steps)
        for caption, steps in (
            (_("What was to be done after the last report"), source.last_steps),
            (_("What is to be done now"), source.next_steps),
        )
        if steps
    ]
    if not tables:
        return None
    return Section("steps", title_of("steps"), details=tuple(tables))


def _table(source: Source, caption: str, steps: Sequence[NextStep]) -> Table:
    return Table(
        caption,
        (_("What"), _("Because of"), _("Who, until when"), _("Status")),
        tuple(
            (
                Entry(isolated(step.text), language=step.language),
                Entry(_because(source, step), language=step.language if step.because else ""),
                Entry(_who(step)),
                Entry(_status(step)),
            )
            for step in steps
        ),
    )


def _because(source: Source, step: NextStep) -> str:
    parts = (anchor_words(source, step.anchor), step.because)
    return isolated(" – ".join(part for part in parts if part))


def _who(step: NextStep) -> str:
    owner = str(Owner(step.owner).label)
    return f"{owner}, {day(step.due_on)}" if step.due_on else owner


def _status(step: NextStep) -> str:
    status = str(ActionStatus(step.status).label)
    return f"{status}: {isolated(step.status_reason)}" if step.status_reason else status
