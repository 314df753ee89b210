"""The one report that page, PDF and JSON show: built from published cells, in one language."""

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from indicators.models import Release
from reports.claims import Claim, Kind, sentence
from reports.parts import Report
from reports.sections import all_sections
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
            sections=tuple(all_sections(source)),
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
