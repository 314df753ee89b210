"""How the figures were made and where they come from: printed with every report."""

from collections.abc import Iterator, Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from indicators.gate import Cell, Policy
from indicators.models import Confidentiality, Observation
from reports import statements as say
from reports.claims import Claim, Kind
from reports.names import RUNGS
from reports.parts import Entry, Section, Table
from reports.provenance import LINE_FROM, Definition
from reports.sections.groups import EQUITY_FROM
from reports.sections.telling import title_of, told
from reports.shares import COUNTS_FROM
from reports.source import Source
from reports.tables import measure_table
from reports.wording import VERY_UNCERTAIN, WITHHELD, day, isolated, name, number

#: What definitions say of a figure that is no share of anything.
NO_DENOMINATOR = "none"


def method(source: Source, rest: Sequence[Cell] = ()) -> Section:
    """Say how the figures were made; `rest` are those that no other section has shown."""
    return Section(
        "method",
        title_of("method"),
        told(source, _claims(source)),
        details=(
            _ladder(),
            _merging(),
            *_cards(source),
            *_withheld(source),
            *_rest(source, rest),
            _provenance(source),
        ),
        notes=tuple(_definitions(source)),
    )


def _claims(source: Source) -> Iterator[Claim]:
    yield say.about_the_plan(source)
    if source.is_silent:  # how many figures are withheld might tell none from a few
        return
    shown = sum(cell.value is not None for cell in source.cells)
    withheld = sum(cell.confidentiality != Confidentiality.FREE for cell in source.cells)
    yield Claim(Kind.SHOWN_AND_WITHHELD, {"shown": shown, "withheld": withheld})
    yield from _certificate(source)


def _certificate(source: Source) -> Iterator[Claim]:
    """Say what the release's certificate says; older ones say less."""
    if attacked := source.certificate.get("attacked"):
        yield Claim(Kind.ATTACKED, {"attacked": attacked})
    for what in source.certificate.get("derivable", ()):
        if what["kind"] == "shown_count":
            yield Claim(Kind.DERIVABLE_COUNT, {"within": what["within"]})
        elif what["kind"] == "small_count":
            yield Claim(Kind.DERIVABLE_FEW, {"width": what["at_least_as_wide_as"]})
        elif what["kind"] == "mean":
            yield Claim(Kind.DERIVABLE_MEAN, {"people": what["of_at_least"]})


def legend() -> Section:
    policy = Policy()
    withheld = _(
        "withheld: fewer than %(n)s people, nobody, all answers alike, or it would give away "
        "another figure of so few"
    )
    uncertain = _("very uncertain: fewer than %(n)s people")
    rows = (
        (Entry(WITHHELD), Entry(withheld % {"n": number(policy.threshold)})),
        (Entry(VERY_UNCERTAIN), Entry(uncertain % {"n": number(policy.reliable_from)})),
        (Entry("[x]"), Entry(_("not available: what it needs was not asked or entered"))),
        (Entry("[z]"), Entry(_("not applicable"))),
    )
    table = Table(_("Letters in brackets"), (_("Letter"), _("Meaning")), rows)
    return Section("legend", title_of("legend"), details=(table,))


def _definitions(source: Source) -> list[str]:
    notes = [
        _(
            "Difference: average after minus average before, of the people who answered both "
            "times. The interval holds the differences that fit the data (95%% confidence; people "
            "of one workshop resemble each other, and the interval allows for it)."
        )
        % {},
        _(
            "Clearly higher: the whole interval is at or above the smallest difference that "
            "matters. Higher, size uncertain: the whole interval is above zero. About the same: "
            "the whole interval is smaller than what matters. The same holds for lower. "
            "Otherwise nobody can tell, which is not the same as no difference."
        ),
        _(
            "Scores of a resource area lie between 0 and 100: the share of the most that the "
            "answers could have reached."
        ),
        _("Counts of people are rounded to 5, averages and differences to about 1%% of the scale.")
        % {},
        _("This report is not meant for comparing or ordering communities."),
    ]
    if source.citation:
        notes.append(source.citation)
    return notes


