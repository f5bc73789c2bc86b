"""One seed, spawned per organisation: the same bytes, however the work is divided."""

from __future__ import annotations

import gzip
from dataclasses import replace

import numpy as np
import pytest
from conftest import Draw

from pipeline.simulation import draw as story
from pipeline.simulation.batch import Ground, Options
from pipeline.simulation.draw import simulate
from pipeline.simulation.employers import choose_employers

OPTIONS = Options(organisations=30, size=12)


def test_the_same_seed_gives_the_same_bytes(draw: Draw) -> None:
    first, again, other = draw(OPTIONS), draw(OPTIONS), draw(OPTIONS, seed=2)
    assert first == again
    assert set(first) == {"responses.csv.gz", "frame.csv", "truth.json"}
    assert all(first[name] != other[name] for name in first)


def test_a_compressed_file_holds_no_date(draw: Draw) -> None:
    assert draw(OPTIONS)["responses.csv.gz"][4:8] == b"\0\0\0\0"


def test_processes_change_nothing(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = draw(OPTIONS)
    monkeypatch.setattr(story, "STARTS_AT_ONCE", 100)
    divided = draw(OPTIONS)
    together = draw(replace(OPTIONS, processes=2))
    assert alone == divided == together


def test_an_organisation_is_the_same_whoever_else_is_drawn(ground: Ground) -> None:
    found = []
    for n in (3, 9):
        chosen = choose_employers(ground.employers, ground.design.truth, n, None)
        drawn = simulate(replace(ground, employers=chosen), Options(size=10), 3)
        rows = drawn.interviews.organisation == 1
        found.append((drawn.interviews.codes[rows], drawn.interviews.token[rows], drawn.effects[1]))
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one, other)


def test_size_gives_every_organisation_as_many_starts(draw: Draw) -> None:
    import json

    record = json.loads(draw(OPTIONS)["truth.json"])
    assert {each["started"] for each in record["organisations"]} == {12}
    assert len(record["organisations"]) == 30
    codes = [each["code"] for each in record["organisations"]]
    assert len(set(codes)) == 30


def test_more_organisations_than_listed_recycle_types_and_sizes(ground: Ground) -> None:
    listed = ground.employers[:47]
    recycled = ground.employers[47:94]
    assert [(e.type, e.headcount) for e in listed] == [(e.type, e.headcount) for e in recycled]
    assert [e.copy_of for e in recycled] == [e.code for e in listed]
    assert len({e.code for e in ground.employers}) == 3000
    assert max(len(e.code) for e in ground.employers) <= 5


@pytest.mark.parametrize("starts", [400, 3000, 60_000])
def test_starts_shrink_invitations_or_grow_headcounts(ground: Ground, starts: int) -> None:
    truth, listed = ground.design.truth, ground.employers[:47]
    chosen = choose_employers(listed, truth, None, starts)
    invited = np.array([each.invited or each.headcount for each in chosen])
    heads = np.array([each.headcount for each in listed])
    if starts < heads.sum() * 0.35:
        assert (invited >= np.minimum(heads, 40)).all()
        assert [each.headcount for each in chosen] == list(heads)
    if starts == 400:  # fewer than the smallest numbers that can be reported
        assert (invited == np.minimum(heads, 40)).all()
    else:
        assert invited.sum() * 0.35 == pytest.approx(starts, rel=0.01)


def test_the_whole_file_unpacks(draw: Draw) -> None:
    text = gzip.decompress(draw(OPTIONS)["responses.csv.gz"]).decode("utf-8")
    assert text.count("\r\n") == text.count("\n") > 360
