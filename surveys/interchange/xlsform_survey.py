"""The survey sheet of an XLSForm, row by row."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys.document import Kind
from surveys.interchange import wording
from surveys.interchange.bounds import read_constraint
from surveys.interchange.draft import Draft, DraftChoice, DraftItem, DraftSection, Words, joined
from surveys.interchange.files import Row
from surveys.interchange.report import Place
from surveys.interchange.xlsform_columns import Table
from surveys.interchange.xlsform_types import AS_TEXT, Does, RowType, read_type

USED = frozenset(
    {
        *("type", "name", "label", "hint", "required", "relevant", "constraint", "appearance"),
        *("parameters", "choice_filter", "disabled", "missing", "facet", "breakdown"),
    }
)
_YES = {"yes", "y", "true", "true()", "1", "x"}
_NO = {"", "no", "n", "false", "false()", "0"}
_PARAMETER = re.compile(r"(\w+)\s*=\s*([^\s,;]+)")
_WHOLE = re.compile(r"-?\d{1,9}")


@dataclass
class _Group:
    key: str
    title: Words
    place: Place


class SurveyReader:
    """Turns rows into sections and items of the draft."""

    def __init__(self, draft: Draft, table: Table) -> None:
        self.draft = draft
        self.table = table
        self.groups = [_Group("main", draft.title, Place())]
        self.section: DraftSection | None = None
        #: Names of the questions of each group that is open.
        self.names: list[dict[str, Place]] = [{}]
        self.breakdowns: list[tuple[int, str]] = []

    def read(self) -> None:
        for row in self.table.rows:
            if row.get("disabled").lower() in _YES:
                self._drop(row, _("It is switched off in the file."))
            elif written := row.get("type"):
                self._read_row(row, read_type(written))
            elif row.get("name") or self._label(row):
                self._drop(row, _("It has no type."))
        for group in self.groups[1:]:
            message = _("This group is never ended. Add a row “end_group”.")
            self.draft.refuse(group.place, message)
        self._place_introductions()
        if self.breakdowns:
            self.draft.extra["groups"] = [name for _position, name in sorted(self.breakdowns)]

    def _read_row(self, row: Row, row_type: RowType) -> None:
        if row.get("appearance").strip().lower() == "label":
            # The heading of a table of questions: read, not answered.
            row_type = RowType(Does.TELLS, "note")
        match row_type.does:
            case Does.OPENS:
                self._open(row, row_type)
            case Does.CLOSES:
                self._close(row)
            case Does.TELLS:
                self._tell(row)
            case Does.ASKS | Does.CHOOSES:
                self._ask(row, row_type)
            case _:
                self._leave_out(row, row_type)

    def _leave_out(self, row: Row, row_type: RowType) -> None:
        if row_type.does == Does.IS_RECORDED:
            reason = _("Phones record no “%(type)s” here.") % {"type": row_type.name}
        elif row_type.does == Does.IS_COMPUTED:
            reason = _("Nothing is calculated (%(formula)s).") % {
                "formula": row.get("calculation") or row_type.name
            }
        else:
            reason = _("Questions of the type “%(type)s” can't be asked.") % {"type": row_type.name}
        self._drop(row, reason)

    def _drop(self, row: Row, reason: str) -> None:
        message = _("“%(question)s” was left out. %(reason)s")
        question = self._label(row) or row.get("name") or row.get("type")
        self.draft.notices.dropped(row.place, message % {"question": question, "reason": reason})

    def _label(self, row: Row) -> str:
        return next(iter(self.table.words(row, "label").values()), "")

    # Groups and notes

    def _open(self, row: Row, row_type: RowType) -> None:
        title = self.table.words(row, "label")
        parent = self.groups[-1]
        if len(self.groups) > 1 and title and parent.title != self.draft.title:
            title = joined(parent.title, title, " – ")
        key = row.get("name") or f"{parent.key}_{row.place.row}"
        self.groups.append(_Group(key, title or parent.title, row.place))
        self.names.append({})
        self.section = None
        if row_type.repeats:
            message = _("This part is repeated in the file. Here it is asked once.")
            self.draft.notices.changed(row.place, message)
        if rule := row.get("relevant"):
            message = _("The skip rule “%(rule)s” is not applied: the part is always shown.")
            self.draft.notices.changed(row.place, message % {"rule": rule})
        self._note_appearance(row)

    def _close(self, row: Row) -> None:
        self.section = None
        if len(self.groups) == 1:
            message = _("A group ends here that was never begun. Delete this row.")
            self.draft.refuse(row.place, message)
            return
        self.groups.pop()
        self.names.pop()

    def _tell(self, row: Row) -> None:
        text = self.table.words(row, "label") or self.table.words(row, "hint")
        if rule := row.get("relevant"):
            reason = _("It is shown only if “%(rule)s”, which is not checked here.")
            self._drop(row, reason % {"rule": rule})
        elif text:
            section = self._section(row, before_items=True)
            section.introduction = joined(section.introduction, text, "\n\n")

    def _section(self, row: Row, *, before_items: bool = False) -> DraftSection:
        """Return the section that the row belongs to; a note begins one."""
        if self.section is None or (before_items and self.section.items):
            group = self.groups[-1]
            self.section = DraftSection(group.key, dict(group.title), row.place)
            self.draft.sections.append(self.section)
        return self.section

    def _place_introductions(self) -> None:
        """Move notes that no question follows to where they are read."""
        waiting: DraftSection | None = None
        for section in self.draft.sections:
            if waiting:
                if self.draft.description or any(s.items for s in self._before(section)):
                    section.introduction = joined(
                        waiting.introduction, section.introduction, "\n\n"
                    )
                else:
                    self.draft.description = waiting.introduction
            waiting = None if section.items else section
        if waiting:
            text = next(iter(waiting.introduction.values()), "")
            message = _("“%(text)s” was left out. No question follows it.") % {"text": text}
            self.draft.notices.dropped(waiting.place, message)
        self.draft.sections = [section for section in self.draft.sections if section.items]

    def _before(self, section: DraftSection) -> list[DraftSection]:
        return self.draft.sections[: self.draft.sections.index(section)]

    # Questions

    def _ask(self, row: Row, row_type: RowType) -> None:
        name = row.get("name")
        if not name:
            message = _("The question has no name. Write one into the column “name”.")
            self.draft.refuse(row.place, message)
            return
        self._refuse_repeated(row, name)
        item = DraftItem(
            key=name,
            kind=Kind.TEXT,
            text=self.table.words(row, "label"),
            hint=self.table.words(row, "hint"),
            place=row.place,
            required=self._is_required(row),
        )
        self._set_kind(row, row_type, item)
        self._keep_rules(row, item)
        self._read_extensions(row, item)
        section = self._section(row)
        section.items.append(item)
        if row_type.has_other:
            section.items.append(self._ask_other(item, row_type.list_name))

    def _refuse_repeated(self, row: Row, name: str) -> None:
        first = self.names[-1].setdefault(name, row.place)
        if first is not row.place:
            message = _("“%(name)s” is the name of row %(row)d already. Rename one of them.")
            self.draft.refuse(row.place, message % {"name": name, "row": first.row})

    def _is_required(self, row: Row) -> bool:
        required = row.get("required").strip().lower()
        if required not in _YES | _NO:
            message = _("“%(rule)s” decides in the file whether an answer is needed. Here none is.")
            self.draft.notices.changed(row.place, message % {"rule": row.get("required")})
        return required in _YES

    def _set_kind(self, row: Row, row_type: RowType, item: DraftItem) -> None:
        if row_type.does == Does.CHOOSES:
            item.kind = Kind.CHOICE if row_type.name == "select_one" else Kind.MULTIPLE
            item.choices = row_type.list_name
        elif row_type.name == "acknowledge":
            self._set_acknowledge(item)
        elif row_type.name == "range":
            self._set_range(row, item)
        elif row_type.name in {"integer", "decimal"}:
            item.kind = Kind.NUMBER
        elif row_type.name in AS_TEXT:
            item.source["type"] = "dateTime" if row_type.name == "datetime" else row_type.name
            message = _("Questions of the type “%(type)s” are asked as text.")
            self.draft.notices.changed(row.place, message % {"type": row_type.name})
        self._set_bounds(row, row_type, item)

    def _set_acknowledge(self, item: DraftItem) -> None:
        yes, no = wording.yes_and_no(self.draft.languages)
        item.kind, item.choices = Kind.CHOICE, "acknowledge"
        self.draft.choice_lists["acknowledge"] = [
            DraftChoice("OK", yes, item.place, score=1),
            DraftChoice("no", no, item.place, score=0),
        ]
        message = _("What could only be confirmed is asked with “yes” and “no”.")
        self.draft.notices.changed(item.place, message)

    def _set_range(self, row: Row, item: DraftItem) -> None:
        given = dict(_PARAMETER.findall(row.get("parameters")))
        ends = [given.get("start", "1"), given.get("end", "10"), given.get("step", "1")]
        if all(_WHOLE.fullmatch(end.removesuffix(".0")) for end in ends):
            item.kind = Kind.NUMBER
            item.minimum, item.maximum, item.step = (int(float(end)) for end in ends)
        else:
            message = _("Only whole numbers can be chosen from a range: asked as text.")
            self.draft.notices.changed(row.place, message)

    def _set_bounds(self, row: Row, row_type: RowType, item: DraftItem) -> None:
        rule = read_constraint(row.get("constraint"))
        if item.kind != Kind.NUMBER:
            rule.rest = row.get("constraint")
        elif row_type.name != "range":
            item.minimum, item.maximum = rule.minimum, rule.maximum
            self._settle_decimal(row, row_type, item)
        if rule.rest:
            item.source["constraint"] = rule.rest
            message = _("The rule “%(rule)s” for the answer is not checked.")
            self.draft.notices.changed(row.place, message % {"rule": rule.rest})

    def _settle_decimal(self, row: Row, row_type: RowType, item: DraftItem) -> None:
        if row_type.name != "decimal":
            return
        item.source["type"] = "decimal"
        if item.minimum is None and item.maximum is None:
            item.kind = Kind.TEXT
            message = _("A number with decimals and without bounds is asked as text.")
        else:
            message = _("A number with decimals is asked as a whole number.")
        self.draft.notices.changed(row.place, message)

    def _keep_rules(self, row: Row, item: DraftItem) -> None:
        if rule := row.get("relevant"):
            item.source["relevant"] = rule
            message = _("The skip rule “%(rule)s” is not applied: the question is always shown.")
            self.draft.notices.changed(row.place, message % {"rule": rule})
        if rule := row.get("choice_filter"):
            message = _("The filter “%(rule)s” is not applied: all choices are shown.")
            self.draft.notices.changed(row.place, message % {"rule": rule})
        if (parameters := row.get("parameters")) and row.get("type").strip().lower() != "range":
            message = _("The parameters “%(parameters)s” are not used.")
            self.draft.notices.dropped(row.place, message % {"parameters": parameters})
        self._note_appearance(row)

    def _note_appearance(self, row: Row) -> None:
        if appearance := row.get("appearance"):
            message = _("The appearance “%(appearance)s” is not used.")
            self.draft.notices.dropped(row.place, message % {"appearance": appearance})

    def _read_extensions(self, row: Row, item: DraftItem) -> None:
        if reasons := row.get("missing").split():
            item.extra["not_answered"] = reasons
        if facet := row.get("facet"):
            item.extra["facet"] = facet
        if (position := row.get("breakdown")).isdecimal():
            self.breakdowns.append((int(position), item.key))

    def _ask_other(self, item: DraftItem, list_name: str) -> DraftItem:
        """Add "other" to the choices, and the question which."""
        languages = self.draft.languages
        with_other = f"{list_name}_or_other"
        if with_other not in self.draft.choice_lists:
            other = DraftChoice("other", wording.say(wording.OTHER, languages), item.place)
            choices = self.draft.choice_lists.get(list_name, [])
            has_one = any(choice.name == other.name for choice in choices)
            added = [] if has_one or not choices else [other]
            self.draft.choice_lists[with_other] = [*choices, *added]
        item.choices = with_other
        self.draft.notices.changed(
            item.place, _("“Other” is a choice of its own, and a question which one follows it.")
        )
        text = wording.say(wording.SPECIFY_OTHER, languages)
        return DraftItem(f"{item.key}_other", Kind.TEXT, text, item.place)
