"""The blocks of a run on a Dask cluster: workers need leukin installed, and nothing of this machine's disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leukin.cli import job
from leukin.cli.exits import Outside
from leukin.cli.job import Job
from leukin.cli.pool import LOOK, Lost
from leukin.errors import CatalogError, Problem

if TYPE_CHECKING:
    from distributed import Client

    from leukin.trial.run import BlockResult, Plan

PATIENCE = 300.0  # s without any worker before a run gives up


@dataclass(slots=True)
class Cluster:
    """A pool of the workers of a Dask cluster."""

    client: Client
    executor: Any
    work: Job
    plan: Plan
    courses: int
    patience: float
    compute: Callable[..., BlockResult] = job.compute
    seen: float = field(default_factory=time.monotonic)

    def slots(self) -> int:
        """Threads of all workers, at least one; raises Outside where the scheduler or all workers are gone."""
        try:
            threads = sum(self.client.nthreads().values()) if self.client.status == "running" else 0
            running = self.client.status == "running"
        except (OSError, TimeoutError, ValueError):
            threads, running = 0, False
        if not running:
            raise _gone("the scheduler is gone")
        if threads:
            self.seen = time.monotonic()
        elif time.monotonic() - self.seen > self.patience:
            raise _gone(f"no worker has been there for {self.patience:g} s")
        return max(1, threads)

    def submit(self, number: int) -> Future[Any]:
        """Hand out a block."""
        return self._hand_out(number)

    def isolated(self, number: int) -> BlockResult:
        """A block alone on the cluster; if that loses its workers too, patient by patient."""
        return job.isolated(self.plan, number, self._alone)

    def _alone(self, number: int, patient: int | None) -> BlockResult:
        future = self._hand_out(number, patient)
        while not future.done():
            self.slots()
            wait([future], timeout=LOOK)
        return future.result()

    def _hand_out(self, number: int, patient: int | None = None) -> Future[Any]:
        from distributed.scheduler import KilledWorker

        answer: Future[Any] = Future()

        def pass_on(done: Future[Any]) -> None:
            try:
                answer.set_result(done.result())
            except KilledWorker:
                answer.set_exception(Lost())
            except CancelledError:
                answer.set_exception(_gone("the scheduler is gone"))
            except BaseException as error:
                answer.set_exception(error)

        self.executor.submit(self.compute, self.work, number, self.courses, patient).add_done_callback(
            pass_on
        )
        return answer


def _gone(reason: str) -> Outside:
    fix = "what is finished is kept; call the same command again"
    return Outside(Problem(field="--cluster", reason=reason, fix=fix))


def _hush() -> None:
    """Keep Dask from printing what leukin tells in one line; Dask has set a level for each of its loggers."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@contextmanager
def cluster(
    address: str, work: Job, plan: Plan, courses: int, patience: float = PATIENCE
) -> Iterator[Cluster]:
    """The workers of the Dask scheduler at `address`. Raises Outside where it does not answer."""
    try:
        from distributed import Client
        from distributed.comm.addressing import parse_address
        from distributed.comm.registry import get_backend
    except ImportError:
        reason, fix = "Dask is not installed", "pip install 'leukin[cluster]'"
        raise CatalogError(Problem(field="--cluster", reason=reason, fix=fix)) from None
    _hush()
    try:
        get_backend(parse_address(address)[0])
    except ValueError as error:
        reason, fix = f"'{address}' is not an address", "tcp://HOST:8786"
        raise CatalogError(Problem(field="--cluster", reason=reason, fix=fix)) from error
    try:
        client = Client(address, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise _gone(f"no scheduler answers at {address}") from error
    executor = client.get_executor(pure=False, retries=0)
    try:
        yield Cluster(client, executor, work, plan, courses, patience)
    finally:
        executor.shutdown(wait=False)
        client.close(timeout=2)