def _ladder() -> Table:
    policy = Policy()
    rows = (
        (
            _("fewer than %(n)s") % {"n": number(policy.threshold)},
            _("workshops and sessions, no survey figures"),
        ),
        (
            _("from %(n)s") % {"n": number(policy.threshold)},
            _("averages and differences, marked as very uncertain"),
        ),
        (
            _("from %(n)s") % {"n": number(policy.sensitive_threshold)},
            _("the same about health, and where children answered"),
        ),
        (_("from %(n)s") % {"n": number(policy.reliable_from)}, _("differences without the mark")),
        (
            _("from %(n)s") % {"n": number(COUNTS_FROM)},
            _("how many were higher or lower beyond measurement error"),
        ),
        (
            _("from %(n)s") % {"n": number(policy.breakdown_threshold)},
            _("shares in per cent, and groups registered beforehand"),
        ),
        (_("from %(n)s") % {"n": number(EQUITY_FROM)}, _("groups compared with each other")),
        (
            _("from %(n)s in the network") % {"n": number(LINE_FROM)},
            _("distress, given the strain"),
        ),
    )
    return Table(
        _("What is shown for how many people"),
        (_("People who answered both times"), _("Shown")),
        tuple((Entry(people), Entry(shown)) for people, shown in rows),
    )


def _merging() -> Table:
    return Table(
        _("Where too few answered, figures are put together, in this order"),
        (_("Step"), _("Together with")),
        tuple(
            (Entry(number(step)), Entry(str(words))) for step, words in enumerate(RUNGS.values(), 1)
        ),
    )


def _cards(source: Source) -> Iterator[Table]:
    if source.definitions:
        yield Table(
            _("Definitions of the indicators"),
            (_("Indicator and version"), _("Unit, of whom, limits")),
            tuple(
                (Entry(f"{card.code} {_(card.name)} ({card.version})"), Entry(_card(card)))
                for card in source.definitions
            ),
            is_long=True,
        )


def _card(card: Definition) -> str:
    unit, denominator = _told(card.unit), _told(card.denominator)
    parts = [f"{unit}; {denominator}" if denominator else unit]
    if card.minimum_n:
        parts.append(_("from %(n)s people on") % {"n": number(card.minimum_n)})
    limits = _told(card.limits)
    return isolated(". ".join([", ".join(parts), limits] if limits else parts))


def _told(text: str) -> str:
    """Translate what is told of a shipped definition; a programme's own words stay."""
    return _(text) if text and text != NO_DENOMINATOR else ""


def _rest(source: Source, cells: Sequence[Cell]) -> Iterator[Table]:
    """Show what nothing else has shown, so that the page holds every published figure."""
    known = [cell for cell in cells if cell.value is not None]
    if known:
        yield measure_table(_("Further figures"), known, source)


def _withheld(source: Source) -> Iterator[Table]:
    """Count what is withheld, by reason; not where the counts might tell none from a few."""
    if source.is_silent:
        return
    counts = [
        (words, sum(cell.confidentiality == reason for cell in source.cells))
        for reason, words in Confidentiality.choices
        if reason != Confidentiality.FREE
    ]
    counts += [
        (words, sum(cell.observation == reason for cell in source.cells))
        for reason, words in Observation.choices
        if reason in {Observation.NOT_AVAILABLE, Observation.NOT_APPLICABLE}
    ]
    if any(count for _words, count in counts):
        yield Table(
            _("Figures that are not there, by reason"),
            (_("Reason"), _("How many")),
            tuple(
                (Entry(str(words)), Entry(number(count), is_figure=True))
                for words, count in counts
                if count
            ),
        )


def _provenance(source: Source) -> Table:
    instrument = name(source.instrument, source.source_language)
    rows = (
        (_("Community"), source.community_name),
        (_("Cycle"), source.cycle),
        (_("Questionnaire"), f"{instrument} ({source.instrument_version})"),
        (_("Data as of"), day(source.snapshot_on)),
        (_("Snapshot"), f"{source.snapshot_number} · {source.snapshot_hash}"),
        (_("Disclosure policy"), source.policy_version),
        (_("Software"), f"CORESZON {source.code_version} · {settings.VERSION}"),
        (_("Report"), f"{source.report_id} · {source.fingerprint}"),
    )
    return Table(
        _("Where it comes from"),
        (_("What"), _("Which")),
        tuple((Entry(label), Entry(value)) for label, value in rows),
    )
