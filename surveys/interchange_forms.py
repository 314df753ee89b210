import json
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from surveys.document import AgeBand, DocumentError, parse
from surveys.interchange.reading import read_questionnaire
from surveys.interchange.report import ImportReport, QuestionnaireError

#: The page carries the document to the second step; Django takes no more in a form.
_LONGEST_DOCUMENT = 2_000_000


class UploadForm(forms.Form):
    """A questionnaire as another programme wrote it."""

    file = forms.FileField(
        label=_("Questionnaire"),
        help_text=_(
            "XLSForm (.xlsx, .xls, .csv), REDCap data dictionary (.csv) or instrument (.zip), "
            "LimeSurvey structure (.lss); up to 5 MB"
        ),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        help_text=_("Of texts of which the file doesn't say it"),
        choices=[("", _("as the script tells")), *settings.LANGUAGES],
    )
    report: ImportReport

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file: UploadedFile | None = cleaned.get("file")
        if file is not None:
            self._read(file, cleaned.get("language", ""))
        return cleaned

    def _read(self, file: UploadedFile, language: str) -> None:
        try:
            self.report = read_questionnaire(file.read(), file.name or "", language=language)
        except QuestionnaireError as error:
            for problem in error.problems:
                self.add_error("file", str(problem))
            return
        if len(json.dumps(self.report.document_data)) > _LONGEST_DOCUMENT:
            message = _("This is too long for this page. Have it imported on the server.")
            self.add_error("file", message)


class PublishForm(forms.Form):
    """What was read, and the names under which it is published."""

    document = forms.CharField(widget=forms.HiddenInput)
    code = forms.CharField(label=_("Code of the instrument"), max_length=80)
    version = forms.CharField(
        label=_("Version"), max_length=40, help_text=_("Published versions never change.")
    )
    age_band = forms.ChoiceField(
        label=_("Age band"),
        required=False,
        choices=[
            (AgeBand.ANY.value, _("not said")),
            (AgeBand.CHILD.value, _("children, 8 to 11")),
            (AgeBand.YOUTH.value, _("youth, 12 to 17")),
            (AgeBand.ADULT.value, _("adults")),
        ],
    )

    @classmethod
    def of(cls, report: ImportReport) -> "PublishForm":
        document = report.document
        return cls(
            initial={
                "document": json.dumps(report.document_data),
                "code": document.code,
                "version": document.version,
                "age_band": document.age_band.value,
            }
        )

    def clean_document(self) -> dict[str, object]:
        try:
            data = json.loads(self.cleaned_data["document"])
            parse(data)
        except (ValueError, RecursionError) as error:
            message = _("The page was changed on its way. Upload the file again.")
            raise forms.ValidationError(message) from error
        found: dict[str, object] = data
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        names = {key: cleaned[key] for key in ("code", "version", "age_band")}
        data = cleaned["document"] | {key: name for key, name in names.items() if name}
        try:
            parse(data)
        except DocumentError as error:
            for problem in error.problems:
                field = problem.path if problem.path in self.fields else None
                self.add_error(field, problem.message)
        return cleaned | {"document": data}
