"""What reports tell of the shipped indicators, marked for translation: definitions are data.

Pages show `gettext(name)`; what a programme writes of its own indicator stays as it is.
"""

from django.utils.translation import gettext_noop

NAMES = (
    gettext_noop("People reached"),
    gettext_noop("Reach rate"),
    gettext_noop("Representativeness"),
    gettext_noop("Area coverage"),
    gettext_noop("Delivered as planned"),
    gettext_noop("Turn-out"),
    gettext_noop("Dose received"),
    gettext_noop("Completion"),
    gettext_noop("Acceptance"),
    gettext_noop("Baseline response"),
    gettext_noop("Linked pairs"),
    gettext_noop("Differential attrition"),
    gettext_noop("Tipping point"),
    gettext_noop("Change in relationships"),
    gettext_noop("Change in belonging"),
    gettext_noop("Change in access to education"),
    gettext_noop("Change in access to employment"),
    gettext_noop("Few resources"),
    gettext_noop("Reliable change"),
    gettext_noop("Resource density"),
    gettext_noop("Resource accessibility"),
    gettext_noop("Resource knowledge"),
    gettext_noop("Active trainers"),
    gettext_noop("Trainer retention"),
    gettext_noop("Language coverage"),
    gettext_noop("Capacity ratio"),
    gettext_noop("Single points of failure"),
    gettext_noop("Stressor exposure"),
    gettext_noop("Change of stressor reactivity"),
    gettext_noop("Maintained or recovered"),
)

#: Units, denominators and limits.
TEXTS = (
    gettext_noop("persons"),
    gettext_noop(
        "Says nothing about what they took from it. A person whose two records were not "
        "merged counts twice."
    ),
    gettext_noop("per 1,000 who live there"),
    gettext_noop("people who live in the community, at least 300"),
    gettext_noop("Some who came may live elsewhere. The population is as old as its statistics."),
    gettext_noop("0 to 1"),
    gettext_noop("people reached whose group is known"),
    gettext_noop(
        "Even a perfectly representative small group stays below 1; the value to expect "
        "stands beside it."
    ),
    gettext_noop("per cent"),
    gettext_noop("communities of the network that have no communities below them"),
    gettext_noop("One session is enough to count."),
    gettext_noop("sessions planned, cancelled ones included"),
    gettext_noop("A session that nobody logged counts as not held."),
    gettext_noop("people enrolled"),
    gettext_noop("Says nothing about those who never enrolled."),
    gettext_noop("sessions held in the workshops of all people enrolled, whether they came or not"),
    gettext_noop("Unmarked people count as absent. More sessions are no proof of more gain."),
    gettext_noop("Three quarters is a convention."),
    gettext_noop("people who answered that question"),
    gettext_noop("Those who stayed away are not asked."),
    gettext_noop(
        "Cards name nobody, so that both are counts of a community. Where more answered "
        "than enrolled there is no share."
    ),
    gettext_noop("people who answered before"),
    gettext_noop("A lost card looks like a person who stayed away."),
    gettext_noop("standard deviations"),
    gettext_noop("root mean square of the two standard deviations before"),
    gettext_noop("Alike in this score does not mean alike in all. Nearer to 0 is better."),
    gettext_noop("points"),
    gettext_noop("people who answered before and not after, at least ten"),
    gettext_noop("Where few were lost it is not shown. The larger, the sturdier the result."),
    gettext_noop("people with a score in both waves"),
    gettext_noop("Without a comparison group nothing is said about causes."),
    gettext_noop(
        "Without a comparison group nothing is said about causes. Who says that it does not"
        " apply is not counted."
    ),
    gettext_noop(
        "The line is the network's own, not a measure of need. It stays where it was first drawn."
    ),
    gettext_noop(
        "Chance alone takes 2.5 per cent beyond the limit each way. Nothing is said about "
        "any one person."
    ),
    gettext_noop("per 10,000 who live there"),
    gettext_noop("people who live in the community"),
    gettext_noop("Only what somebody has listed and verified. Size and quality are not weighed."),
    gettext_noop("local resources listed"),
    gettext_noop("Says nothing about waiting lists, opening hours or fear."),
    gettext_noop("people who answered both times"),
    gettext_noop("Knowing is not yet using."),
    gettext_noop("persons in a public role"),
    gettext_noop("trainers active in the year before, at least five"),
    gettext_noop("Leaving may be a good sign: a new job, for example."),
    gettext_noop("weight of the languages that are spoken in the communities"),
    gettext_noop("Where a community has no statistics, each language it lists counts the same."),
    gettext_noop("hours per hour"),
    gettext_noop("hours that communities ask for"),
    gettext_noop("Hours are not interchangeable between languages."),
    gettext_noop("pairs of language and community"),
    gettext_noop("pairs that were served at all"),
    gettext_noop("A second trainer nearby may be able to step in."),
    gettext_noop("A list of stressors is never complete. Neither more nor less is an achievement."),
    gettext_noop("residual standard deviations"),
    gettext_noop("people with both scores in both waves, times the spread around the line"),
    gettext_noop(
        "Experimental. Error in exposure biases it, so that it is said again at a "
        "reliability of .7."
    ),
    gettext_noop("people above the network's median exposure with both scores in both waves"),
    gettext_noop("Experimental. Those who left are not in it."),
)
