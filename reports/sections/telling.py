"""What all sections do: say claims, and mark what was planned."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from reports.claims import Claim, sentence
from reports.names import SECTIONS
from reports.parts import Said
from reports.source import ReportedScale, Source
from reports.tables import scale_name
from reports.wording import listed


def told(source: Source, claims: Iterable[Claim]) -> tuple[Said, ...]:
    return tuple(Said(claim, sentence(claim, source)) for claim in claims)


def title_of(key: str) -> str:
    return str(SECTIONS[key])


def status_of(source: Source, scales: Sequence[ReportedScale]) -> str:
    """Say which figures of a chart were planned before anybody answered."""
    primary = source.primary_scale
    if primary is None or not source.is_planned or primary not in scales:
        return _("Exploratory: not planned beforehand.")
    planned = listed([scale_name(source, primary)])
    if len(scales) == 1:
        return _("Planned beforehand.")
    return _("Planned beforehand: %(planned)s. All else is exploratory.") % {"planned": planned}
