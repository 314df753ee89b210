"""Where trainers are, and where they are missing: languages of communities, and who speaks them.

Trainers are a public role, so their number needs no protection; what is counted here says nothing
about those who are trained.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from communities.models import Community
from trainers.models import LanguageUse, TrainerLanguage
from workshops.models import LOGGING_ROLES, Facilitation, SessionStatus

#: Whoever held no session for so long is not counted on in a place that isn't their home.
RECENT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Cell:
    """One language that a community needs, and how many trainers hold workshops in it there."""

    language: str
    trainers: int

    @property
    def is_missing(self) -> bool:
        return self.trainers == 0

    @property
    def is_single(self) -> bool:
        """Whether one illness is enough for nobody to be there."""
        return self.trainers == 1


@dataclass(frozen=True, slots=True)
class CommunityCoverage:
    community: Community
    cells: Sequence[Cell]

    @property
    def has_gap(self) -> bool:
        return any(cell.is_missing for cell in self.cells)

    @property
    def is_fragile(self) -> bool:
        return any(cell.is_single for cell in self.cells)


@dataclass(frozen=True, slots=True)
class LanguageCoverage:
    """One language over all communities that need it."""

    language: str
    trainers: int
    communities: int
    missing: int
    single: int


@dataclass(frozen=True, slots=True)
class Coverage:
    communities: Sequence[CommunityCoverage]
    languages: Sequence[LanguageCoverage]

    @property
    def missing(self) -> int:
        return sum(row.missing for row in self.languages)

    @property
    def single_points(self) -> int:
        return sum(row.single for row in self.languages)


def coverage(communities: QuerySet[Community], now: datetime) -> Coverage:
    """Count the trainers for each language of each community, in three queries.

    A trainer counts in their home community and wherever they led a session in the last year, in
    each language that they hold workshops in.
    """
    rows = list(communities.only("code", "name", "languages", "is_invented"))
    here = {row.pk for row in rows}
    present: dict[int, set[int]] = defaultdict(set)
    for community, trainer in _visits(here, now):
        present[community].add(trainer)
    visitors = set().union(*present.values())
    speakers: dict[str, set[int]] = defaultdict(set)
    for language, trainer, base in _speakers(here, visitors):
        speakers[language].add(trainer)
        present[base].add(trainer)
    covered = [
        CommunityCoverage(
            row, [Cell(code, len(speakers[code] & present[row.pk])) for code in row.languages]
        )
        for row in rows
    ]
    return Coverage(covered, _by_language(covered, speakers))


def _visits(communities: Collection[int], now: datetime) -> Iterable[tuple[int, int]]:
    """Return which trainer led a session in which community in the last year."""
    return (
        Facilitation.objects.filter(
            role__in=LOGGING_ROLES,
            trainer__is_active=True,
            session__status=SessionStatus.HELD,
            session__starts_at__range=(now - RECENT, now),
            session__workshop__community__in=_each(communities),
        )
        .order_by()
        .values_list("session__workshop__community", "trainer")
        .distinct()
    )


def _speakers(
    communities: Collection[int], visitors: Collection[int]
) -> Iterable[tuple[str, int, int]]:
    """Return who holds workshops in which language, and where they are at home."""
    return (
        TrainerLanguage.objects.filter(
            Q(trainer__base__in=_each(communities)) | Q(trainer__in=_each(visitors)),
            use=LanguageUse.DELIVER,
            trainer__is_active=True,
        )
        .order_by()
        .values_list("language", "trainer", "trainer__base")
    )


def _each(keys: Collection[int]) -> RawSQL:
    # One parameter, however many there are.
    return RawSQL("SELECT unnest(%s::bigint[])", (list(keys),))


def _by_language(
    covered: Iterable[CommunityCoverage],
    speakers: Mapping[str, set[int]],
) -> list[LanguageCoverage]:
    needed: dict[str, list[Cell]] = defaultdict(list)
    for row in covered:
        for cell in row.cells:
            needed[cell.language].append(cell)
    return [
        LanguageCoverage(
            language,
            trainers=len(speakers[language]),
            communities=len(cells),
            missing=sum(cell.is_missing for cell in cells),
            single=sum(cell.is_single for cell in cells),
        )
        for language, cells in sorted(needed.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
