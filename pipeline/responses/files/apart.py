"""Foreign files are opened in a process of their own: a damaged one may crash what reads it.

The libraries for SPSS, Stata and Excel are written in C and Rust. A file with a few bytes changed can
make them crash, and two cells at the corners of a sheet can make them ask for all memory there is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from pipeline.core.errors import UserError
from pipeline.responses.files.opened import Unreadable

MEMORY = 8 << 30
SECONDS = 900
T = TypeVar("T")


def open_apart(work: Callable[[Path], T], path: Path, shown_as: str) -> T:
    """Return `work(path)`, done by another process within bounds of memory and time.

    Raises
    ------
    UserError
        The file cannot be opened, or opening it broke the process.
    """
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_bound) as pool:
            return pool.submit(work, path).result()
    except Unreadable as error:
        raise UserError(f"{shown_as}: {error}") from None
    except BrokenProcessPool:
        raise UserError(
            f"{shown_as}: the file is damaged, or larger than what can be read: opening it broke off"
        ) from None


def open_here(work: Callable[[Path], T], path: Path, shown_as: str) -> T:
    """Return `work(path)`, done by this process, with the file's name in what it complains of."""
    try:
        return work(path)
    except Unreadable as error:
        raise UserError(f"{shown_as}: {error}") from None


def _bound() -> None:
    """Bound the memory and time of this process (where the system can), and silence its last words."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
