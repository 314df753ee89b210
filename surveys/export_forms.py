from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from communities.models import Community, ConsentPurpose, Role
from surveys.models import ANSWER_SCOPES, WavePlan


class ExportForm(forms.Form):
    """What to take out, and for what use."""

    plan = forms.ModelChoiceField(WavePlan.objects.none(), label=_("Wave plan"))
    community = forms.ModelChoiceField(
        Community.objects.none(),
        label=_("Community"),
        required=False,
        empty_label=_("All of which I am data steward"),
        help_text=_("With those below it"),
    )
    scope = forms.ChoiceField(
        label=_("For"),
        choices=[(scope, ConsentPurpose(scope).label) for scope in ANSWER_SCOPES],
        initial=ConsentPurpose.RESEARCH,
        help_text=_("Only answers of people who agreed to this are in the file."),
    )
    language = forms.ChoiceField(label=_("Language of the labels"), choices=settings.LANGUAGES)
    with_texts = forms.BooleanField(
        label=_("Also what people wrote in their own words"),
        required=False,
        help_text=_("Such texts may name people or places. Leave this out if you can."),
    )
    texts_are_read = forms.BooleanField(
        label=_("I read these texts, and take out what names somebody, before I pass them on."),
        required=False,
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # passed on as they came
        overseen = Community.objects.visible_to(user, Role.DATA_STEWARD)
        plans = WavePlan.objects.filter(waves__community__in=overseen).distinct()
        for name, rows in (("plan", plans), ("community", overseen)):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = rows

    def clean(self) -> None:
        super().clean()
        wanted, confirmed = (self.cleaned_data.get(it) for it in ("with_texts", "texts_are_read"))
        if wanted and not confirmed:
            self.add_error("texts_are_read", _("Tick this, or leave the texts out."))
