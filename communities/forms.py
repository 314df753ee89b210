from typing import Any

from django import forms

from communities.admin_scope import ScopedForm
from communities.models import Consent


class ConsentForm(ScopedForm[Consent]):
    """One decision. What it is about is said by the document that was shown."""

    class Meta:
        model = Consent
        fields = ["participant", "document", "decision", "method", "by_guardian", "child_assented"]
        widgets = {"child_assented": forms.NullBooleanSelect}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if document := self.cleaned_data.get("document"):
            self.instance.purpose = document.purpose
        return cleaned

    def check_hidden_constraints(self) -> None:
        """Leave them to the service, which archives the earlier decision first."""
