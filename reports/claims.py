"""What a report says: typed claims, made from published cells, told in each language by a template.

A claim holds figures and the keys of what it is about, no words. Its sentence is a template of its
kind, filled with the same figures in every language; so no language can say another number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.source import Source
from reports.wording import VERY_UNCERTAIN, listed, name, number


class Kind(StrEnum):
    INVENTED = "invented"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    PEOPLE_CAME = "people_came"
    FEW_PEOPLE_CAME = "few_people_came"
    LINKED = "linked"
    TOO_FEW_LINKED = "too_few_linked"
    WHAT_IT_TAKES = "what_it_takes"
    FLOW_REFUSED = "flow_refused"
    CLASSES = "classes"
    NO_COMPARISON_GROUP = "no_comparison_group"
    MOST_WERE_LOST = "most_were_lost"
    ALL_VERY_UNCERTAIN = "all_very_uncertain"
    VERY_UNCERTAIN = "very_uncertain"
    CLEAR_RISE = "clear_rise"
    RISE_SIZE_UNCERTAIN = "rise_size_uncertain"
    LITTLE_OR_NO_CHANGE = "little_or_no_change"
    CANNOT_TELL = "cannot_tell"
    CANNOT_TELL_EVEN_SO = "cannot_tell_even_so"
    FALL_SIZE_UNCERTAIN = "fall_size_uncertain"
    CLEAR_FALL = "clear_fall"
    WITHHELD = "withheld"
    GROUPS_WITHHELD = "groups_withheld"
    HIGHER_IS_LESS = "higher_is_less"
    CAVEAT = "caveat"
    KEPT_APART = "kept_apart"
    CARE = "care"
    LINKAGE_SHARE = "linkage_share"
    LINKAGE_COUNTS = "linkage_counts"
    LINKAGE_FEW = "linkage_few"
    TIPPING_POINT = "tipping_point"
    FEW_LOST = "few_lost"
    UNREVIEWED = "unreviewed"
    REVIEWED = "reviewed"
    PLANNED = "planned"
    EXPLORATORY = "exploratory"


#: The classes of evidence, in the order in which they are told.
EVIDENCE = (
    Kind.CLEAR_RISE,
    Kind.RISE_SIZE_UNCERTAIN,
    Kind.LITTLE_OR_NO_CHANGE,
    Kind.CANNOT_TELL,
    Kind.FALL_SIZE_UNCERTAIN,
    Kind.CLEAR_FALL,
)

#: A class in words, for tables, tiles and charts.
IN_WORDS: Mapping[str, str | Promise] = {
    Kind.CLEAR_RISE: _("clearly higher"),
    Kind.RISE_SIZE_UNCERTAIN: _("higher, size uncertain"),
    Kind.LITTLE_OR_NO_CHANGE: _("about the same"),
    Kind.CANNOT_TELL: _("cannot tell"),
    Kind.FALL_SIZE_UNCERTAIN: _("lower, size uncertain"),
    Kind.CLEAR_FALL: _("clearly lower"),
    Kind.WITHHELD: _("not shown"),
}

TEMPLATES: Mapping[Kind, str | Promise] = {
    Kind.INVENTED: _("All data in this report are invented."),
    Kind.DELIVERED: _("Workshops planned: %(workshops)s; sessions held: %(held)s of %(planned)s."),
    Kind.NOT_DELIVERED: _("The register holds no workshops for this time."),
    Kind.PEOPLE_CAME: _("About %(n)s people came at least once."),
    Kind.FEW_PEOPLE_CAME: _("Fewer than %(threshold)s people came, or nobody did."),
    Kind.LINKED: _("About %(n)s people answered both before and after."),
    Kind.TOO_FEW_LINKED: _(
        "Fewer than %(threshold)s people answered both before and after, or nobody did. "
        "So this report shows no survey figures."
    ),
    Kind.WHAT_IT_TAKES: _(
        "Figures can be shown from %(threshold)s people on. To see anything but large changes "
        "takes many more."
    ),
    Kind.FLOW_REFUSED: _("The counts do not add up, so they are not shown. Ask the data steward."),
    Kind.CLASSES: _("Scores after, compared with before: %(classes)s."),
    Kind.NO_COMPARISON_GROUP: _(
        "This compares the same people before and after, without a comparison group."
    ),
    Kind.MOST_WERE_LOST: _(
        "Most of those who answered before did not answer again, and they may differ from the "
        "others."
    ),
    Kind.ALL_VERY_UNCERTAIN: _(
        "So few people stand behind the figures that all are very uncertain."
    ),
    Kind.VERY_UNCERTAIN: _(
        "Figures marked %(mark)s rest on fewer than %(threshold)s people and are very uncertain."
    ),
    Kind.CLEAR_RISE: _(
        "%(scale)s: scores were clearly higher after than before. About %(n)s people answered both "
        "times. On a scale from %(minimum)s to %(maximum)s their average was higher by %(size)s; "
        "differences from %(low)s to %(high)s fit the data."
    ),
    Kind.RISE_SIZE_UNCERTAIN: _(
        "%(scale)s: scores were higher after than before; by how much is uncertain. About %(n)s "
        "people answered both times. On a scale from %(minimum)s to %(maximum)s their average was "
        "higher by %(size)s; differences from %(low)s to %(high)s fit the data."
    ),
    Kind.LITTLE_OR_NO_CHANGE: _(
        "%(scale)s: scores stayed about the same. About %(n)s people answered both times. On a "
        "scale from %(minimum)s to %(maximum)s, differences from %(low)s to %(high)s fit the data. "
        "The smallest difference that matters here is %(smallest)s."
    ),
    Kind.CANNOT_TELL: _(
        "%(scale)s: there is not enough information to tell. About %(n)s people answered both "
        "times. On a scale from %(minimum)s to %(maximum)s, differences from %(low)s to %(high)s "
        "fit the data. To see a difference of %(smallest)s, about %(needed)s people would have to "
        "answer both times."
    ),
    Kind.CANNOT_TELL_EVEN_SO: _(
        "%(scale)s: there is not enough information to tell. About %(n)s people answered both "
        "times. On a scale from %(minimum)s to %(maximum)s, differences from %(low)s to %(high)s "
        "fit the data. More people from more workshops would be needed to see a difference of "
        "%(smallest)s."
    ),
    Kind.FALL_SIZE_UNCERTAIN: _(
        "%(scale)s: scores were lower after than before; by how much is uncertain. About %(n)s "
        "people answered both times. On a scale from %(minimum)s to %(maximum)s their average was "
        "lower by %(size)s; differences from %(low)s to %(high)s fit the data."
    ),
    Kind.CLEAR_FALL: _(
        "%(scale)s: scores were clearly lower after than before. About %(n)s people answered both "
        "times. On a scale from %(minimum)s to %(maximum)s their average was lower by %(size)s; "
        "differences from %(low)s to %(high)s fit the data."
    ),
    Kind.WITHHELD: _(
        "%(scale)s: not shown, because too few people answered both times or their answers were "
        "all alike."
    ),
    Kind.GROUPS_WITHHELD: _(
        "%(scale)s: not shown by group, because a group is too small or would give another away."
    ),
    Kind.HIGHER_IS_LESS: _("A higher score means less: %(scales)s."),
    Kind.CAVEAT: _(
        "This compares the same people before and after, without a comparison group. Other events, "
        "ordinary ups and downs, who came back, and getting used to the questions can all play a "
        "part."
    ),
    Kind.KEPT_APART: _(
        "Strain and signs of distress are reported beside each other. They are never added to the "
        "resources above."
    ),
    Kind.CARE: _(
        "These figures describe a group. They can't tell who needs help: whoever seems to, should "
        "be asked in person and shown where help is."
    ),
    Kind.LINKAGE_SHARE: _(
        "Of about %(before)s people who answered before, about %(linked)s answered again with the "
        "same card: %(share)s %%."
    ),
    Kind.LINKAGE_COUNTS: _(
        "Of about %(before)s people who answered before, about %(linked)s answered again with the "
        "same card."
    ),
    Kind.LINKAGE_FEW: _("Too few people answered before to say what share answered again."),
    Kind.TIPPING_POINT: _(
        "%(scale)s: some people did not answer again. If their scores differed on average by "
        "%(tipping)s from before to after, the difference of all together would be zero."
    ),
    Kind.FEW_LOST: _("%(scales)s: few of those who answered before did not answer again."),
    Kind.UNREVIEWED: _(
        "Not all questions have been reviewed by a native speaker in: %(languages)s. There, "
        "questions may have been understood otherwise."
    ),
    Kind.REVIEWED: _("Every language of the questions has been reviewed by a native speaker."),
    Kind.PLANNED: _(
        "Written down before anybody answered: %(scales)s counts first, and a difference of "
        "%(smallest)s on a scale of 0 to 100 is the smallest that matters. All else is exploratory."
    ),
    Kind.EXPLORATORY: _(
        "Nothing was written down before people answered, so every figure is exploratory. A "
        "difference of %(smallest)s on a scale of 0 to 100 is taken as the smallest that matters."
    ),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that the report says. `scales` are keys, `figures` are as they were published."""

    kind: Kind
    figures: Mapping[str, Decimal | int] = field(default_factory=dict)
    scales: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    #: Evidence class → the scales of that class.
    classes: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)
    is_very_uncertain: bool = False


