"""LimeSurvey: a survey, group or question structure (.lss, .lsg, .lsq) of either generation.

Old files repeat each row for each language; new ones keep the texts in tables of their own, whose
names end in `_l10ns`.
"""

from collections import defaultdict
from pathlib import PurePath

from django.utils.translation import gettext as _

from surveys.interchange.assemble import assemble
from surveys.interchange.draft import Draft, DraftSection, Words, joined
from surveys.interchange.files import Row, Tags, read_tags
from surveys.interchange.languages import settle_languages
from surveys.interchange.limesurvey_questions import PIPING, QuestionReader
from surveys.interchange.limesurvey_tables import Question, SurveyTables
from surveys.interchange.report import ImportReport, Place, Problem, QuestionnaireError

FORMAT = "limesurvey"
_TEXTS_FOR_OTHERS = (
    "surveyls_endtext",
    "surveyls_email_invite",
    "surveyls_email_remind",
    "surveyls_policy_notice",
)


def read(content: bytes, name: str) -> ImportReport:
    """Return the questionnaire in a LimeSurvey structure file.

    Raises
    ------
    QuestionnaireError
        With table, row and reason of everything that stands in the way.
    """
    tags = read_tags(content)
    if not tags.tables.get("questions"):
        kind = tags.kind or "–"
        message = _("There are no questions in this LimeSurvey file (%(kind)s). Export “.lss”.")
        raise QuestionnaireError([Problem(Place(), message % {"kind": kind})])
    return _Survey(tags, name).read()


class _Survey:
    def __init__(self, tags: Tags, name: str) -> None:
        code = PurePath(name).stem
        self.draft = Draft(format=FORMAT, code=code, title={}, piping=PIPING)
        names = tags.languages or _languages_of_rows(tags)
        codes = settle_languages(names or ["en"], "", [], self.draft.notices, Place("languages"))
        self.draft.languages = list(dict.fromkeys(codes.values()))
        self.tables = SurveyTables(tags, codes)
        self.tags = tags

    def read(self) -> ImportReport:
        self._read_settings()
        self._report_tables()
        questions = self.tables.questions()
        by_group: dict[str, list[Question]] = defaultdict(list)
        for question in questions:
            by_group[question.group].append(question)
        reader = QuestionReader(self.draft, self.tables)
        groups = self.tables.groups()
        known = {group.gid for group in groups}
        for number, group in enumerate(groups, 1):
            section = DraftSection(f"group_{number}", group.title, group.place)
            section.introduction = group.description
            self._report_group(group.row)
            reader.read_group(section, by_group.get(group.gid, []))
        if stray := [question for question in questions if question.group not in known]:
            section = DraftSection("questions", dict(self.draft.title), stray[0].place)
            reader.read_group(section, stray)
        return assemble(self.draft)

    def _read_settings(self) -> None:
        draft = self.draft
        survey = next(self.tags.rows("surveys"), Row(Place(), {}))
        draft.default_language = self.tables.code(survey.get("language"))
        welcome: Words = {}
        for row in self.tags.rows("surveys_languagesettings"):
            language = self.tables.code(row.get("surveyls_language"))
            if text := row.get("surveyls_title"):
                draft.title[language] = text
            draft.description[language] = row.get("surveyls_description")
            welcome[language] = row.get("surveyls_welcometext")
            for name in _TEXTS_FOR_OTHERS:
                if row.get(name):
                    message = _("The text “%(name)s” is not part of the questionnaire.")
                    draft.notices.dropped(row.place, message % {"name": name})
        draft.description = joined(draft.description, welcome, "\n\n")
        draft.title = draft.title or dict.fromkeys(draft.languages, draft.code)

    def _report_group(self, row: Row) -> None:
        if (rule := row.get("grelevance")) not in {"", "1"}:
            message = _("The skip rule “%(rule)s” is not applied: the part is always shown.")
            self.draft.notices.changed(row.place, message % {"rule": rule})
        if row.get("randomization_group"):
            message = _("Groups are not shuffled.")
            self.draft.notices.changed(row.place, message)

    def _report_tables(self) -> None:
        messages = {
            "assessments": _("Assessments are not used. Scores of answers are."),
            "defaultvalues": _("No answer is filled in beforehand."),
            "defaultvalue_l10ns": _("No answer is filled in beforehand."),
            "quota": _("Quotas are not used."),
            "quota_members": _("Quotas are not used."),
            "quota_languagesettings": _("Quotas are not used."),
            "surveys_languagesettings": "",
            "surveys": "",
        }
        unknown = _("This table is not part of the questionnaire.")
        for table, rows in self.tags.tables.items():
            message = messages.get(table, unknown)
            if rows and message and table not in SurveyTables.READ:
                self.draft.notices.dropped(Place(table), message)


def _languages_of_rows(tags: Tags) -> list[str]:
    tables = ("questions", "question_l10ns", "answers", "answer_l10ns")
    found = [row.get("language") for table in tables for row in tags.rows(table)]
    return [name for name in dict.fromkeys(found) if name]
