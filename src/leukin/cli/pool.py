"""Who computes the blocks of a run, and how each is stored as it is finished."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from leukin.cli.run_folder import Block, RunFolder

AHEAD = 2  # blocks handed out for each worker
FEW_BLOCKS = 16
LOOK = 1.0  # s between two looks at the workers


class Lost(Exception):
    """The worker of a block was lost, again and again."""


class Pool(Protocol):
    """Workers that compute blocks by number; what a block holds must not depend on order or on other blocks."""

    def slots(self) -> int:
        """How many blocks are computed at the same time; raises Outside where no worker is left."""
        ...

    def submit(self, number: int) -> Future[Block]:
        """Hand out a block. Its future raises Lost where its worker was lost."""
        ...

    def isolated(self, number: int) -> Block:
        """A block that lost its workers, computed while nothing else is: what loses its worker again is a row that says so."""
        ...


@dataclass(frozen=True, slots=True)
class Threads:
    """Threads of this process: compiled code runs beside Python."""

    count: int
    compute: Callable[[int], Block]
    executor: ThreadPoolExecutor

    def slots(self) -> int:
        """Number of threads."""
        return self.count

    def submit(self, number: int) -> Future[Block]:
        """Compute a block on the next free thread."""
        return self.executor.submit(self.compute, number)

    def isolated(self, number: int) -> Block:
        """Compute a block here: a thread is never lost alone."""
        return self.compute(number)


@contextmanager
def threads(count: int, compute: Callable[[int], Block]) -> Iterator[Threads]:
    """A pool of threads; what was not begun is dropped at the end."""
    executor = ThreadPoolExecutor(max_workers=count, thread_name_prefix="leukin")
    try:
        yield Threads(count, compute, executor)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def threads_suffice(workers: int, blocks: int) -> bool:
    """Whether threads are as fast as processes, which take a second to start but never wait for each other's Python."""
    return workers == 1 or blocks <= FEW_BLOCKS


def cores() -> int:
    """Processor cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def run_blocks(
    folder: RunFolder, numbers: Iterable[int], pool: Pool, advance: Callable[[int], None] = lambda count: None
) -> None:
    """Compute the blocks that are not stored yet and store each as it is finished.

    A block whose worker was lost is computed again at the end, on its own. Raises what a block raises, and Outside
    where the workers are gone.
    """
    done = folder.done
    waiting = [number for number in numbers if number not in done]
    waiting.reverse()
    running: dict[Future[Block], int] = {}
    lost: list[int] = []

    def keep(number: int, block: Block) -> None:
        folder.store(number, block)
        advance(len(block.patients))

    while waiting or running:
        room = pool.slots() * AHEAD
        while waiting and len(running) < room:
            number = waiting.pop()
            running[pool.submit(number)] = number
        finished, _ = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
        # what is finished is stored before what failed is raised
        for future in sorted(finished, key=lambda future: (future.exception() is not None, running[future])):
            number = running.pop(future)
            try:
                keep(number, future.result())
            except Lost:
                lost.append(number)
    for number in lost:
        keep(number, pool.isolated(number))
