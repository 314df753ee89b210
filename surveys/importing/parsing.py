"""From the text of a mapping to what it says, or to the list of everything that is wrong."""

import re
from collections.abc import Mapping as Dictionary

from django.utils.translation import gettext as _

from surveys.document import AgeBand
from surveys.encoding import NotAnswered
from surveys.importing.cells import as_key
from surveys.importing.files import FileOptions
from surveys.importing.mapping import ImportMapping, InstrumentMapping, Origin, WaveMapping
from surveys.importing.node import MappingError, Node, Problem
from surveys.importing.published import read_published, read_questions
from surveys.importing.scales import Defaults, read_labels, read_missing, read_scales
from surveys.importing.source import MappingTextError, load_text
from surveys.models import WaveKind

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_AGE_CUTS = {AgeBand.CHILD: 8, AgeBand.YOUTH: 12, AgeBand.ADULT: 18}
_LONGEST_CODE = 80
_LONGEST_CATEGORY = 80


def parse_mapping(text: str) -> ImportMapping:
    """Return what the mapping says.

    Raises
    ------
    MappingError
        With all problems at once, each with its place in the mapping.
    """
    try:
        data = load_text(text)
    except MappingTextError as error:
        raise MappingError([Problem("", str(error))]) from error
    if not isinstance(data, dict) or not data:
        raise MappingError([Problem("", _("A mapping is keys and values, for example plan: …"))])
    root = Node({str(key): value for key, value in data.items()})
    mapping = _read(root)
    if root.problems:
        raise MappingError(list(dict.fromkeys(root.problems)))
    return mapping


def _read(root: Node) -> ImportMapping:
    plan = root.node("plan")
    about = root.node("instrument")
    published = read_published(about) if about.has("document") else None
    instrument = published.instrument if published else _read_instrument(about)
    community, community_text = _read_community(root)
    wave = root.text("wave", "")
    waves = _read_waves(root, is_long=bool(wave))
    date, formats = _read_date(root)
    age, cuts = _read_age(root)
    sets = root.node("label_sets")
    defaults = Defaults(
        label_sets={name: read_labels(sets, name) for name in sets.data},
        missing=read_missing(root, {"": NotAnswered.NOT_ANSWERED}),
    )
    mapping = ImportMapping(
        plan_code=_code(plan, "code"),
        plan_name=plan.text("name", "") or instrument.title,
        instrument=instrument,
        file=_read_file(root.node("file")),
        person=_read_person(root),
        community=community,
        community_text=community_text,
        wave=wave,
        waves=waves,
        date=date,
        date_formats=formats,
        skip_when_empty=root.texts("skip_when_empty"),
        groups=_read_groups(root),
        age=age,
        age_cuts=cuts,
        scales=() if published else read_scales(root, defaults),
        questions=read_questions(root, published, defaults.missing) if published else (),
    )
    plan.done()
    root.done()
    _refuse_unknown_references(root, mapping)
    return mapping


def _code(node: Node, key: str) -> str:
    code = node.text(key)
    if code and (not _CODE.fullmatch(code) or len(code) > _LONGEST_CODE):
        node.refuse(key, _("Use small letters, digits and hyphens, for example spring-2026."))
    return code


def _read_instrument(node: Node) -> InstrumentMapping:
    instrument = InstrumentMapping(
        code=_code(node, "code"),
        version=node.text("version"),
        title=node.text("title"),
        language=node.text("language", "en"),
        age_band=node.word("age_band", AgeBand, AgeBand.ADULT),
        licence=node.text("licence", ""),
        citation=node.text("citation", ""),
        notes=node.text("notes", ""),
    )
    if not _LANGUAGE.fullmatch(instrument.language):
        node.refuse("language", _("Write a language code, for example en, de or fa-af."))
    node.done()
    return instrument


def _read_file(node: Node) -> FileOptions:
    header = node.whole("header", 1)
    if header < 1:
        node.refuse("header", _("Rows are counted from 1."))
    delimiter = node.optional_text("delimiter")
    if delimiter is not None and len(delimiter) != 1:
        node.refuse("delimiter", _("Write one character."))
    options = FileOptions(
        sheet=node.optional_text("sheet"),
        header=header,
        encoding=node.optional_text("encoding"),
        delimiter=delimiter,
    )
    node.done()
    return options


def _read_person(root: Node) -> str:
    if not isinstance(root.get("person"), dict):
        return root.text("person")
    node = root.node("person")
    if not node.flag("each_row"):
        node.refuse("", _("Name the column of the person, or write each_row: true."))
    node.done()
    return ""


def _read_community(root: Node) -> tuple[Origin, str]:
    value = root.get("community")
    if value is None:
        root.refuse("community", _("This is missing."))
        return Origin(), ""
    if not isinstance(value, dict):
        return Origin(columns=root.texts("community")), ""
    node = root.node("community")
    text = node.text("text", "")
    origin = _read_origin(node, needs_values=False, needs_column=not text)
    if text and origin.columns:
        node.refuse("text", _("Write either a column or one text for all, not both."))
    return origin, text


