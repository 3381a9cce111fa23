"""On which line of a definition's text something stands.

The parser tells no places, so they are sought in the text: sections by their heads,
keys by what stands before an equals sign. Comments and the insides of quotes are no
keys. What cannot be found has the line of the part that it should stand in.
"""

import re
from dataclasses import dataclass

# Comments, and texts in quotes of all of TOML's kinds.
_OTHER = re.compile(
    r'"""(?:\\.|[^\\])*?"""' r"|'''.*?'''" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'" r"|#[^\n]*",
    re.DOTALL,
)
_HEAD = re.compile(r"^[ \t]*(\[\[?)[ \t]*([\w.-]+)[ \t]*\]\]?[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text: from which to before which character."""

    start: int
    stop: int


class DefinitionLines:
    """Where sections, inline tables and keys of a TOML text stand."""

    def __init__(self, text: str) -> None:
        """Keep ``text``, and the same without comments and what stands in quotes."""
        self._text = text
        self._code = _OTHER.sub(_masked, text)
        self.whole = Part(0, len(text))

    def line_of(self, part: Part) -> int:
        """The line, from 1, on which a part begins."""
        return self._text.count("\n", 0, part.start) + 1

    @property
    def form(self) -> Part:
        """Section ``[form]``; where there is none, the whole."""
        return self._section("form") or self.whole

    @property
    def table(self) -> Part:
        """Section ``[table]``; where there is none, the whole."""
        return self._section("table") or self.whole

    @property
    def box(self) -> Part:
        """Section ``[collector_box]``; where there is none, the whole."""
        return self._section("collector_box") or self.whole

    def column(self, number: int) -> Part:
        """A column's section or inline table, ``number`` from 0."""
        found = self._section("table.columns", number)
        return found or self._entry(self.table, "columns", number) or self.table

    def column_field(self, column: int, number: int) -> Part:
        """A field of a column, both numbers from 0."""
        part = self.column(column)
        return self._entry(part, "fields", number) or part

    def box_field(self, number: int) -> Part:
        """A field of the collector's box, ``number`` from 0."""
        found = self._section("collector_box.fields", number)
        return found or self._entry(self.box, "fields", number) or self.box

    def _section(self, name: str, number: int | None = None) -> Part | None:
        """A section ``[name]``, or the ``number``-th (from 0) ``[[name]]``, with those within."""
        heads = list(_HEAD.finditer(self._code))
        wanted = "[" if number is None else "[["
        ours = [n for n, head in enumerate(heads) if head[1] == wanted and head[2] == name]
        if (number or 0) >= len(ours):
            return None
        first = ours[number or 0]
        after = (h for h in heads[first + 1 :] if not h[2].startswith(f"{name}."))
        end = next(after, None)
        return Part(heads[first].start(2), end.start() if end is not None else len(self._text))

    def _entry(self, part: Part, key: str, number: int) -> Part | None:
        """The ``number``-th (from 0) table in a key's list, inline or a section of its own."""
        found = self._assigned(part, key)
        if found is None:
            heads = [h for h in self._heads(part) if h[2].endswith(f".{key}")]
            if number >= len(heads):
                return None
            after = heads[number + 1].start() if number + 1 < len(heads) else part.stop
            return Part(heads[number].start(2), after)
        depth, begun, seen = 0, 0, 0
        for at in range(found.stop, part.stop):
            sign = self._code[at]
            if sign in "[{":
                if sign == "{" and depth == 1:
                    begun = at
                depth += 1
            elif sign in "]}":
                depth -= 1
                if sign == "}" and depth == 1:
                    if seen == number:
                        return Part(begun, at + 1)
                    seen += 1
                if depth == 0:
                    break
        return None

    def key(self, part: Part, key: str) -> Part:
        """A key's own place within a part; where it is not there, the part."""
        return self._assigned(part, key) or self._named_head(part, key) or part

    def text(self, part: Part, wording: str) -> Part | None:
        """A wording where it first stands within a part, as it is or with TOML's escapes."""
        for one in dict.fromkeys((wording, wording.replace("\\", "\\\\").replace('"', '\\"'))):
            at = self._text.find(one, part.start, part.stop)
            if at >= 0:
                return Part(at, at + len(one))
        return None

    def _assigned(self, part: Part, key: str) -> Part | None:
        """A key with its equals sign that is a part's own, not of a table within it."""
        within = next(iter(self._heads(part)), None)
        # The top level of a file ends at its first head.
        stop = within.start() if within is not None else part.stop
        pattern = re.compile(rf"(?<![\w-]){re.escape(key)}[ \t]*=")
        own = int(self._code[part.start : part.start + 1] == "{")
        for found in pattern.finditer(self._code, part.start, stop):
            before = self._code[part.start : found.start()]
            if before.count("{") - before.count("}") == own:
                return Part(found.start(), found.end())
        return None

    def _named_head(self, part: Part, key: str) -> Part | None:
        names = ((head, head[2].split(".")) for head in self._heads(part))
        found = next((head for head, name in names if key in name), None)
        return Part(found.start(2), found.end(2)) if found is not None else None

    def _heads(self, part: Part) -> list[re.Match[str]]:
        return list(_HEAD.finditer(self._code, part.start, part.stop))


def _masked(found: re.Match[str]) -> str:
    """As long, with its line breaks and nothing else."""
    return re.sub(r"[^\n]", " ", found[0])
