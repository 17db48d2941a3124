"""XML: each element of one name is a row, as nested objects that paths can walk. Streamed by lxml. Pure.

An element is an object: its children by local name, always as lists, its attributes as "@name", and its own text as
"text". Namespaces are dropped. No entity is resolved, nothing is loaded from anywhere.
"""

from collections import Counter, defaultdict
from typing import Any

from lxml import etree

from heritage.errors import UserError
from heritage.importers.cleaning import MAX_TEXT_CHARACTERS
from heritage.importers.containers import DAMAGED, Part
from heritage.importers.source_records import RowProblem

from .rows import Layout, Row, Rows, SourceTable

# Rows of the schemas that museums publish.
ROW_ELEMENTS = ("lido", "record", "RDF", "object", "Object", "item", "mods", "dc", "row", "ROW")
_SAFE: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
_LOOKED_AT = 2000
MOST_ELEMENTS = 200_000  # of one row


def read_xml(part: Part, layout: Layout) -> SourceTable:
    """The elements named `layout.rows`, wherever they stand; of elements within each other, the outermost."""
    return SourceTable(None, _elements(part, layout.rows))


def _elements(part: Part, name: str) -> Rows:
    number = inside = size = 0
    with part.open() as stream:
        try:
            for event, element in etree.iterparse(stream, events=("start", "end"), **_SAFE):
                if _local(element) != name:
                    size += event == "end"
                    if event == "end" and (not inside or size > MOST_ELEMENTS):
                        _forget(element)
                    continue
                if event == "start":
                    inside += 1
                    continue
                inside -= 1
                if inside:
                    continue
                number += 1
                if size > MOST_ELEMENTS:
                    reason = f"has more than {MOST_ELEMENTS:,} elements; is {name} the right one to read (--rows)?"
                    yield RowProblem(part.name, element.sourceline or number, "", reason)
                else:
                    yield Row(element.sourceline or number, as_object(element))
                size = 0
                _forget(element)
        except etree.XMLSyntaxError as error:
            reason = f"is not well-formed XML from here ({error.msg}); what follows cannot be read, mend it there"
            yield RowProblem(part.name, error.lineno or 0, "", reason)
        except DAMAGED as error:
            yield RowProblem(part.name, 0, "", f"is damaged or cut off after row {number} ({error}); get it again")


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _forget(element: Any) -> None:
    """Free what was read: without it the whole document would grow in memory."""
    element.clear(keep_tail=True)
    while element.getprevious() is not None:
        del element.getparent()[0]


def as_object(element: Any) -> dict[str, Any]:
    """`element` as nested objects; see the module."""
    fields: dict[str, Any] = {f"@{name.rpartition('}')[2]}": value for name, value in element.attrib.items()}
    children = [child for child in element if isinstance(child.tag, str)]
    for child in children:
        fields.setdefault(_local(child), []).append(as_object(child))
    # Text with marked-up words inside is one text.
    text = "".join(element.itertext()) if _is_mixed(element, children) else element.text or ""
    if text := text.strip():
        # One more than may be stored, so that it is refused: of elements in each other, each would hold all of it.
        fields["text"] = text[: MAX_TEXT_CHARACTERS + 1]
    return fields


def _is_mixed(element: Any, children: list[Any]) -> bool:
    return bool(children) and any((child.tail or "").strip() for child in children)


def row_element(part: Part) -> str:
    """The name of the element that is a row: a known one, otherwise the commonest of the first level on which one
    with anything inside stands twice, otherwise the first below the root.

    Raises UserError where the file is no XML.
    """
    known: set[str] = set()
    levels: dict[int, Counter[str]] = defaultdict(Counter)
    below_root = ""
    open_elements: list[tuple[str, bool]] = []
    with part.open() as stream:
        try:
            for seen, (event, element) in enumerate(etree.iterparse(stream, events=("start", "end"), **_SAFE)):
                name = _local(element)
                if event == "start":
                    known.add(name)
                    open_elements.append((name, bool(element.attrib)))
                    if len(open_elements) > 1:
                        open_elements[-2] = (open_elements[-2][0], True)
                        below_root = below_root or name
                else:
                    depth = len(open_elements)
                    levels[depth][name] += open_elements.pop()[1]
                if seen > _LOOKED_AT:
                    break
        except (etree.XMLSyntaxError, *DAMAGED) as error:
            if not known:
                reason = getattr(error, "msg", error)
                raise UserError(f"{part.name} is not well-formed XML ({reason}); get the file again.") from error
    root = next(iter(known), "")
    for name in ROW_ELEMENTS:
        if name in known:
            return name
    for depth in sorted(levels):
        name, count = levels[depth].most_common(1)[0]
        if depth > 1 and count > 1:
            return name
    return below_root or root