def _read_origin(node: Node, *, needs_values: bool, needs_column: bool = True) -> Origin:
    columns = node.texts("column")
    if needs_column and not columns:
        node.refuse("column", _("This is missing."))
    from_wave = node.whole("from_wave", 0) or None
    values = node.node("values")
    if needs_values and not values.data:
        node.refuse(
            "values",
            _("Say for each value what it stands for: only registered categories are taken in."),
        )
    origin = Origin(
        columns=columns,
        separator=node.text("separator", ", "),
        from_wave=from_wave,
        values={as_key(name): values.text(name) for name in values.data},
    )
    node.done()
    return origin


def _read_waves(root: Node, *, is_long: bool) -> dict[int, WaveMapping]:
    if not root.has("waves"):
        if is_long:
            root.refuse("waves", _("Say which value of the wave column is which wave."))
        return {1: WaveMapping(1, WaveKind.BEFORE)}
    node = root.node("waves")
    waves: dict[int, WaveMapping] = {}
    for name in node.data:
        if not name.isdecimal() or not 1 <= int(name) <= 100:  # noqa: PLR2004 - more is a mistake
            node.refuse(name, _("Waves are numbered 1, 2, 3 and so on."))
        else:
            waves[int(name)] = _read_wave(node, name, is_long=is_long)
    _refuse_ambiguous_values(node, waves)
    return waves


def _read_wave(parent: Node, name: str, *, is_long: bool) -> WaveMapping:
    number = int(name)
    usual = {1: WaveKind.BEFORE, 2: WaveKind.AFTER}.get(number, WaveKind.FOLLOW_UP)
    value = parent.get(name)
    if isinstance(value, str):
        kind = parent.as_word(name, value, WaveKind) or usual
        wave = WaveMapping(number, kind, frozenset({name}))
    else:
        wave = _read_wave_node(parent.as_node(name, value), number, usual, is_long=is_long)
    if (wave.kind == WaveKind.BEFORE) != (number == 1):
        parent.refuse(name, _("Wave 1 is the one before, and no other is."))
    return wave


def _read_wave_node(node: Node, number: int, usual: WaveKind, *, is_long: bool) -> WaveMapping:
    kind = node.word("kind", WaveKind, usual)
    not_asked = frozenset(node.texts("not_asked"))
    if is_long:
        values = frozenset(as_key(value) for value in node.texts("value") or (str(number),))
        wave = WaveMapping(number, kind, values, not_asked=not_asked)
    else:
        columns = node.node("columns")
        wave = WaveMapping(
            number,
            kind,
            prefix=node.text("prefix", ""),
            suffix=node.text("suffix", ""),
            columns={name: columns.text(name) for name in columns.data},
            not_asked=not_asked,
        )
    node.done()
    return wave


def _refuse_ambiguous_values(node: Node, waves: Dictionary[int, WaveMapping]) -> None:
    seen: set[str] = set()
    for number, wave in waves.items():
        for value in sorted(wave.values & seen):
            node.refuse(number, _("The value %(value)s stands for two waves.") % {"value": value})
        seen |= wave.values


def _read_date(root: Node) -> tuple[str, tuple[str, ...]]:
    if not isinstance(root.get("date"), dict):
        return root.text("date", ""), ()
    node = root.node("date")
    column, formats = node.text("column"), node.texts("formats")
    node.done()
    return column, formats


def _read_age(root: Node) -> tuple[Origin | None, dict[AgeBand, int]]:
    """Read where the age in years is; an age band that has a column itself is a group."""
    node = root.node("age_band")
    if "age" not in node.data:
        return None, _AGE_CUTS
    columns = node.texts("age")
    cuts = {band: node.whole(band.value, year) for band, year in _AGE_CUTS.items()}
    if list(cuts.values()) != sorted(set(cuts.values())):
        node.refuse("", _("Each age band begins later than the one before."))
    origin = Origin(columns=columns, from_wave=node.whole("from_wave", 0) or None)
    node.done()
    return origin, cuts


def _read_groups(root: Node) -> dict[str, Origin]:
    node = root.node("groups")
    groups: dict[str, Origin] = {}
    for name in node.data:
        if not _NAME.fullmatch(name):
            node.refuse(name, _("Use small letters, digits and underscores."))
        groups[name] = _read_origin(node.node(name), needs_values=True)
        for category in groups[name].values.values():
            if len(category) > _LONGEST_CATEGORY:
                node.refuse(name, _("A category has at most 80 characters."))
    band = root.node("age_band")
    if band.data and "age" not in band.data:
        groups["age_band"] = _read_origin(band, needs_values=True)
        for category in groups["age_band"].values.values():
            band.as_word("values", category, AgeBand)
    return groups


def _refuse_unknown_references(root: Node, mapping: ImportMapping) -> None:
    origins = {"community": mapping.community, **mapping.groups}
    if mapping.age:
        origins["age_band"] = mapping.age
    for name, origin in origins.items():
        if origin.from_wave is not None and origin.from_wave not in mapping.waves:
            root.refuse(name, _("There is no wave %(wave)s.") % {"wave": origin.from_wave})
    keys = {item.key for item in mapping.items}
    for wave in mapping.waves.values():
        for key in sorted(wave.not_asked - keys):
            root.refuse(
                f"waves.{wave.number}.not_asked", _("There is no item %(key)s.") % {"key": key}
            )
