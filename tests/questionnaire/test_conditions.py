"""Show conditions: text to tree and back, errors that say what was found, never Python."""

from __future__ import annotations

import builtins
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questionnaire.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    ConditionError,
    Contains,
    In,
    Not,
    format_condition,
    leaves,
    parse_condition,
)

A, B, C = Compare("A", "==", "1"), Compare("B", "==", "x"), Compare("C", ">", "3")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("A == 1", A),
        ("A==1", A),
        ("A == '1'", A),
        ('A == "it\'s"', Compare("A", "==", "it's")),
        ("A != -2.5", Compare("A", "!=", "-2.5")),
        ("A <= 3", Compare("A", "<=", "3")),
        ("A in [1, x, 'y z']", In("A", ("1", "x", "y z"))),
        ("A not in [1]", Not(In("A", ("1",)))),
        ("pen in TOOLS", Contains("TOOLS", "pen")),
        ("'pen' not in TOOLS", Not(Contains("TOOLS", "pen"))),
        ("not A == 1", Not(A)),
        ("A == 1 and B == x or C > 3", AnyOf((AllOf((A, B)), C))),
        ("A == 1 and (B == x or C > 3)", AllOf((A, AnyOf((B, C))))),
        ("A == 1 or B == x or C > 3", AnyOf((A, B, C))),
        ("not A == 1 and B == x", AllOf((Not(A), B))),
        ("not (A == 1 and B == x)", Not(AllOf((A, B)))),
        ("A == and1", Compare("A", "==", "and1")),
    ],
)
def test_text_becomes_a_tree(text: str, tree: Condition) -> None:
    assert parse_condition(text) == tree
    assert parse_condition(format_condition(tree)) == tree


names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True).filter(
    lambda name: name not in {"and", "or", "not", "in"}
)
values = st.text(max_size=8).filter(lambda text: "'" not in text or '"' not in text)
figures = st.integers().map(str) | st.from_regex(r"-?[0-9]{1,4}\.[0-9]{1,3}", fullmatch=True)
comparisons = st.one_of(
    st.builds(Compare, names, st.sampled_from(["==", "!="]), values),
    st.builds(Compare, names, st.sampled_from(["<", "<=", ">", ">="]), figures),
    st.builds(In, names, st.lists(values, min_size=1, max_size=4).map(tuple)),
    st.builds(Contains, names, values),
)


def joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(Not, inner) | st.builds(AllOf, parts) | st.builds(AnyOf, parts)


trees = st.recursive(comparisons, joined, max_leaves=12)


@given(tree=trees)
def test_a_tree_becomes_text_and_the_same_tree_again(tree: Condition) -> None:
    assert parse_condition(format_condition(tree)) == tree


@given(tree=trees)
def test_leaves_are_all_comparisons(tree: Condition) -> None:
    def count(condition: Condition) -> int:
        match condition:
            case Not(inner):
                return count(inner)
            case AllOf(parts) | AnyOf(parts):
                return sum(map(count, parts))
        return 1

    assert len(list(leaves(tree))) == count(tree)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found the end where the name of a question, a code or a number is expected"),
        ("A", "found the end where '==', '!=', '<', '<=', '>', '>=', 'in' or 'not in' is expected"),
        ("A ==", "found the end where the name of a question, a code or a number is expected"),
        ("A == 1 and", "found the end where"),
        ("A = 1", "'= 1' is not part of the language"),
        ("A is 1", "found 'is' where '==',"),
        ("A not == 1", "found '==' where"),
        ("A == 1 B == 2", "found 'B' where 'and', 'or' or the end is expected"),
        ("A == 1)", "found ')' where 'and', 'or' or the end is expected"),
        ("(A == 1", "found the end where ')' is expected"),
        ("A in []", "found ']' where"),
        ("A in [1", "found the end where ']' is expected"),
        ("A in 3", "found '3' where the name of a question, or a list in [ ] is expected"),
        ("1 == A", "the name of a question stands on the left, not '1'"),
        ("3 in [3]", "the name of a question stands before 'in [', not '3'"),
        ("A < x", "'<' compares with a number, not 'x'"),
        ("A == 'x", "''x' is not part of the language"),
        ("A == 1.", "'1.' is not part of the language"),
        ("A == 1a", "'1a' is not part of the language"),
        ("A == 1; B == 2", "'; B == 2' is not part of the language"),
        ("A.b == 1", "'.b == 1' is not part of the language"),
        ("(" * 41 + "A == 1" + ")" * 41, "nested more than 40 deep"),
        ("not " * 5000 + "A == 1", "nested more than 40 deep"),
    ],
)
def test_an_error_says_what_was_found(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as error:
        parse_condition(text)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('exit 3')",
        "A == __import__('os')",
        "A == 1 or open('/etc/passwd')",
        "lambda: 1",
        "[x for x in A] == 1",
        "A == f'{1}'",
    ],
)
def test_python_is_refused_and_never_run(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a condition was run as Python")

    with monkeypatch.context() as patched:
        for module, name in [(os, "system"), (builtins, "eval"), (builtins, "exec")]:
            patched.setattr(module, name, never)
        with pytest.raises(ConditionError):
            parse_condition(text)
