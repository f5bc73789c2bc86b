"""Two versions of a questionnaire held against each other: what changed, and what may be compared."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum

from pipeline.core.errors import UserError
from pipeline.questionnaire.model import ChoiceSet, Item, Option, Question, Questionnaire, Scale

SAME_ANSWER_KINDS = {
    frozenset({"single", "matrix"}),
    frozenset({"count", "number"}),
    frozenset({"short_text", "long_text"}),
}
PUNCTUATION = str.maketrans("", "", string.punctuation + "«»“”‘’…–—")


class Verdict(IntEnum):
    """Whether answers of two waves may be compared; the worst of an item's changes decides."""

    COMPARABLE = 0
    WITH_CARE = 1
    NOT_COMPARABLE = 2

    def __str__(self) -> str:
        return ("comparable", "comparable with care", "not comparable")[self]


@dataclass(frozen=True)
class Change:
    """One change: its kind (`added`, `removed`, `reworded` ...), in words, and what follows from it."""

    kind: str
    what: str
    verdict: Verdict


@dataclass(frozen=True)
class Compared:
    """What became of one item or scale between two waves; no changes, where all is as it was."""

    name: str
    is_scale: bool
    changes: tuple[Change, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all changes."""
        return max((change.verdict for change in self.changes), default=Verdict.COMPARABLE)


@dataclass(frozen=True)
class _Asked:
    """An item with the question it stands in."""

    item: Item
    question: Question


def compare_waves(old: Questionnaire, new: Questionnaire) -> list[Compared]:
    """Compare every item and scale of two versions of a questionnaire, by its name.

    Returns
    -------
    All items in the order of `new`, then the removed ones; then the scales likewise. Wordings are
    compared in the languages that both versions have; blanks never matter, and capitals or
    punctuation alone leave an item comparable.

    Raises
    ------
    UserError
        They have no language in common.
    """
    items = _compared_items(old, new)
    verdicts = {each.name: each.verdict for each in items}
    scales = [
        Compared(name, True, tuple(_scale_changes(name, old, new, verdicts)))
        for name in [*new.scales, *(name for name in old.scales if name not in new.scales)]
    ]
    return items + scales


def _compared_items(old: Questionnaire, new: Questionnaire) -> list[Compared]:
    before, after = _asked_items(old), _asked_items(new)
    languages = [each for each in new.languages if each in old.languages]
    if not languages:
        raise UserError("the two questionnaires have no language in common")
    moved = _moved(before, after)
    compared = []
    for name in [*after, *(name for name in before if name not in after)]:
        if name not in before:
            changes = [Change("added", "asked in the new wave only", Verdict.NOT_COMPARABLE)]
        elif name not in after:
            changes = [Change("removed", "asked in the old wave only", Verdict.NOT_COMPARABLE)]
        else:
            changes = list(_item_changes(before[name], after[name], languages))
            if name in moved:
                changes.append(Change("moved", "stands elsewhere", Verdict.WITH_CARE))
        compared.append(Compared(name, False, tuple(changes)))
    return compared


def _asked_items(questionnaire: Questionnaire) -> dict[str, _Asked]:
    questions = {q.code: q for section in questionnaire.sections for q in section.questions}
    return {
        name: _Asked(item, questions[item.question]) for name, item in questionnaire.items.items()
    }


def _moved(before: Mapping[str, _Asked], after: Mapping[str, _Asked]) -> set[str]:
    """Return the items that both have and that stand out of the order that most of them keep."""
    old = [name for name in before if name in after]
    new = [name for name in after if name in before]
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    kept = {name for block in blocks for name in old[block.a : block.a + block.size]}
    other_page = {name for name in new if before[name].item.section != after[name].item.section}
    return set(new) - kept | other_page


def _item_changes(old: _Asked, new: _Asked, languages: Sequence[str]) -> Iterator[Change]:
    yield from _kind_changes(old.item, new.item)
    yield from _word_changes(old, new, languages)
    if old.item.choices and new.item.choices:
        yield from _choice_changes(old.item.choices, new.item.choices, languages)
    elif old.item.choices or new.item.choices:
        yield Change("rescaled", "has other kinds of answers", Verdict.NOT_COMPARABLE)
    for facet, (read, what) in FACETS.items():
        if read(old) != read(new):
            yield Change(facet, what, Verdict.WITH_CARE)


FACETS: dict[str, tuple[Callable[[_Asked], object], str]] = {
    "bounds": (lambda each: (each.item.minimum, each.item.maximum), "takes other numbers"),
    "condition": (lambda each: each.item.shows, "is put to other people"),
    "required": (lambda each: each.question.required, "may be left open in one wave only"),
    "attention": (lambda each: each.item.attention, "another answer is asked for"),
}


def _kind_changes(old: Item, new: Item) -> Iterator[Change]:
    if old.ratings != new.ratings:
        yield Change(
            "rescaled", "is rated once in one wave, twice in the other", Verdict.NOT_COMPARABLE
        )
    elif old.kind != new.kind:
        alike = frozenset({old.kind, new.kind}) in SAME_ANSWER_KINDS
        verdict = Verdict.WITH_CARE if alike else Verdict.NOT_COMPARABLE
        yield Change("kind", f"was a {old.kind}, is a {new.kind} question", verdict)


def _word_changes(old: _Asked, new: _Asked, languages: Sequence[str]) -> Iterator[Change]:
    """Yield the wordings that differ: of the item, of its question, its help and its headings."""
    pairs = {"wording": (old.item.text, new.item.text)}
    if old.item.kind == new.item.kind:
        pairs["question around it"] = (old.question.text, new.question.text)
        pairs["help"] = (old.question.help or {}, new.question.help or {})
        headings = zip(old.item.headings, new.item.headings, strict=False)
        pairs |= {f"heading {k}": pair for k, pair in enumerate(headings, 1)}
    if new.item.text == new.question.text:
        pairs.pop("question around it", None)
    for what, (before, after) in pairs.items():
        yield from _rewordings("reworded", what, before, after, languages)


def _rewordings(
    kind: str, what: str, old: Mapping[str, str], new: Mapping[str, str], languages: Sequence[str]
) -> Iterator[Change]:
    differ = [each for each in languages if _blanks(old, each) != _blanks(new, each)]
    in_words = [each for each in differ if _letters(old, each) != _letters(new, each)]
    if in_words:
        yield Change(kind, f"{what} ({', '.join(in_words)})", Verdict.WITH_CARE)
    elif differ:
        where = f"{what}, capitals or punctuation only ({', '.join(differ)})"
        yield Change(kind, where, Verdict.COMPARABLE)


def _blanks(text: Mapping[str, str], language: str) -> str:
    return " ".join(text.get(language, "").split())


def _letters(text: Mapping[str, str], language: str) -> str:
    return " ".join(text.get(language, "").casefold().translate(PUNCTUATION).split())


def _choice_changes(old: ChoiceSet, new: ChoiceSet, languages: Sequence[str]) -> Iterator[Change]:
    before = [option for option in old.options if not option.missing]
    after = [option for option in new.options if not option.missing]
    if len(before) != len(after):
        yield _other_number(old, new)
    elif _texts(before, languages) == _texts(after, languages):
        yield from _recoded(before, after)
    elif sorted(_texts(before, languages)) == sorted(_texts(after, languages)):
        yield from _reordered(before, after, languages)
    elif [option.code for option in before] != [option.code for option in after]:
        yield Change("rescaled", "has other answers under other codes", Verdict.NOT_COMPARABLE)
    else:
        for was, now in zip(before, after, strict=True):
            yield from _rewordings("answers", f"answer {was.code}", was.text, now.text, languages)
    if dict(old.missing_codes) != dict(new.missing_codes):
        yield Change("missing", "don't know or refused is coded otherwise", Verdict.WITH_CARE)
    if [o.code for o in before if o.exclusive] != [o.code for o in after if o.exclusive]:
        yield Change("answers", "other answers exclude all others", Verdict.WITH_CARE)


def _other_number(old: ChoiceSet, new: ChoiceSet) -> Change:
    kinds = not (old.is_rating or new.is_rating)
    gone = [code for code in old.valid_codes if code not in new.valid_codes]
    more = [code for code in new.valid_codes if code not in old.valid_codes]
    listed = "; ".join(
        f"{word}: {', '.join(codes)}" for word, codes in (("gone", gone), ("new", more)) if codes
    )
    what = f"had {len(old.valid_codes)} answers, has {len(new.valid_codes)} ({listed})"
    verdict = Verdict.WITH_CARE if kinds else Verdict.NOT_COMPARABLE
    return Change("answers" if kinds else "rescaled", what, verdict)


def _texts(options: Sequence[Option], languages: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(_letters(option.text, each) for each in languages) for option in options]


def _recoded(old: Sequence[Option], new: Sequence[Option]) -> Iterator[Change]:
    pairs = [(a.code, b.code) for a, b in zip(old, new, strict=True) if a.code != b.code]
    if pairs:
        yield _recoding(pairs)


def _recoding(pairs: Sequence[tuple[str, str]]) -> Change:
    listed = ", ".join(f"{was} is {now}" for was, now in pairs)
    return Change("recoded", f"{listed}: recode before comparing", Verdict.WITH_CARE)


def _reordered(
    old: Sequence[Option], new: Sequence[Option], languages: Sequence[str]
) -> Iterator[Change]:
    """Yield what follows where the same answers stand in another order, perhaps under other codes."""
    now = dict(zip(_texts(new, languages), new, strict=True))
    pairs = [
        (option.code, now[text].code)
        for option, text in zip(old, _texts(old, languages), strict=True)
        if option.code != now[text].code
    ]
    if pairs:
        yield _recoding(pairs)
    yield Change("answers", "the answers stand in another order", Verdict.WITH_CARE)


def _scale_changes(
    name: str, old: Questionnaire, new: Questionnaire, verdicts: Mapping[str, Verdict]
) -> Iterator[Change]:
    if name not in old.scales or name not in new.scales:
        kind = "removed" if name in old.scales else "added"
        wave = "old" if kind == "removed" else "new"
        yield Change(kind, f"made in the {wave} wave only", Verdict.NOT_COMPARABLE)
        return
    before, after = old.items_of_scale(name), new.items_of_scale(name)
    if set(before) != set(after):
        both = [item for item in after if item in before]
        listed = f"; in both: {', '.join(both)}" if both else ""
        yield Change("items", f"is made of other items{listed}", Verdict.NOT_COMPARABLE)
    if _scoring(old.scales[name]) != _scoring(new.scales[name]):
        yield Change("scoring", "is scored otherwise: score both waves alike", Verdict.WITH_CARE)
    for verdict in (Verdict.NOT_COMPARABLE, Verdict.WITH_CARE):
        items = [item for item in after if item in before and verdicts[item] == verdict]
        if items:
            yield Change("items", f"{', '.join(items)}: {verdict}", verdict)


def _scoring(scale: Scale) -> tuple[object, ...]:
    return scale.kind, sorted(scale.reversed), scale.needed, scale.score, scale.at_least
