"""What the keys of groups, sections and rungs are called in the active language."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from communities.models import AgeBand, Domain
from reports.source import Source
from reports.wording import isolated, name
from surveys.models import Channel

#: Dimension and category of a cell; without a category, the dimension itself.
Group = tuple[str, str]

SECTIONS: Mapping[str, str | Promise] = {
    "headline": _("In short"),
    "delivery": _("What took place"),
    "flow": _("Who took part, and who answered"),
    "reach": _("Who was reached, and how often people came"),
    "merged": _("Figures put together with others"),
    "domains": _("What differs in the four resource areas"),
    "other": _("What differs in other scales"),
    "reliable": _("Differences beyond measurement error"),
    "groups": _("By group"),
    "peers": _("Other communities"),
    "strain": _("Strain and signs of distress"),
    "trust": _("How far to trust this"),
    "restated": _("What differs from the last report"),
    "readings": _("What people say it means"),
    "steps": _("Next steps"),
    "method": _("How these figures were made"),
    "legend": _("Legend"),
}

LANGUAGES: Mapping[str, str | Promise] = {
    "de": _("German"),
    "en": _("English"),
    "uk": _("Ukrainian"),
    "tr": _("Turkish"),
    "ar": _("Arabic"),
    "fa-af": _("Dari"),
}

#: Dimensions that no questionnaire asks for.
DIMENSIONS: Mapping[str, str | Promise] = {
    "age_band": _("Age"),
    "language": _("Language"),
    "channel": _("Way of answering"),
    "sessions": _("Sessions attended, in per cent of those offered"),
    "domain": _("Area"),
}

#: Of the ladder of merged figures, the lowest first.
RUNGS: Mapping[str, str | Promise] = {
    "two_cycles": _("two cycles of this community"),
    "year": _("a year of this community"),
    "group": _("communities of the same group"),
    "network": _("the whole network"),
}

CATEGORIES: Mapping[str, Mapping[str, str | Promise]] = {
    "age_band": dict(AgeBand.choices),
    "channel": dict(Channel.choices),
    "domain": dict(Domain.choices),
    "merged": RUNGS,
    "sessions": {"0": "0", "1-25": "1–25", "26-50": "26–50", "51-74": "51–74", "75-100": "75–100"},
}

#: The category of those who are in none of the others.
OTHERS = "other"


def language_name(code: str) -> str:
    """Name a language, also one in which the site does not speak."""
    if code in LANGUAGES:
        return str(LANGUAGES[code])
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def group_name(source: Source, group: Group) -> str:
    """Name a category of a dimension, or the dimension: as asked, else in our own words."""
    dimension, category = group
    if not category:
        asked = source.dimensions.get(dimension)
        if asked:
            return name(asked, source.source_language)
        return str(DIMENSIONS.get(dimension, dimension))
    texts = source.categories.get(dimension, {}).get(category)
    if texts:
        return name(texts, source.source_language)
    if category == OTHERS:
        return gettext("others")
    if dimension == "language":
        return language_name(category)
    # Isolated, as "26–50" would be read from the wrong end where the language runs from the right.
    return isolated(str(CATEGORIES.get(dimension, {}).get(category, category)))
