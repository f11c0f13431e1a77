"""The blocks of a run on processes of this machine, for more cores than threads of one Python can use."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leukin.cli import job
from leukin.cli.job import Job
from leukin.cli.pool import Lost

if TYPE_CHECKING:
    from leukin.trial.run import BlockResult, Plan


@dataclass(slots=True)
class Processes:
    """A pool of processes. One that dies takes the pool with it: a new one is made, and what was under way is lost."""

    count: int
    work: Job
    plan: Plan
    courses: int
    compute: Callable[..., BlockResult] = job.compute
    executor: ProcessPoolExecutor | None = None

    def slots(self) -> int:
        """Number of processes."""
        return self.count

    def submit(self, number: int) -> Future[Any]:
        """Compute a block on the next free process."""
        return self._hand_out(number, None, self.count)

    def isolated(self, number: int) -> BlockResult:
        """A block alone in a process; if that is lost too, patient by patient."""
        return job.isolated(self.plan, number, lambda one, patient: self._hand_out(one, patient, 1).result())

    def _hand_out(self, number: int, patient: int | None, count: int) -> Future[Any]:
        answer: Future[Any] = Future()

        def pass_on(done: Future[Any]) -> None:
            try:
                answer.set_result(done.result())
            except BrokenProcessPool:
                answer.set_exception(Lost())
            except BaseException as error:
                answer.set_exception(error)

        def begin() -> Future[Any]:
            executor = self._open(count)
            return executor.submit(self.compute, self.work, number, self.courses, patient)

        try:
            inner = begin()
        except BrokenProcessPool:
            self.close()
            inner = begin()
        inner.add_done_callback(pass_on)
        return answer

    def _open(self, count: int) -> ProcessPoolExecutor:
        if self.executor is None:
            how = multiprocessing.get_context("spawn")  # this process has threads: a fork of it may hang
            self.executor = ProcessPoolExecutor(count, mp_context=how, initializer=_begin)
        return self.executor

    def close(self) -> None:
        """End the processes at once."""
        if self.executor is not None:
            for child in list((self.executor._processes or {}).values()):
                child.kill()
            self.executor.shutdown(wait=True, cancel_futures=True)
            self.executor = None
            gc.collect()  # gives its semaphores back before an interrupted program ends at once


def _begin() -> None:
    """In a new process: Ctrl-C is the caller's to answer, and without the caller there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


@contextmanager
def processes(count: int, work: Job, plan: Plan, courses: int) -> Iterator[Processes]:
    """A pool of processes of this machine; all of them end with it."""
    found = Processes(count, work, plan, courses)
    try:
        yield found
    finally:
        found.close()
