"""From source to item and back: the page that says where every item of a questionnaire comes from.

The `source` of an item or scale is text: sources apart by `;`, each with what was taken from it.

    000 (coproduction); Voorberg, Bekkers & Tummers (2015): co-designing

names document 000, at "coproduction", and a publication, at "co-designing".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.questionnaire.model import Item, Questionnaire, Scale

# The documents that a study numbers in its sources, with their short titles. Each has its row in the
# table, cited or not, so that a document that nothing measures is seen.
DOCUMENTS: Mapping[str, Mapping[str, str]] = {
    "psi-co": {
        "000": "The PSI-CO project",
        "001": "Success factors of inter-organisational innovation",
        "002": "Public innovation in cities",
        "003": "The OPSI Playbook",
        "004": "Talks on innovation in the Flemish government",
    }
}
_APART = re.compile(r";\s*(?![^()]*\))")  # not inside brackets
_DOCUMENT = re.compile(r"(?:seed )?(\d{3})\b[\s,:]*(.*)", re.DOTALL)
_PUBLICATION = re.compile(r"(.*?),? \(?((?:19|20)\d\d[a-z]?)\b\)?[\s,:]*(.*)", re.DOTALL)
_OTHER = re.compile(r"(.+?)(?:: | ?(?=\()|$)(.*)", re.DOTALL)

Row = Sequence[str]


@dataclass(frozen=True)
class Citation:
    """A source, and the place in it or what was taken from it; the latter may be empty."""

    source: str
    place: str


def citations(text: str) -> tuple[Citation, ...]:
    """Return the sources that a text names: numbered documents, publications, or else its first part.

    >>> citations("000 (adoption); Bass & Riggio (2006): new ideas")
    (Citation(source='000', place='adoption'), Citation(source='Bass & Riggio (2006)', place='new ideas'))
    """
    found = (_citation(part, first=not n) for n, part in enumerate(_APART.split(text)))
    return tuple(citation for citation in found if citation)


def _citation(part: str, *, first: bool) -> Citation | None:
    """Return what a part of a source names; None for a later part that is a remark."""
    text = " ".join(part.split())
    if match := _DOCUMENT.fullmatch(text):
        return Citation(match[1], _bare(match[2]))
    if match := _PUBLICATION.fullmatch(text):
        return Citation(f"{match[1]} ({match[2]})", _bare(match[3]))
    match = _OTHER.fullmatch(text)
    return Citation(match[1], _bare(match[2])) if match and first else None


def _bare(place: str) -> str:
    """Return a place without the brackets around what it begins with."""
    return re.sub(r"^\(([^()]*)\)", r"\1", place)


def traceability_page(questionnaire: Questionnaire) -> str:
    """Return a page in Markdown: each source with what measures it, each scale with its items' sources.

    An item that names no source has those of its scales; a scale has its own and those that its items,
    or the items of its parts, name themselves.
    """
    sources = _Sources(questionnaire)
    lines = [
        f"# Sources of {questionnaire.study}: {_in_english(questionnaire.title)}",
        "",
        f"Made from `questionnaires/{questionnaire.study}/questionnaire.yaml` by `psico reference`;"
        " do not edit.",
        *_coverage(sources),
        *_places(sources),
        *_scales(questionnaire),
        *_items_without_scale(questionnaire),
    ]
    return "\n".join(lines) + "\n"


class _Sources:
    """Which items and scales of a questionnaire cite which source."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        self.titles = DOCUMENTS.get(questionnaire.study, {})
        scales = questionnaire.scales
        self.items_of = {name: questionnaire.items_of_scale(name) for name in scales}
        self.own = {name: citations(item.source) for name, item in questionnaire.items.items()}
        self.by_scale = {name: citations(scale.source) for name, scale in scales.items()}
        self.by_item = {item: own or self._of_scales(item) for item, own in self.own.items()}

    def _of_scales(self, item: str) -> tuple[Citation, ...]:
        above = [self.by_scale[name] for name, items in self.items_of.items() if item in items]
        return tuple(dict.fromkeys(citation for found in above for citation in found))

    def numbered(self) -> list[str]:
        """Return the numbers of the documents, cited or not, in order."""
        return sorted({*self.titles, *(each for each in self._cited() if each.isdecimal())})

    def others(self) -> list[str]:
        """Return all other sources that are cited, by name."""
        return sorted({each for each in self._cited() if not each.isdecimal()}, key=str.casefold)

    def _cited(self) -> Iterator[str]:
        for found in (*self.by_item.values(), *self.by_scale.values()):
            yield from (citation.source for citation in found)

    def items(self, source: str) -> list[str]:
        """Return the items that cite a source."""
        return [item for item, found in self.by_item.items() if _names(found, source)]

    def scales(self, source: str) -> list[str]:
        """Return the scales that cite a source, themselves or by what an item says of itself."""
        citing = {item for item, found in self.own.items() if _names(found, source)}
        return [
            name
            for name, items in self.items_of.items()
            if _names(self.by_scale[name], source) or citing & set(items)
        ]

    def title(self, source: str) -> str:
        """Return a source with the title of the document that it numbers."""
        return f"{source}: {self.titles[source]}" if source in self.titles else source


