from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from reports.models import DocumentFormat

#: What most people take; the others are a tick away.
USUAL = (DocumentFormat.HTML, DocumentFormat.PDF, DocumentFormat.JSON)


class PublishForm(forms.Form):
    """The confirmation that a cycle is closed and published."""

    end_waves = forms.BooleanField(
        label=_("End the surveys now. Nobody can answer any more."), required=False
    )


class DocumentsForm(forms.Form):
    """Which documents of a report somebody wants."""

    formats = forms.MultipleChoiceField(
        label=_("Formats"),
        choices=DocumentFormat.choices,
        initial=USUAL,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one format.")},
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        choices=settings.LANGUAGES,
        initial=lambda: [get_language()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one language.")},
    )
