from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from indicators.models import Release
from reports.free_text import doubts_about, refused_in
from reports.readings import anchors_of, may_quote, no_quotes
from reports.remarks import Action, ActionStatus, Annotation
from reports.wording import name
from surveys.services import document_of

NO_PERSONAL_DATA = _(
    "Everybody who reads the report sees this. No names, no ages, no addresses, nothing by which "
    "somebody could be told from the others."
)
ANCHOR_WORDS: Mapping[str, str | Promise] = {
    "people_reached": _("People who came at least once"),
    "sessions_held": _("Sessions held"),
    "linked": _("People who answered both times"),
    "change": _("%(scale)s: the difference between before and after"),
}
WHOLE_REPORT = "/"


def anchor_choices(release: Release) -> Iterator[tuple[str, str | Promise]]:
    """Yield the figures of a release that words can hang on, as the report calls them."""
    document = document_of(release.snapshot.cycle.plan.version)
    titles = {scale.key: scale.title for scale in document.scales}
    yield WHOLE_REPORT, _("The report as a whole")
    for measure, scale in anchors_of(release):
        said = {"scale": name(titles[scale], document.source_language)} if scale else {}
        yield f"{measure}/{scale}", ANCHOR_WORDS[measure] % said


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class RemarkForm(forms.ModelForm[Any]):
    """Words about a figure, looked at twice before anybody else sees them."""

    anchor = forms.ChoiceField(label=_("About what"))
    is_checked = forms.BooleanField(
        label=_("I have looked at it again, and it can stay as it is."), required=False
    )
    #: The fields whose words readers will see.
    words: tuple[str, ...] = ("text",)

    def __init__(self, *args: Any, release: Release, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.release = release
        self.instance.release = release
        self.doubts: list[str] = []
        anchor = self.fields["anchor"]
        assert isinstance(anchor, forms.ChoiceField)  # noqa: S101 - declared above, for the types
        anchor.choices = list(anchor_choices(release))
        anchor.initial = "/".join(self.instance.anchor)
        language = self.fields["language"]
        language.widget = forms.Select(choices=settings.LANGUAGES)
        # What the row holds would come before the field's own initial value, be it empty.
        self.initial["language"] = self.instance.language or get_language()
        for field in self.words:
            self.fields[field].required = True

    def clean_language(self) -> str:
        language: str = self.cleaned_data["language"]
        if language not in dict(settings.LANGUAGES):
            raise forms.ValidationError(_("Choose one of the languages of the site."))
        return language

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for field in self.words:
            if refused := refused_in(cleaned.get(field, "")):
                message = _("Take this out; it may lead to a person: %(words)s")
                self.add_error(field, message % {"words": ", ".join(refused)})
            self.doubts += doubts_about(cleaned.get(field, ""), cleaned.get("language", ""))
        if self.doubts and not cleaned.get("is_checked"):
            self.add_error(None, _("Please look at your words again."))
        self.instance.measure, self.instance.scale = cleaned.get("anchor", WHOLE_REPORT).split("/")
        return cleaned


class ReadingForm(RemarkForm):
    class Meta:
        model = Annotation
        fields = ["kind", "text", "language", "said_on", "is_quote", "has_consent"]
        widgets = {"text": forms.Textarea(attrs={"rows": 4}), "said_on": DateInput()}
        help_texts = {"text": NO_PERSONAL_DATA}

    field_order = ["anchor", "kind", "text", "language", "said_on", "is_quote", "has_consent"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("is_quote") and not may_quote(self.release):
            self.add_error("is_quote", no_quotes())
        said_on = cleaned.get("said_on")
        if said_on and said_on > timezone.localdate():
            self.add_error("said_on", _("This day is still to come."))
        return cleaned


class ActionForm(RemarkForm):
    words = ("because", "text")

    class Meta:
        model = Action
        fields = ["because", "text", "language", "owner", "due_on"]
        labels = {"text": _("we will try")}
        widgets = {
            "because": forms.Textarea(attrs={"rows": 3}),
            "text": forms.Textarea(attrs={"rows": 3}),
            "due_on": DateInput(),
        }
        help_texts = {"text": NO_PERSONAL_DATA}

    field_order = ["anchor", "because", "text", "language", "owner", "due_on"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        due_on = cleaned.get("due_on")
        if due_on and due_on < timezone.localdate():
            self.add_error("due_on", _("This day is over."))
        return cleaned


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it withdrawn?"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Coordinators read this, the report doesn't show it. No names."),
    )
    forget_words = forms.BooleanField(
        label=_("Delete the words too, because whoever said them asks for it."), required=False
    )


class EndForm(forms.Form):
    """What became of a next step."""

    status = forms.ChoiceField(
        label=_("What became of it?"),
        choices=[(ActionStatus.DONE, _("It is done")), (ActionStatus.DROPPED, _("It is dropped"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed where it is dropped. The report shows it. No names."),
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if refused := refused_in(reason):
            message = _("Take this out; it may lead to a person: %(words)s")
            raise forms.ValidationError(message % {"words": ", ".join(refused)})
        return reason

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("status") == ActionStatus.DROPPED and not cleaned.get("reason"):
            self.add_error("reason", _("Say why it is dropped."))
        return cleaned