def sentence(claim: Claim, source: Source) -> str:
    """Say a claim in the active language."""
    titles = {scale.key: scale.titles for scale in source.scales}

    def names_of(keys: Iterable[str]) -> list[str]:
        return [name(titles[key], source.source_language) for key in keys]

    names = names_of(claim.scales)
    classes = [
        f"{listed(names_of(keys))}: {IN_WORDS[kind]}" for kind, keys in claim.classes.items()
    ]
    words = {
        "scale": names[0] if names else "",
        "scales": listed(names),
        "classes": "; ".join(classes),
        "languages": listed(language_name(code) for code in claim.languages),
        "mark": VERY_UNCERTAIN,
        **{key: number(value) for key, value in claim.figures.items()},
    }
    said = str(TEMPLATES[claim.kind]) % words
    return f"{said} {VERY_UNCERTAIN}" if claim.is_very_uncertain else said


def language_name(code: str) -> str:
    """Return a language's name in the active language."""
    return str(LANGUAGE_NAMES.get(code, code))


LANGUAGE_NAMES: Mapping[str, str | Promise] = {
    "de": _("German"),
    "en": _("English"),
    "uk": _("Ukrainian"),
    "tr": _("Turkish"),
    "ar": _("Arabic"),
    "fa-af": _("Dari"),
}
