"""Work in pieces: the same results whoever works, and none computed twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import UserError
from pipeline.core.pieces import Workers, run_pieces, seeded

Found = dict[str, np.ndarray]


def drawn(shared: np.ndarray, piece: int) -> Found:
    """Return a number that depends on the input and the piece's own seed."""
    rng = np.random.default_rng(seeded(3, piece))
    return {"number": shared.sum() + rng.normal(size=2)}


def noted(shared: Path, piece: int) -> Found:
    """Leave a note that this piece was worked on."""
    with (shared / "notes").open("a") as file:
        file.write(f"{piece}\n")
    if (shared / "stop").exists() and piece == 3:
        raise RuntimeError("stopped")
    return {"square": np.array(piece * piece), "name": np.array([f"piece {piece}"])}


def nothing(shared: None, piece: int) -> Found:
    return {}


def squares(found: list[Found]) -> list[int]:
    return [int(each["square"]) for each in found]


def values(found: list[Found]) -> list[list[float]]:
    return [each["number"].tolist() for each in found]


def notes(folder: Path) -> list[int]:
    return [int(line) for line in (folder / "notes").read_text().split()]


SHARED = np.arange(5.0)


def test_results_come_in_the_order_of_the_pieces() -> None:
    found = run_pieces(drawn, SHARED, [2, 0, 1], Workers(), "draw")
    assert values(found) == values([drawn(SHARED, k) for k in (2, 0, 1)])
    assert run_pieces(drawn, SHARED, [], Workers(), "draw") == []


def test_processes_do_not_change_results() -> None:
    alone = run_pieces(drawn, SHARED, range(7), Workers(), "draw")
    together = run_pieces(drawn, SHARED, range(7), Workers(processes=2), "draw")
    assert values(together) == values(alone)


def test_a_seed_belongs_to_its_piece() -> None:
    spawned = np.random.SeedSequence(9).spawn(4)[3]
    assert seeded(9, 3).generate_state(4).tolist() == spawned.generate_state(4).tolist()
    states = {tuple(seeded(9, *path).generate_state(2)) for path in [(1,), (2,), (1, 2), (2, 1)]}
    assert len(states) == 4


@pytest.mark.parametrize("processes", [1, 2])
def test_stopped_work_is_taken_up_where_it_stopped(tmp_path: Path, processes: int) -> None:
    (tmp_path / "stop").touch()
    workers = Workers(processes=processes, folder=tmp_path / "pieces")
    with pytest.raises(RuntimeError, match="stopped"):
        run_pieces(noted, tmp_path, [1, 2, 3], workers, "note")
    (tmp_path / "stop").unlink()
    before = len(notes(tmp_path))
    again = run_pieces(noted, tmp_path, [1, 2, 3, 4], workers, "note")
    assert squares(again) == [1, 4, 9, 16]
    left = notes(tmp_path)[before:]
    # with two processes a piece may be stopped while its result is on the way
    assert left == [3, 4] if processes == 1 else {3, 4} <= set(left)
    kept = run_pieces(noted, tmp_path, [1, 2, 3, 4], workers, "note")
    assert squares(kept) == [1, 4, 9, 16]
    assert [each["name"].tolist() for each in kept] == [each["name"].tolist() for each in again]
    assert notes(tmp_path)[before:] == left


def test_other_input_is_other_work(tmp_path: Path) -> None:
    workers = Workers(folder=tmp_path)
    one = run_pieces(drawn, SHARED, [1], workers, "draw")
    other = run_pieces(drawn, SHARED + 1, [1], workers, "draw")
    assert other[0]["number"] == pytest.approx(one[0]["number"] + 5)
    assert len(list((tmp_path / "draw").iterdir())) == 2


def test_a_result_of_nothing_is_a_result(tmp_path: Path) -> None:
    workers = Workers(folder=tmp_path)
    assert run_pieces(nothing, None, [1], workers, "n") == [{}]
    assert run_pieces(nothing, None, [1], workers, "n") == [{}]
    assert len(list((tmp_path / "n").iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"spoilt", b"PK\x03\x04"])
def test_a_spoilt_file_is_computed_again(tmp_path: Path, content: bytes) -> None:
    workers = Workers(folder=tmp_path / "pieces")
    run_pieces(noted, tmp_path, [5], workers, "note")
    (path,) = (tmp_path / "pieces/note").iterdir()
    path.write_bytes(content)
    assert squares(run_pieces(noted, tmp_path, [5], workers, "note")) == [25]
    assert notes(tmp_path) == [5, 5]


def test_progress_counts_what_was_there_already(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    workers = Workers(folder=tmp_path / "p", progress=lambda *each: told.append(each))
    run_pieces(noted, tmp_path, [1, 2], workers, "note")
    run_pieces(noted, tmp_path, [1, 2, 3], workers, "note")
    assert told == [("note", 0, 2), ("note", 1, 2), ("note", 2, 2), ("note", 2, 3), ("note", 3, 3)]


def test_a_cluster_gives_the_same_results(tmp_path: Path) -> None:
    """Two local worker processes of Dask, reached by their scheduler's address, as from outside."""
    distributed = pytest.importorskip("distributed")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sockets that Dask leaves to be collected
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster:
            workers = Workers(scheduler=cluster.scheduler_address, folder=tmp_path)
            found = run_pieces(drawn, SHARED, range(6), workers, "draw")
            alone = run_pieces(drawn, SHARED, range(6), Workers(), "draw")
            assert values(found) == values(alone)
            assert len(list((tmp_path / "draw").iterdir())) == 6


def test_a_cluster_that_is_not_there_is_an_error() -> None:
    pytest.importorskip("distributed")
    workers = Workers(scheduler="nowhere://here")
    with pytest.raises(UserError, match=r"no Dask scheduler answers at nowhere://here"):
        run_pieces(drawn, SHARED, [1, 2], workers, "draw")


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match=r"pip install 'psi-co\[scale\]'"):
        run_pieces(drawn, SHARED, [1], Workers(scheduler="tcp://127.0.0.1:1"), "draw")
