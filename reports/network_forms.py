from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.dashboard import Status, rounds_of
from reports.reference import rounds_with_reports

ALL = ("", _("all"))


class DashboardForm(forms.Form):
    """Which communities somebody wants to see."""

    text = forms.CharField(label=_("Community"), required=False, max_length=100)
    round = forms.ChoiceField(label=_("Round"), required=False)
    status = forms.ChoiceField(label=_("Stands at"), required=False, choices=[ALL, *Status.choices])

    def __init__(self, *args: Any, communities: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["round"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above, for the types
        field.choices = [ALL, *((code, code) for code in rounds_of(communities))]


class ReferenceForm(forms.Form):
    """Which round's communities are taken together."""

    round = forms.ChoiceField(label=_("Round"))

    def __init__(self, *args: Any, communities: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = rounds_with_reports(communities)
        self.newest = codes[0] if codes else ""
        field = self.fields["round"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above, for the types
        field.choices = [(code, code) for code in codes]


class CoverageForm(forms.Form):
    text = forms.CharField(label=_("Community"), required=False, max_length=100)
    only = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ALL,
            ("missing", _("where a language has nobody")),
            ("single", _("where one trainer is alone")),
        ],
    )
