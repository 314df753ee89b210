"""Form fields for the admin that need no script: native pickers, and people told by their code.

Django's own autocomplete and calendar write styles into the page, which our policy refuses, and
have no labels that a screen reader finds.
"""

from typing import Any, Generic, TypeVar

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

M = TypeVar("M", bound=models.Model)


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


#: For `formfield_overrides` of an admin class.
NATIVE_PICKERS: dict[type[models.Field[Any, Any]], dict[str, Any]] = {
    models.DateTimeField: {"form_class": forms.DateTimeField, "widget": MomentInput},
    models.DateField: {"widget": DayInput},
}


class CodeChoiceField(forms.ModelChoiceField[M], Generic[M]):
    """Takes the code of one of the rows; they may be too many, or too private, for a list."""

    widget = forms.TextInput
    default_error_messages = {
        "invalid_choice": _("Select a valid choice: nobody of yours has the code %(value)s.")
    }

    def __init__(self, queryset: models.QuerySet[M], **kwargs: Any) -> None:
        super().__init__(queryset, to_field_name="code", **kwargs)

    def prepare_value(self, value: object) -> object:
        """Show the code of a stored row, which comes as its id."""
        if isinstance(value, int) and self.queryset is not None:
            return self.queryset.filter(pk=value).values_list("code", flat=True).first()
        return super().prepare_value(value)

    def to_python(self, value: object) -> M | None:
        code = str(value or "").strip()
        if not code or self.queryset is None:
            return None
        row = self.queryset.filter(code__iexact=code).first()
        if row is None:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": code}
            )
        return row
