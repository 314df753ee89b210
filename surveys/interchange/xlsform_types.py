"""The types of questions that an XLSForm can name."""

import re
from dataclasses import dataclass
from enum import Enum, auto

_SELECT = re.compile(
    r"(?:add )?(?P<verb>select_one|select one|select1|select_multiple|select multiple|"
    r"select all that apply)(?: prompt)?(?: from| using)?\s+(?P<list>.+?)"
    r"(?P<other>\s+or[_ ](?:specify[_ ])?other)?",
    re.IGNORECASE,
)
_ALIASES = {
    "add date prompt": "date",
    "add date time prompt": "datetime",
    "add decimal prompt": "decimal",
    "add integer prompt": "integer",
    "add note prompt": "note",
    "add text prompt": "text",
    "int": "integer",
    "q string": "text",
    "string": "text",
    "trigger": "acknowledge",
    "uri:deviceid": "deviceid",
}
#: Types that the phone fills in.
_RECORDED = {
    *("start", "end", "today", "deviceid", "device id", "subscriberid", "simserial", "phonenumber"),
    *("username", "email", "audit", "start-geopoint", "background-audio", "background-geopoint"),
    *("caseid", "get today", "start_time", "end_time", "imei", "text audit", "audio audit"),
}
_COMPUTED = {
    "calculate",
    "calculate_here",
    "hidden",
    "hidden value",
    "xml-external",
    "csv-external",
}
#: Asked as text: the type is kept for the way back.
AS_TEXT = {"date", "time", "datetime", "barcode"}
_ASKED = {"integer", "decimal", "text", "range", "acknowledge"} | AS_TEXT
_GROUP = re.compile(r"(?P<edge>begin|end)[_ ](?P<what>(?:looped |looping )?group|repeat|loop)\b.*")


class Does(Enum):
    """What a row of the survey sheet does."""

    ASKS = auto()
    CHOOSES = auto()
    TELLS = auto()
    OPENS = auto()
    CLOSES = auto()
    IS_RECORDED = auto()
    IS_COMPUTED = auto()
    IS_UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class RowType:
    does: Does
    #: The type in its usual spelling.
    name: str
    list_name: str = ""
    has_other: bool = False

    @property
    def repeats(self) -> bool:
        return self.does == Does.OPENS and self.name != "group"


def read_type(written: str) -> RowType:
    text = " ".join(written.split())
    lower = text.lower()
    lower = _ALIASES.get(lower, lower)
    if select := _SELECT.fullmatch(text):
        return _read_select(select, text)
    if group := _GROUP.fullmatch(lower):
        does = Does.OPENS if group["edge"] == "begin" else Does.CLOSES
        return RowType(does, "group" if group["what"] == "group" else "repeat")
    return RowType(_does(lower), lower if lower in _ASKED | {"note"} else text)


def _does(lower: str) -> Does:
    if lower in _ASKED:
        return Does.ASKS
    if lower in _RECORDED:
        return Does.IS_RECORDED
    if lower in _COMPUTED:
        return Does.IS_COMPUTED
    return Does.TELLS if lower == "note" else Does.IS_UNKNOWN


def _read_select(select: re.Match[str], text: str) -> RowType:
    list_name = select["list"].strip()
    # Choices out of another file, or out of earlier answers.
    if list_name.startswith("${") or list_name.lower().endswith((".csv", ".xml", ".geojson")):
        return RowType(Does.IS_UNKNOWN, text)
    is_one = select["verb"].lower() in {"select_one", "select one", "select1"}
    name = "select_one" if is_one else "select_multiple"
    return RowType(Does.CHOOSES, name, list_name, has_other=bool(select["other"]))
