"""Forms for links, schedules, and for checking a report."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from communities.models import Community
from reports.delivery import Rhythm, Schedule, ShareLink
from reports.forms import DocumentsForm
from reports.schedules import readers_of
from reports.sharing import MOST_DAYS, USUAL_DAYS

LARGEST_FILE = 2_000_000


class ShareForm(forms.ModelForm[ShareLink]):
    days = forms.IntegerField(
        label=gettext_lazy("For how many days"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=USUAL_DAYS,
    )

    class Meta:
        model = ShareLink
        fields = ["purpose"]


class ScheduleForm(forms.ModelForm[Schedule]):
    formats = DocumentsForm.base_fields["formats"]
    languages = DocumentsForm.base_fields["languages"]
    recipients = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Who is told"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one account that is told.")},
    )

    class Meta:
        model = Schedule
        fields = ["round", "rhythm", "day", "formats", "languages", "recipients"]

    def __init__(self, *args: Any, community: Community, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.community = community
        recipients = self.fields["recipients"]
        assert isinstance(recipients, forms.ModelMultipleChoiceField)  # noqa: S101 - for mypy
        recipients.queryset = readers_of(community)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("rhythm") == Rhythm.MONTHLY and not cleaned.get("day"):
            self.add_error("day", _("Say a day from 1 to 28."))
        if cleaned.get("rhythm") == Rhythm.PUBLISHED:
            cleaned["day"] = None
        return cleaned


class VerifyForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("The JSON file, a hash, or the line at the foot of a page"),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        required=False,
        max_length=LARGEST_FILE,
    )
    file = forms.FileField(label=gettext_lazy("Or a document of a report"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if not cleaned.get("text") and not file and not self.errors:
            self.add_error("text", _("Paste something or choose a file."))
        if file and file.size > LARGEST_FILE:
            self.add_error("file", _("This file is larger than any of our reports."))
        return cleaned
