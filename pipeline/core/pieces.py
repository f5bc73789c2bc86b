"""Work in many independent pieces: side by side, here or on a cluster, and taken up where it stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

import numpy as np

from pipeline.core.errors import UserError
from pipeline.core.files import write_whole

Piece = TypeVar("Piece")
Shared = TypeVar("Shared")
Result = Mapping[str, np.ndarray]
Progress = Callable[[str, int, int], None]
PACKAGE = Path(__file__).parents[1]


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody how far the work is."""


@dataclass(frozen=True)
class Workers:
    """Who does the work, and where its results are kept.

    Attributes
    ----------
    processes : how many work at a time on this machine. scheduler : address of a Dask scheduler, such as
        `tcp://10.0.0.1:8786`, whose workers do it instead; empty: this machine.
    folder : where each piece's result is kept; None: nowhere, and stopped work starts afresh.
    progress : is told what is being done, and how many pieces of how many are there.
    """

    processes: int = 1
    scheduler: str = ""
    folder: Path | None = None
    progress: Progress = field(default=silent, compare=False)


def run_pieces(
    work: Callable[[Shared, Piece], Result],
    shared: Shared,
    pieces: Sequence[Piece],
    workers: Workers,
    what: str,
    identity: object = None,
) -> list[Result]:
    """Return `work(shared, piece)` for each piece, in their order.

    Parameters
    ----------
    work : a function of a module that returns arrays by name, of numbers or texts. It draws random
        numbers from a seed in the piece alone (`seeded`): results depend neither on who works nor on
        what was done before.
    shared : what all pieces need, such as the answers; it goes to each worker once.
    what : the name of the work, for the progress and the folder of its results. identity : what stands for
        `shared` in the hash, where that is not made of plain data: the files it was read from.

    A result is kept under a hash of the work, its input and the package's code as soon as it is there; a
    result that is there is not computed again. A file that cannot be read counts as absent.

    Raises
    ------
    UserError
        The cluster cannot be reached, or its software is not installed. Errors of `work` come as they are.
    """
    kept = _Kept(workers.folder, what, work, shared if identity is None else identity)
    results: dict[int, Result] = {}
    for place, piece in enumerate(pieces):
        if (found := kept.read(piece)) is not None:
            results[place] = found
    left = [place for place in range(len(pieces)) if place not in results]
    workers.progress(what, len(results), len(pieces))
    for place, result in _worked(work, shared, [(k, pieces[k]) for k in left], workers):
        kept.write(pieces[place], result)
        results[place] = result
        workers.progress(what, len(results), len(pieces))
    return [results[place] for place in range(len(pieces))]


def seeded(seed: int, *path: int) -> np.random.SeedSequence:
    """Return the seed of a piece: the declared seed's child along a path of numbers.

    A piece has the same seed whether or not others are done, and whoever does them. For one number it is
    `SeedSequence(seed).spawn(k + 1)[k]`.
    """
    return np.random.SeedSequence(seed, spawn_key=path)


def _worked(
    work: Callable[[Shared, Piece], Result],
    shared: Shared,
    pieces: Sequence[tuple[int, Piece]],
    workers: Workers,
) -> Iterator[tuple[int, Result]]:
    """Yield place and result of each piece, as they come."""
    if not workers.scheduler and (workers.processes == 1 or len(pieces) < 2):
        for place, piece in pieces:
            yield place, work(shared, piece)
        return
    from joblib import Parallel, delayed

    with _backend(workers, shared) as n_jobs:
        parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
        yield from parallel(delayed(_placed)(work, shared, *each) for each in pieces)


def _placed(
    work: Callable[[Shared, Piece], Result], shared: Shared, place: int, piece: Piece
) -> tuple[int, Result]:
    return place, work(shared, piece)


def _backend(workers: Workers, shared: object) -> AbstractContextManager[Any]:
    """Return a context in which joblib sends work to the workers, and whose value is their number."""
    if not workers.scheduler:
        return nullcontext(workers.processes)
    try:
        from distributed import Client
    except ImportError:
        raise UserError(
            "work on a Dask cluster needs dask and distributed: pip install 'psi-co[scale]'"
        ) from None
    try:
        client = Client(workers.scheduler, timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise UserError(f"no Dask scheduler answers at {workers.scheduler} ({error})") from None
    return _OnCluster(client, shared)


class _OnCluster(AbstractContextManager[int]):
    """joblib's Dask backend for as long as the work lasts; the client is closed at its end."""

    def __init__(self, client: Any, shared: object) -> None:
        from joblib import parallel_config

        self.client = client
        scatter = [shared] if shared is not None else None
        self.inner = parallel_config(backend="dask", client=client, scatter=scatter)

    def __enter__(self) -> int:
        self.inner.__enter__()
        return -1

    def __exit__(self, *error: Any) -> None:
        self.inner.__exit__(*error)
        self.client.close()


class _Kept:
    """The results of one kind of work on one input, a file each."""

    def __init__(
        self, folder: Path | None, what: str, work: Callable[..., Any], shared: object
    ) -> None:
        self.folder = None if folder is None else folder / what
        if self.folder is not None:
            from joblib import hash as hash_of

            name = f"{work.__module__}.{work.__qualname__}"
            self.common = f"{name} {hash_of(shared)} {code_hash()}"

    def path(self, piece: object) -> Path | None:
        if self.folder is None:
            return None
        from joblib import hash as hash_of

        digest = hashlib.sha256(f"{self.common} {hash_of(piece)}".encode()).hexdigest()
        return self.folder / f"{digest[:40]}.npz"

    def read(self, piece: object) -> dict[str, np.ndarray] | None:
        path = self.path(piece)
        if path is None or not path.is_file():
            return None
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except (OSError, ValueError, EOFError, KeyError, BadZipFile):
            return None

    def write(self, piece: object, result: Result) -> None:
        path = self.path(piece)
        if path is not None:
            write_whole(path, partial(_write_arrays, result))


def _write_arrays(result: Result, path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **result)


@cache
def code_hash() -> str:
    """Return a hash of the package's own code: results of other code are not taken for results of this."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