def _names(found: Iterable[Citation], source: str) -> bool:
    return any(citation.source == source for citation in found)


def _coverage(sources: _Sources) -> Iterator[str]:
    groups = {"Source documents": sources.numbered(), "Other sources": sources.others()}
    for title, names in groups.items():
        if names:
            rows = [_coverage_row(sources, name) for name in names]
            head = ("source", "number of items", "items", "scales")
            yield from ("", f"## {title}", "", *_table(head, rows))
    if not any(groups.values()):
        yield from ("", "No item or scale names a source.")


def _coverage_row(sources: _Sources, source: str) -> Row:
    items = sources.items(source)
    scales = [f"[{name}](#{name})" for name in sources.scales(source)]
    listed = ", ".join(items) or "none"
    return sources.title(source), str(len(items)), listed, ", ".join(scales) or "none"


def _places(sources: _Sources) -> Iterator[str]:
    """Yield, for each numbered document that is cited, its scales and what was taken from where."""
    for source in sources.numbered():
        scales = list(_scale_rows(sources, source))
        places = sorted(_items_by_place(sources, source).items(), key=_in_order)
        if scales or places:
            yield from ("", f"## From {sources.title(source)}")
        if scales:
            yield from ("", *_table(("scale", "name", "items from this document"), scales))
        if places:
            rows = [(place, ", ".join(items)) for place, items in places]
            yield from ("", *_table(("what is taken from it", "items"), rows))


def _items_by_place(sources: _Sources, source: str) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for item, found in sources.by_item.items():
        for citation in found:
            if citation.source == source:
                places.setdefault(citation.place or "as a whole", []).append(item)
    return places


def _in_order(entry: tuple[str, list[str]]) -> list[str | int]:
    """Return a key by which `condition 10` comes after `condition 9`."""
    parts = re.split(r"(\d+)", entry[0].casefold())
    return [int(each) if n % 2 else each for n, each in enumerate(parts)]


def _scale_rows(sources: _Sources, source: str) -> Iterator[Row]:
    citing = set(sources.items(source))
    for name in sources.scales(source):
        scale, items = sources.questionnaire.scales[name], sources.items_of[name]
        number = len(citing.intersection(items))
        yield f"[{name}](#{name})", _in_english(scale.name), f"{number} of {len(items)}"


def _scales(questionnaire: Questionnaire) -> Iterator[str]:
    if questionnaire.scales:
        yield from ("", "## Scales, indices and blocks")
    for name, scale in questionnaire.scales.items():
        yield from ("", f"### {name}", "", *_scale_facts(questionnaire, scale), "")
        if scale.parts:
            yield f"Made of {', '.join(f'[{part}](#{part})' for part in scale.parts)}."
        else:
            items = [questionnaire.items[item] for item in scale.items]
            yield from _item_table(questionnaire, items, scale.reversed)


def _scale_facts(questionnaire: Questionnaire, scale: Scale) -> Iterator[str]:
    names = (f"{scale.name.get(each, '')} ({each})" for each in questionnaire.languages)
    yield f"- Name: {_cell(' / '.join(names))}"
    yield f"- Kind and level: {scale.kind}, {scale.level}"
    if scale.definition:
        yield f"- Definition: {_cell(_in_english(scale.definition))}"
    yield f"- Source: {_cell(scale.source) or 'none of its own'}"


def _items_without_scale(questionnaire: Questionnaire) -> Iterator[str]:
    inside = {item for scale in questionnaire.scales.values() for item in scale.items}
    items = [item for name, item in questionnaire.items.items() if name not in inside]
    if items:
        yield from ("", "## Items without scale", "")
        yield from _item_table(questionnaire, items, ())


def _item_table(
    questionnaire: Questionnaire, items: Iterable[Item], reverse: Sequence[str]
) -> Iterator[str]:
    languages = questionnaire.languages
    rows = (
        (
            item.id,
            *(item.text.get(language, "") for language in languages),
            "reversed" if item.id in reverse else "",
            item.source,
        )
        for item in items
    )
    return _table(("item", *languages, "reversed", "source"), rows)


def _in_english(text: Mapping[str, str]) -> str:
    """Return a text in English, the language of the page, or else in the first it has."""
    return text.get("en") or next(iter(text.values()), "")


def _table(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(map(_cell, row))} |" for row in rows)


def _cell(text: str) -> str:
    """Return a text on one line that ends no cell and starts no HTML."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
