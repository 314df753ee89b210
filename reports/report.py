"""The one report that page, PDF and JSON show: built from published cells, in one language."""

from collections.abc import Iterator

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from indicators.models import Release
from reports import sections
from reports import statements as say
from reports.claims import Claim, Kind, sentence
from reports.method import legend, method
from reports.parts import Report, Section
from reports.source import Source, read_source
from reports.wording import day, isolated, speaking

SHORT_HASH = 8


def build_report(release: Release, language: str) -> Report:
    """Return the report of a release in a language of the site."""
    return compose(read_source(release), language)


def compose(source: Source, language: str) -> Report:
    """Write the report; the same source gives the same report on any machine and any day."""
    with speaking(language):
        return Report(
            source=source,
            language=language,
            direction="rtl" if get_language_bidi() else "ltr",
            title=_("Community report: %(community)s") % {"community": source.community_name},
            line=_line(source),
            warning=sentence(Claim(Kind.INVENTED), source) if source.is_invented else "",
            sections=tuple(_sections(source)),
        )


def _line(source: Source) -> str:
    parts = (
        isolated(source.community_name),
        isolated(source.cycle),
        _("data as of %(day)s") % {"day": day(source.snapshot_on)},
        _("people who answered both before and after"),
        isolated(f"{source.report_id} {source.fingerprint[:SHORT_HASH]}"),
    )
    return " · ".join(parts)


def _sections(source: Source) -> Iterator[Section]:
    yield sections.headline(source)
    yield sections.delivery(source)
    yield sections.flow(source)
    if not source.is_silent:
        yield from _survey_sections(source)
    yield method(source)
    yield legend()


def _survey_sections(source: Source) -> Iterator[Section]:
    roles = {scale.role for scale in source.scales}
    if any(scale.domain for scale in source.scales):
        yield sections.domains(source)
    if say.other_scales(source):
        yield sections.other_scales(source)
    if roles & {"exposure", "problems"}:
        yield sections.strain(source)
    if source.breakdowns:
        yield sections.groups(source)
    yield sections.trust(source)
