"""The names of the shipped indicators, marked for translation: definitions themselves are data.

Pages show `gettext(name)`; the name that a programme gives its own indicator stays as it is.
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
