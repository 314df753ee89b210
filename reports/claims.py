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

from reports.names import SECTIONS, Group, group_name, language_name
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
    LINKAGE_WITHHELD = "linkage_withheld"
    TIPPING_POINT = "tipping_point"
    FEW_LOST = "few_lost"
    UNREVIEWED = "unreviewed"
    REVIEWED = "reviewed"
    PLANNED = "planned"
    EXPLORATORY = "exploratory"
    CANCELLED = "cancelled"
    REACH_RATE = "reach_rate"
    LIKENESS = "likeness"
    LIKENESS_AT_BEST = "likeness_at_best"
    NO_MORE_IS_BETTER = "no_more_is_better"
    PLAUSIBLE = "plausible"
    MOVED = "moved"
    MOVED_COUNTS = "moved_counts"
    MOVED_BY_ERROR = "moved_by_error"
    MOVED_BY_ERROR_COUNTS = "moved_by_error_counts"
    MOVED_NOT_KNOWN = "moved_not_known"
    GROUPS_SIDE_BY_SIDE = "groups_side_by_side"
    GROUPS_FIT_TOGETHER = "groups_fit_together"
    GROUPS_APART = "groups_apart"
    PEERS_WITHIN = "peers_within"
    PEERS_ABOVE = "peers_above"
    PEERS_BELOW = "peers_below"
    PEERS_FEW = "peers_few"
    PEERS_UNORDERED = "peers_unordered"
    USUAL_LINE = "usual_line"
    REACTIVITY_HIGHER = "reactivity_higher"
    REACTIVITY_LOWER = "reactivity_lower"
    REACTIVITY_UNCLEAR = "reactivity_unclear"
    REACTIVITY_LESS_RELIABLE = "reactivity_less_reliable"
    REACTIVITY_HANGS = "reactivity_hangs"
    EXPERIMENTAL = "experimental"
    COMPLETE = "complete"
    STARTED_HIGHER = "started_higher"
    STARTED_LOWER = "started_lower"
    STARTED_ALIKE = "started_alike"
    NEXT_RUNG_MOVED = "next_rung_moved"
    NEXT_RUNG_SHARES = "next_rung_shares"
    NEXT_RUNG_GROUPS = "next_rung_groups"
    NOT_KNOWN = "not_known"
    MERGED_TWO_CYCLES = "merged_two_cycles"
    MERGED_YEAR = "merged_year"
    MERGED_GROUP = "merged_group"
    MERGED_NETWORK = "merged_network"
    RESTATED = "restated"
    RESTATED_REFUSED = "restated_refused"
    RESTATED_ROUNDED = "restated_rounded"
    DEFINITIONS_CHANGED = "definitions_changed"
    CORRECTED = "corrected"
    WORDS_OF_PEOPLE = "words_of_people"
    SHOWN_AND_WITHHELD = "shown_and_withheld"
    ATTACKED = "attacked"
    DERIVABLE_COUNT = "derivable_count"
    DERIVABLE_FEW = "derivable_few"
    DERIVABLE_MEAN = "derivable_mean"


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
    Kind.LINKAGE_WITHHELD: _(
        "What share answered again is not shown: it would tell how few did not."
    ),
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
    Kind.CANCELLED: _("Workshops cancelled: %(n)s."),
    Kind.REACH_RATE: _("Of every 1,000 people who live here, about %(rate)s came."),
    Kind.LIKENESS: _(
        "%(group)s: those who came are like those who live here by %(likeness)s, where 1 means "
        "just alike."
    ),
    Kind.LIKENESS_AT_BEST: _(
        "%(group)s: those who came are like those who live here by %(likeness)s, where 1 means "
        "just alike. As many people drawn at random from all would reach about %(perfect)s."
    ),
    Kind.NO_MORE_IS_BETTER: _(
        "Nothing here says that people who came more often have higher scores."
    ),
    Kind.PLAUSIBLE: _(
        "%(scale)s: each of the 20 dots is an equally plausible difference. %(above)s are at or "
        "above %(smallest)s, %(within)s are smaller either way, and %(below)s are at or below "
        "%(opposite)s."
    ),
    Kind.MOVED: _(
        "%(scale)s: %(up)s %% of about %(n)s people were higher beyond measurement error, "
        "%(down)s %% were lower, and %(neither)s %% neither."
    ),
    Kind.MOVED_COUNTS: _(
        "%(scale)s: of about %(n)s people, about %(up)s were higher beyond measurement error, "
        "about %(down)s were lower, and about %(neither)s neither."
    ),
    Kind.MOVED_BY_ERROR: _(
        "Measurement error alone would let about %(chance)s %% look higher, and as many look lower."
    ),
    Kind.MOVED_BY_ERROR_COUNTS: _(
        "About %(chance)s of about %(n)s would look higher by measurement error alone, and as many "
        "lower."
    ),
    Kind.MOVED_NOT_KNOWN: _(
        "%(scales)s: how many were higher or lower beyond measurement error is not shown."
    ),
    Kind.GROUPS_SIDE_BY_SIDE: _(
        "The groups stand beside each other and are not compared: that takes %(threshold)s people."
    ),
    Kind.GROUPS_FIT_TOGETHER: _(
        "%(scale)s, “%(group)s”: the groups differ by no more than chance may do. Nothing is said "
        "of one group alone."
    ),
    Kind.GROUPS_APART: _(
        "%(scale)s: the difference was larger for “%(group)s” than for “%(other_group)s”, by "
        "%(low)s to %(high)s."
    ),
    Kind.PEERS_WITHIN: _(
        "%(scale)s: the difference here is in line with ordinary variation among %(n)s communities."
    ),
    Kind.PEERS_ABOVE: _(
        "%(scale)s: the difference here is higher than ordinary variation among %(n)s communities "
        "makes likely."
    ),
    Kind.PEERS_BELOW: _(
        "%(scale)s: the difference here is lower than ordinary variation among %(n)s communities "
        "makes likely."
    ),
    Kind.PEERS_FEW: _(
        "So far %(n)s communities of this round have figures. What ordinary variation is can be "
        "said from %(threshold)s on."
    ),
    Kind.PEERS_UNORDERED: _(
        "Communities differ in many ways that nobody has counted. Nothing here puts them in an "
        "order, and the others have no names."
    ),
    Kind.USUAL_LINE: _(
        "What is usual for a load was found from %(n)s people of the network and frozen as line "
        "%(number)s. It accounts for %(share)s %% of how distress differs."
    ),
    Kind.REACTIVITY_HIGHER: _(
        "Given how much strain people reported, signs of distress were higher after than before, "
        "by %(size)s standard deviations. Differences from %(low)s to %(high)s fit the data."
    ),
    Kind.REACTIVITY_LOWER: _(
        "Given how much strain people reported, signs of distress were lower after than before, "
        "by %(size)s standard deviations. Differences from %(low)s to %(high)s fit the data."
    ),
    Kind.REACTIVITY_UNCLEAR: _(
        "Given how much strain people reported, there is not enough information to tell whether "
        "signs of distress differ. Differences from %(low)s to %(high)s standard deviations fit "
        "the data."
    ),
    Kind.REACTIVITY_LESS_RELIABLE: _(
        "Had strain been measured with a reliability of only %(reliability)s, the difference would "
        "be %(value)s standard deviations."
    ),
    Kind.REACTIVITY_HANGS: _(
        "Whether it is higher or lower hangs on how reliably strain was measured, so neither is "
        "claimed."
    ),
    Kind.EXPERIMENTAL: _("This measure is experimental."),
    Kind.COMPLETE: _("Of the answers, %(before)s %% were complete before and %(after)s %% after."),
    Kind.STARTED_HIGHER: _(
        "%(scale)s: those who answered again had started higher than the others, by %(size)s "
        "standard deviations."
    ),
    Kind.STARTED_LOWER: _(
        "%(scale)s: those who answered again had started lower than the others, by %(size)s "
        "standard deviations."
    ),
    Kind.STARTED_ALIKE: _(
        "%(scale)s: those who answered again had started about where the others had."
    ),
    Kind.NEXT_RUNG_MOVED: _(
        "From %(threshold)s people on, a report also says how many were higher or lower beyond "
        "measurement error."
    ),
    Kind.NEXT_RUNG_SHARES: _(
        "From %(threshold)s people on, a report also shows shares in per cent and registered "
        "groups."
    ),
    Kind.NEXT_RUNG_GROUPS: _("From %(threshold)s people on, a report also compares groups."),
    Kind.NOT_KNOWN: _("Nothing could be said in this report about: %(sections)s."),
    Kind.MERGED_TWO_CYCLES: _(
        "%(scales)s: too few people answered for figures of this cycle alone. Those below put two "
        "cycles of this community together."
    ),
    Kind.MERGED_YEAR: _(
        "%(scales)s: too few people answered for figures of this cycle alone. Those below put a "
        "year of this community together."
    ),
    Kind.MERGED_GROUP: _(
        "%(scales)s: too few people answered for figures of this community alone. Those below put "
        "the communities of its group together."
    ),
    Kind.MERGED_NETWORK: _(
        "%(scales)s: too few people answered for figures of this community alone. Those below put "
        "the whole network together."
    ),
    Kind.RESTATED: _("%(scale)s: the last report said %(previous)s, this one says %(current)s."),
    Kind.RESTATED_REFUSED: _(
        "The steps from the last report to this one do not add up, so they are not shown. Ask the "
        "data steward."
    ),
    Kind.RESTATED_ROUNDED: _("Each step is rounded, so that their sum may be off a little."),
    Kind.DEFINITIONS_CHANGED: _("Some figures are defined otherwise than in the last report."),
    Kind.CORRECTED: _("This report replaces an earlier one."),
    Kind.WORDS_OF_PEOPLE: _(
        "These are words of people, each on its day. The figures neither confirm nor deny them."
    ),
    Kind.SHOWN_AND_WITHHELD: _("Figures shown: %(shown)s; withheld: %(withheld)s."),
    Kind.ATTACKED: _(
        "Before they were published, it was tried to work out %(attacked)s counts of people that "
        "no figure shows, with everything published before."
    ),
    Kind.DERIVABLE_COUNT: _(
        "Whoever adds and subtracts all figures can tell a shown count of people to within "
        "%(within)s."
    ),
    Kind.DERIVABLE_FEW: _(
        "They can't tell a small count better than somewhere within %(width)s people."
    ),
    Kind.DERIVABLE_MEAN: _("They can't tell an average of fewer than %(people)s people."),
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
    groups: tuple[Group, ...] = ()
    sections: tuple[str, ...] = ()


def sentence(claim: Claim, source: Source) -> str:
    """Say a claim in the active language."""
    titles = {scale.key: scale.titles for scale in source.scales}

    def names_of(keys: Iterable[str]) -> list[str]:
        return [name(titles[key], source.source_language) for key in keys]

    names = names_of(claim.scales)
    classes = [
        f"{listed(names_of(keys))}: {IN_WORDS[kind]}" for kind, keys in claim.classes.items()
    ]
    groups = {
        place: group_name(source, group)
        for place, group in zip(("group", "other_group"), claim.groups, strict=False)
    }
    words = {
        "scale": names[0] if names else "",
        "scales": listed(names),
        "classes": "; ".join(classes),
        "languages": listed(language_name(code) for code in claim.languages),
        "sections": listed(str(SECTIONS[key]) for key in claim.sections),
        **groups,
        "mark": VERY_UNCERTAIN,
        **{key: number(value) for key, value in claim.figures.items()},
    }
    said = str(TEMPLATES[claim.kind]) % words
    return f"{said} {VERY_UNCERTAIN}" if claim.is_very_uncertain else said
