"""Freezing what is usual in the network: norms of scales, and the line of problems on exposure.

Both are computed once, from one answer per person of the before waves, and never change. What
is frozen later holds for the cycles that open later.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from indicators.models import Cycle, CycleState, ReferenceLine, ScaleNorm
from indicators.norms import References, StressScales, references_of, stress_scales
from indicators.rows import read_answers
from measurement.line_sums import LineSums
from measurement.reference_line import ReferenceLine as Line
from measurement.reference_line import fit_line_from_sums
from measurement.scoring import is_scored
from measurement.sums import PairSums, ScoreSums
from surveys.models import CodeCard, DirtyMark, InstrumentVersion, LinkageMode, Wave, WavePlan
from surveys.scoring import scale_rules, score_many
from surveys.services import codec_of, document_of

FEWEST_PERSONS = 100
LOWEST_SHARE = 0.2
#: The first wave, before anything has happened.
BEFORE = 1

Units = NDArray[np.int64]


class FreezingError(Exception):
    """Nothing can be frozen with what was given. The message says what to do."""


@dataclass(slots=True)
class Frozen:
    """What was frozen, and what could not be, with the reason."""

    norms: list[ScaleNorm] = field(default_factory=list)
    line: ReferenceLine | None = None
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Persons:
    """Scores of one answer per person, and where they come from."""

    scores: dict[str, Units]
    plans: Sequence[WavePlan]

    def source(self) -> str:
        words = {
            "plans": ", ".join(plan.code for plan in self.plans),
            "day": date_format(timezone.localdate(), "Y-m-d"),
        }
        if any(plan.is_invented for plan in self.plans):
            return _("Invented answers of the before waves of %(plans)s, as of %(day)s.") % words
        return _("Everybody in the before waves of %(plans)s, as of %(day)s.") % words


@transaction.atomic
def freeze_references(
    version: InstrumentVersion,
    *,
    test_retest: Mapping[str, Decimal] | None = None,
    source: str = "",
) -> Frozen:
    """Freeze a norm for each scale of a questionnaire, and its line if it asks about stress.

    Cycles that had none before are marked, so that the next fold counts by the new ones. An
    answer that is invented is used only where there is no other.

    Parameters
    ----------
    test_retest
        Scale → reliability over time, from a study. One that was given before stays.
    source
        The study.

    Raises
    ------
    FreezingError
        If a reliability is impossible, of an unknown scale or without a source.
    """
    InstrumentVersion.objects.select_for_update().get(pk=version.pk)
    given = dict(test_retest or {})
    _check(version, given, source)
    cycles = list(Cycle.objects.filter(plan__version=version).exclude(state=CycleState.SNAPSHOTTED))
    earlier = references_of(version, cycles)
    persons = _read_persons(version)
    frozen = Frozen()
    for scale, rule in scale_rules(document_of(version)).items():
        units = persons.scores[scale][is_scored(persons.scores[scale])]
        _freeze_norm(frozen, _Scale(version, scale, rule.unit, units), persons, given, source)
    if scales := stress_scales(document_of(version)):
        _freeze_line(frozen, version, scales, persons)
    _mark(cycles, earlier, references_of(version, cycles))
    return frozen


def _check(version: InstrumentVersion, given: Mapping[str, Decimal], source: str) -> None:
    known = [scale.key for scale in document_of(version).scales]
    if unknown := sorted(set(given) - set(known)):
        raise FreezingError(
            _("There is no scale %(unknown)s. There are: %(known)s.")
            % {"unknown": ", ".join(unknown), "known": ", ".join(known)}
        )
    if any(not (value.is_finite() and 0 <= value < 1) for value in given.values()):
        raise FreezingError(_("A reliability is at least 0 and below 1, for example 0.80."))
    if given and not source:
        raise FreezingError(_("Say which study the reliability comes from."))


# One answer per person ---------------------------------------------------------------------------


def _read_persons(version: InstrumentVersion) -> _Persons:
    plans = list(WavePlan.objects.filter(version=version).order_by("pk"))
    real = [plan for plan in plans if not plan.is_invented]
    used = real or plans
    document, codec = document_of(version), codec_of(version)
    parts = [part for plan in used for part in _first_answers(plan)]
    persons = np.concatenate([part[0] for part in parts] or [np.zeros(0, dtype=np.int64)])
    kept = _once_each(persons)
    stored = np.concatenate(
        [part[1] for part in parts] or [np.zeros((0, codec.width), dtype=np.uint8)]
    )
    return _Persons(score_many(document, codec, stored[kept]), used)


def _first_answers(plan: WavePlan) -> Iterator[tuple[Units, NDArray[np.uint8]]]:
    """Yield who has answered before (0 where nobody can tell) and what."""
    waves = Wave.objects.filter(plan=plan, sequence=BEFORE)
    communities = set(waves.values_list("community", flat=True))
    for answers in read_answers(plan, communities, []):
        before = answers.sequence == BEFORE
        cards = answers.cards[before]
        yield _persons_behind(plan, cards), answers.stored[before]


def _persons_behind(plan: WavePlan, cards: Units) -> Units:
    """Return a number for each person: of the card, or below 0 of the participant if known."""
    if plan.linkage_mode != LinkageMode.CONTACT or not len(cards):
        return cards
    holders = dict(
        CodeCard.objects.filter(plan=plan)
        .exclude(participant=None)
        .values_list("pk", "participant")
    )
    return np.array([-holders.get(card, -card) for card in cards.tolist()], dtype=np.int64)


def _once_each(persons: Units) -> NDArray[np.intp]:
    named = np.flatnonzero(persons != 0)
    _known, first = np.unique(persons[named], return_index=True)
    return np.sort(np.concatenate([named[first], np.flatnonzero(persons == 0)]))


# Norms -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scale:
    version: InstrumentVersion
    key: str
    unit: int
    units: Units


def _freeze_norm(
    frozen: Frozen,
    scale: _Scale,
    persons: _Persons,
    given: Mapping[str, Decimal],
    source: str,
) -> None:
    variance = ScoreSums.from_scores(scale.units, scale.unit).variance
    if len(scale.units) < FEWEST_PERSONS or not variance:
        frozen.left_out.append(_why_not(scale.key, len(scale.units)))
        return
    last = ScaleNorm.objects.filter(version=scale.version, scale=scale.key).last()
    reliability, study = given.get(scale.key), source
    if reliability is None and last is not None and last.test_retest is not None:
        reliability = last.test_retest
        study = _("as in norm %(number)s") % {"number": last.number}
    told = [persons.source()]
    if reliability is not None:
        told.append(_("Test-retest reliability: %(study)s.") % {"study": study.rstrip(".")})
    lowest = int(np.quantile(scale.units, LOWEST_SHARE, method="inverted_cdf"))
    frozen.norms.append(
        ScaleNorm.objects.create(
            version=scale.version,
            scale=scale.key,
            number=last.number + 1 if last else 1,
            n=len(scale.units),
            sd=sqrt(variance),
            percentile_20=round(Decimal(lowest) / scale.unit, 9),
            test_retest=reliability,
            source=" ".join(told),
        )
    )


def _why_not(scale: str, count: int) -> str:
    if count < FEWEST_PERSONS:
        return _("%(scale)s: fewer than %(needed)s persons have a score.") % {
            "scale": scale,
            "needed": FEWEST_PERSONS,
        }
    return _("%(scale)s: all scores are the same.") % {"scale": scale}


# The line ----------------------------------------------------------------------------------------


def _freeze_line(
    frozen: Frozen, version: InstrumentVersion, scales: StressScales, persons: _Persons
) -> None:
    exposure, problems = persons.scores[scales.exposure], persons.scores[scales.problems]
    complete = is_scored(exposure) & is_scored(problems)
    try:
        line = _fit(version, scales, exposure[complete], problems[complete])
    except ValueError:
        line = None
    if line is None:
        frozen.left_out.append(
            _("line: at least %(needed)s persons with differing exposure and problems are needed.")
            % {"needed": FEWEST_PERSONS}
        )
        return
    last = ReferenceLine.objects.filter(version=version).aggregate(last=Max("number"))["last"]
    frozen.line = ReferenceLine.objects.create(
        version=version,
        number=(last or 0) + 1,
        source=persons.source(),
        n=line.n,
        parameters={**asdict(scales), **asdict(line)},
    )


def _fit(
    version: InstrumentVersion, scales: StressScales, exposure: Units, problems: Units
) -> Line | None:
    """Fit the line in exact arithmetic, so that it is the same on every machine."""
    if len(exposure) < FEWEST_PERSONS:
        return None
    rules = scale_rules(document_of(version))
    load, trouble = rules[scales.exposure].unit, rules[scales.problems].unit
    sums = PairSums.from_scores(exposure, problems, 1)
    return fit_line_from_sums(
        LineSums(
            n=sums.n,
            exposure=Fraction(sums.sum_before, load),
            problems=Fraction(sums.sum_after, trouble),
            exposure_squares=Fraction(sums.sum_before_squared, load**2),
            products=Fraction(sums.sum_products, load * trouble),
            problems_squares=Fraction(sums.sum_after_squared, trouble**2),
        ),
        exposure_range=(int(exposure.min()) / load, int(exposure.max()) / load),
    )


def read_line(parameters: Mapping[str, Any]) -> Line:
    """Return the line that was frozen with these parameters."""
    values = {key: value for key, value in parameters.items() if key not in _KEYS_OF_SCALES}
    covariance = values.pop("covariance")
    values.pop("stressor_classes")  # exposure is the score of a scale, never a sum of classes
    return Line(**values, covariance=covariance and tuple(map(tuple, covariance)))


_KEYS_OF_SCALES = ("exposure", "problems")


# What it changes ---------------------------------------------------------------------------------


def _mark(
    cycles: Sequence[Cycle], earlier: Mapping[int, References], now: Mapping[int, References]
) -> None:
    """Mark the communities of the cycles that are counted by another norm or line from now on."""
    changed = {
        (cycle.plan_id, cycle.community_id)
        for cycle in cycles
        if earlier[cycle.pk] != now[cycle.pk]
    }
    waves = Wave.objects.filter(sequence=BEFORE, plan__in={plan for plan, _place in changed})
    marks = {
        (wave.plan_id, wave.community_id): wave
        for wave in waves
        if (wave.plan_id, wave.community_id) in changed
    }
    DirtyMark.objects.bulk_create(DirtyMark(wave=wave) for wave in marks.values())
