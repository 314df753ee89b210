"""The text of a mapping, YAML or JSON, as plain values."""

import re
from typing import Any

import yaml
from django.utils.translation import gettext as _
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode

_LONGEST_TEXT = 400_000  # a questionnaire in six languages fits in
_DEEPEST = 20
#: Fewer words than YAML knows: "Yes", "off", "007" and "12:30" are what they look like, texts.
_RESOLVERS = (
    ("tag:yaml.org,2002:bool", re.compile(r"(true|false)$"), "tf"),
    ("tag:yaml.org,2002:null", re.compile(r"(null|~|)$"), ["n", "~", ""]),
    ("tag:yaml.org,2002:int", re.compile(r"-?(0|[1-9][0-9]*)$"), "-0123456789"),
    ("tag:yaml.org,2002:float", re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+$"), "-0123456789"),
)


class MappingTextError(Exception):
    """The text is neither YAML nor JSON. The message says where."""


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(yaml.AliasEvent):
            # A few lines of aliases of aliases stand for billions of nodes.
            self._refuse(_("Aliases are not allowed. Use label sets."))
        self.depth += 1
        if self.depth > _DEEPEST:
            self._refuse(_("This is nested too deeply."))
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _refuse(self, message: str) -> None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call] # the library has few types
        raise ConstructorError(None, None, message, mark)

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[str] = set()
        for key, _value in node.value:
            if not isinstance(key, ScalarNode):
                raise ConstructorError(None, None, _("A key is one word."), key.start_mark)
            if key.value in seen:
                message = _("The key %(key)s is there twice.") % {"key": key.value}
                raise ConstructorError(None, None, message, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in _RESOLVERS:
    _Loader.add_implicit_resolver(_tag, _pattern, list(_first))


def load_text(text: str) -> object:
    """Return what the text holds.

    Raises
    ------
    MappingTextError
        If it is neither YAML nor JSON, has a key twice, or is suspiciously large.
    """
    if len(text) > _LONGEST_TEXT:
        raise MappingTextError(_("The mapping is too long to be one. Choose the right file."))
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader that knows fewer words
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise MappingTextError(
            _("The mapping can't be read in line %(line)s: %(problem)s.")
            % {"line": mark.line + 1 if mark else "?", "problem": (error.problem or "").rstrip(".")}
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise MappingTextError(_("The mapping is neither YAML nor JSON.")) from error
