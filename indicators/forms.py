from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from communities.models import Community, Domain
from indicators.planning import domain_scales
from indicators.rounds import WhatCounts
from indicators.services import LARGEST_CHANGE
from surveys.document import Document, Text
from surveys.models import WavePlan


def in_words(text: Text, document: Document) -> str:
    """Return a text of a questionnaire in the language of the page, else in its own."""
    return text.get(get_language() or "", text[document.source_language])


class ChoosePlanForm(forms.Form):
    """Which questionnaire is asked, and which of its waves are compared."""

    plan = forms.ModelChoiceField(
        WavePlan.objects.all(), label=_("Wave plan"), to_field_name="code", empty_label=None
    )
    to_sequence = forms.TypedChoiceField(
        label=_("Before, compared with"),
        choices=[(2, _("after")), (3, _("follow-up"))],
        coerce=int,
        initial=2,
    )
    text = forms.CharField(
        label=_("Communities with this in their name"),
        required=False,
        help_text=_("Leave it empty for all of yours."),
    )


class WhatCountsForm(forms.Form):
    """What counts, written down before anybody can answer."""

    primary_domain = forms.ChoiceField(
        label=_("What counts first"),
        widget=forms.RadioSelect,
        help_text=_("The report tells of it first. Everything else is exploratory."),
    )
    smallest_change = forms.DecimalField(
        label=_("Smallest change that matters, in points of 0–100"),
        max_digits=5,
        decimal_places=2,
        min_value=0.5,
        max_value=LARGEST_CHANGE,
        initial=4,
        help_text=_("Below, you find how many people it takes to see a change so small."),
    )
    breakdowns = forms.MultipleChoiceField(
        label=_("Groups that are told of apart"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "One by one, never crossed, and only where enough people are in each. What isn't "
            "chosen now is never shown."
        ),
    )

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = {scale.domain.value for scale in domain_scales(document)}
        domain, breakdowns = self.fields["primary_domain"], self.fields["breakdowns"]
        assert isinstance(domain, forms.ChoiceField)  # noqa: S101 - declared above, for the types
        assert isinstance(breakdowns, forms.ChoiceField)  # noqa: S101 - likewise
        domain.choices = [choice for choice in Domain.choices if choice[0] in asked]
        breakdowns.choices = [
            (key, in_words(document.item(key).text, document)) for key in document.groups
        ]
        if not document.groups:
            del self.fields["breakdowns"]

    @property
    def counts(self) -> WhatCounts:
        cleaned = self.cleaned_data
        return WhatCounts(
            primary_domain=cleaned["primary_domain"],
            smallest_change=cleaned["smallest_change"],
            breakdowns=cleaned.get("breakdowns", []),
        )


class RoundForm(WhatCountsForm):
    """What counts in several communities at once."""

    communities = forms.ModelMultipleChoiceField(
        Community.objects.none(),
        label=_("In these communities"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one community.")},
    )
    field_order = ["communities", "primary_domain", "smallest_change", "breakdowns"]

    def __init__(
        self, *args: Any, document: Document, communities: Sequence[Community], **kwargs: Any
    ) -> None:
        super().__init__(*args, document=document, **kwargs)
        field = self.fields["communities"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - for the types
        field.queryset = Community.objects.filter(pk__in=[one.pk for one in communities])
