from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from surveys.importing.files import UPLOADED
from surveys.importing.node import MappingError
from surveys.importing.parsing import parse_mapping
from surveys.models import ImportBatch

_MOST_MAPPING_BYTES = 800_000  # four bytes a letter at most


class ImportForm(forms.ModelForm[ImportBatch]):
    """A file of answers and the mapping that explains it."""

    file = forms.FileField(
        label=_("File with the answers"),
        help_text=_("CSV, Excel (.xlsx) or SPSS (.sav), up to 5 MB"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.sav,.zsav"}),
    )
    mapping_file = forms.FileField(
        label=_("Mapping"),
        required=False,
        help_text=_("A YAML or JSON file that says what the columns mean"),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml,.json"}),
    )
    mapping_text = forms.CharField(
        label=_("Or the mapping as text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "dir": "ltr", "spellcheck": "false"}),
    )

    class Meta:
        model = ImportBatch
        fields: list[str] = []

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > UPLOADED.file_bytes:
            raise forms.ValidationError(
                _("The file is larger than 5 MB. Split it, or have it imported on the server.")
            )
        return file

    def clean_mapping_file(self) -> str:
        file: UploadedFile | None = self.cleaned_data["mapping_file"]
        if file is None:
            return ""
        if (file.size or 0) > _MOST_MAPPING_BYTES:
            raise forms.ValidationError(_("This is too long to be a mapping."))
        try:
            return str(file.read(), "utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("The mapping is not text in UTF-8.")) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "mapping_file" not in cleaned:
            return cleaned
        text = cleaned["mapping_file"] or cleaned.get("mapping_text", "")
        if not text.strip():
            raise forms.ValidationError(_("Choose a mapping, or write one."))
        try:
            parse_mapping(text)
        except MappingError as error:
            raise forms.ValidationError([str(problem) for problem in error.problems]) from error
        cleaned["mapping"] = text
        return cleaned
