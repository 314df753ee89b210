"""One page for those who answered: what was asked, what came out, what cannot be said, what next.

Easy words, no statistics, and nothing that the report doesn't tell. Its sentences are templates
filled with published figures, as those of the report are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.gate import Policy
from reports import statements as say
from reports.claims import Kind
from reports.formats.page import standing_alone
from reports.formats.paper import print_out, script_of
from reports.parts import Report
from reports.remarks import ActionStatus
from reports.source import ReportedScale, Source
from reports.tables import scale_name
from reports.wording import day, isolated, listed, number, speaking

#: The page is one page.
MOST_SCALES = 6
MOST_STEPS = 3

RISES = frozenset({Kind.CLEAR_RISE, Kind.RISE_SIZE_UNCERTAIN})
FALLS = frozenset({Kind.CLEAR_FALL, Kind.FALL_SIZE_UNCERTAIN})
MORE, LESS, SAME = "more", "less", "same"

#: On a scale of resources, more points mean more of it.
TEMPLATES: Mapping[str, str | Promise] = {
    MORE: gettext_lazy(
        "%(scale)s: people said more of it than before. On average %(before)s points before and "
        "%(after)s points after, on a scale from %(minimum)s to %(maximum)s."
    ),
    LESS: gettext_lazy(
        "%(scale)s: people said less of it than before. On average %(before)s points before and "
        "%(after)s points after, on a scale from %(minimum)s to %(maximum)s."
    ),
    SAME: gettext_lazy(
        "%(scale)s: about the same as before. On average %(before)s points before and %(after)s "
        "points after, on a scale from %(minimum)s to %(maximum)s."
    ),
}


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    sentences: tuple[str, ...]
    #: Whether lines to write on follow.
    has_space: bool = False


@dataclass(frozen=True, slots=True)
class Leaflet:
    title: str
    line: str
    warning: str
    parts: tuple[Part, ...]


def as_leaflet(report: Report) -> bytes:
    """Return one A4 page, which is as readable on A5."""
    leaflet = asdict(leaflet_of(report)) | script_of(report.language, report.direction)
    return print_out("leaflet.typ", {"leaflet": leaflet})


def as_leaflet_page(report: Report) -> bytes:
    context = {"report": report, "leaflet": leaflet_of(report)}
    return standing_alone("reports/leaflet.html", report.language, context)


def leaflet_of(report: Report) -> Leaflet:
    source = report.source
    with speaking(report.language):
        return Leaflet(
            title=_("What came out: %(community)s")
            % {"community": isolated(source.community_name)},
            line=" · ".join(
                [isolated(source.community_name), isolated(source.cycle), day(source.snapshot_on)]
            ),
            warning=report.warning,
            parts=(
                Part(_("What we asked"), tuple(_asked(source))),
                Part(_("What came out"), tuple(_came_out(source))),
                Part(_("What we cannot say"), tuple(_cannot_say(source))),
                Part(_("What happens next"), tuple(_next(source, report.language)), has_space=True),
            ),
        )


def _asked(source: Source) -> Iterator[str]:
    if source.after_kind == "follow_up":
        yield _("We asked the same questions twice: before the workshops, and months afterwards.")
    else:
        yield _("We asked the same questions twice: before the workshops and after them.")
    yield _("The questions were about: %(scales)s.") % {
        "scales": listed(scale_name(source, scale) for scale in _scales(source))
    }
    if source.is_silent:
        threshold = number(Policy().threshold)
        yield _("Fewer than %(n)s people answered both times, or nobody did.") % {"n": threshold}
    else:
        linked = source.cell("linked").value or 0
        yield _("About %(n)s people answered both times.") % {"n": number(linked)}
    yield _("Thank you to everybody who answered.")


def _scales(source: Source) -> list[ReportedScale]:
    return say.resource_scales(source)[:MOST_SCALES]


def _came_out(source: Source) -> Iterator[str]:
    if source.is_silent:
        yield _("So few people answered both times that no results are shown. This protects them.")
        return
    told = [sentence for scale in _scales(source) if (sentence := _told(source, scale))]
    yield from told
    if not told:
        yield _("The answers do not show whether anything is different.")


def _told(source: Source, scale: ReportedScale) -> str:
    """Say what became of one scale; nothing where the answers don't tell."""
    cell = source.cell("change", scale.key)
    direction = _direction(cell.evidence, scale)
    before, after = (source.cell(measure, scale.key).value for measure in ("before", "after"))
    if not direction or before is None or after is None:
        return ""
    return str(TEMPLATES[direction]) % {
        "scale": scale_name(source, scale),
        "before": number(before),
        "after": number(after),
        "minimum": number(scale.minimum),
        "maximum": number(scale.maximum),
    }


def _direction(evidence: str, scale: ReportedScale) -> str:
    if evidence == Kind.LITTLE_OR_NO_CHANGE:
        return SAME
    if evidence in RISES:
        return LESS if scale.higher_is_less else MORE
    if evidence in FALLS:
        return MORE if scale.higher_is_less else LESS
    return ""


def _cannot_say(source: Source) -> Iterator[str]:
    silent = [scale for scale in _scales(source) if not _told(source, scale)]
    if silent and not source.is_silent:
        words = _("Here the answers do not tell whether anything is different: %(scales)s.")
        yield words % {"scales": listed(scale_name(source, scale) for scale in silent)}
    yield _("We cannot say why answers differ. Many other things happened in the same time.")
    yield _("Not everybody answered twice. The others may see it differently.")
    yield _("Nobody can see what a single person answered, and this page does not tell it.")


def _next(source: Source, language: str) -> Iterator[str]:
    """Say the open steps that are written in the reader's language, and ask for more."""
    steps = [step for step in source.next_steps if step.status == ActionStatus.OPEN]
    for step in [step for step in steps if step.language == language][:MOST_STEPS]:
        yield isolated(step.text)
    yield _("Tell us what you see in these results and what is missing. Where and when:")
