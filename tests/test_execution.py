"""Running tasks: serially, in processes that may die, on Dask."""

import concurrent.futures as cf
import logging
import multiprocessing.connection
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from digitizer import execution
from digitizer.errors import DependencyError, FormError, WorkerLostError
from digitizer.execution import Crew, SerialExecutor, run_pages


def double(number: int) -> int:
    """Twice the number; 13 raises."""
    if number == 13:
        raise ValueError("13")
    return 2 * number


def kill_on_seven(number: int) -> int:
    """Kill the worker for 7, and while 7 is about, take a little time."""
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
    return 2 * number


def kill_once(marker: str) -> str:
    """Kill the worker the first time this marker is seen alone or not."""
    if "once" in marker and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return marker


def kill_always(_number: int) -> int:
    """Kill the worker."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def log_and_return(number: int) -> int:
    """Write a log line, as a stage would."""
    logging.getLogger("digitizer.stage").info("page %d", number)
    return number


def unpicklable(number: int) -> object:
    """Return what cannot come back from a worker for 3."""
    return threading.Lock() if number == 3 else number


def of_wrong_form(_number: int) -> int:
    """Raise what no other page would survive either."""
    raise FormError("the form is wrong; mend it")


def crew(
    start: Callable[[], tuple[cf.Executor, int]],
    on_error: Callable[[Any, Exception], object] | None = None,
) -> "Crew[Any, object]":
    """A crew that turns lost tasks into words."""

    def give_up(task: Any, error: Exception) -> object:
        return f"{task} {type(error).__name__}"

    return Crew(start, lambda task: f"{task} lost", on_error or give_up)


def serial() -> tuple[cf.Executor, int]:
    """One after the other, here."""
    return SerialExecutor(), 1


def processes() -> tuple[cf.Executor, int]:
    """Two workers."""
    return execution.process_pool(2), 2


def run(
    start: Callable[[], tuple[cf.Executor, int]],
    function: Callable[..., object],
    tasks: "list[int] | list[str]",
) -> list[object]:
    """Results of all tasks, in the order in which they came."""
    return list(run_pages(crew(start), function, tasks))


@pytest.fixture(scope="module")
def dask_address() -> Iterator[str]:
    """A Dask cluster of one process, told to no one else."""
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=True,
        dashboard_address=None,
        host="127.0.0.1",
        worker_dashboard_address=None,
    )
    yield cluster.scheduler_address
    cluster.close()


def dask(address: str) -> Callable[[], tuple[cf.Executor, int]]:
    """Start for a crew on a cluster."""

    def start() -> tuple[cf.Executor, int]:
        executor = execution.DaskExecutor(address)
        return executor, executor.workers

    return start


@pytest.mark.parametrize("start", [serial, processes], ids=["serial", "processes"])
def test_every_task_has_its_result_and_a_bad_one_costs_only_itself(
    start: Callable[[], tuple[cf.Executor, int]],
) -> None:
    found = run(start, double, list(range(20)))
    expected = [2 * n for n in range(20) if n != 13] + ["13 ValueError"]
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.dask
def test_dask_gives_every_result_and_a_bad_task_costs_only_itself(dask_address: str) -> None:
    for _ in range(2):  # The second time nothing comes from a cache.
        found = run(dask(dask_address), double, list(range(15)))
        expected = [2 * n for n in range(15) if n != 13] + ["13 ValueError"]
        assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.dask
def test_dask_counts_the_threads_of_its_workers(dask_address: str) -> None:
    executor = execution.DaskExecutor(dask_address)
    assert executor.workers == 2
    executor.shutdown()


def test_no_tasks_give_no_results() -> None:
    assert run(serial, double, []) == []


def test_a_page_that_kills_its_worker_is_lost_and_no_other(tmp_path: Path) -> None:
    found = run(processes, kill_on_seven, list(range(12)))
    expected = [2 * n for n in range(12) if n != 7] + ["7 lost"]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_page_that_dies_once_is_done(tmp_path: Path) -> None:
    tasks = [str(tmp_path / name) for name in ("a", "once-b", "c", "once-d")]
    assert sorted(map(str, run(processes, kill_once, tasks))) == sorted(tasks)


def test_workers_that_cannot_start_end_the_run() -> None:
    starts = []

    def break_at_start() -> tuple[cf.Executor, int]:
        starts.append(1)
        if len(starts) == 1:
            return processes()
        pool = cf.ProcessPoolExecutor(1, initializer=os._exit, initargs=(1,))
        return pool, 1

    with pytest.raises(WorkerLostError, match="--jobs 1"):
        list(run_pages(crew(break_at_start), kill_always, [1, 2]))


def test_a_result_that_cannot_come_back_costs_only_its_page() -> None:
    found = run(processes, unpicklable, [1, 2, 3, 4])
    assert sorted(map(str, found)) == ["1", "2", "3 TypeError", "4"]


@pytest.mark.parametrize("start", [serial, processes], ids=["serial", "processes"])
def test_an_error_that_ends_the_run_comes_through(
    start: Callable[[], tuple[cf.Executor, int]],
) -> None:
    def end(_task: Any, error: Exception) -> object:
        raise error

    with pytest.raises(FormError, match="mend it"):
        list(run_pages(crew(start, end), of_wrong_form, [1, 2, 3]))


def test_only_a_few_tasks_are_handed_out_at_a_time() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(10_000):
            taken.append(number)
            yield number

    results = run_pages(crew(processes), double, tasks())
    next(results)
    # Two workers with two tasks each, and those that replaced finished ones.
    assert len(taken) <= 2 * 2 * execution.TASKS_PER_WORKER
    results.close()


def test_leaving_early_ends_the_workers_at_once() -> None:
    pools: list[cf.ProcessPoolExecutor] = []

    def start() -> tuple[cf.Executor, int]:
        pool = execution.process_pool(2)
        assert isinstance(pool, cf.ProcessPoolExecutor)
        pools.append(pool)
        return pool, 2

    results = run_pages(crew(start), time.sleep, [0.0, 60.0, 60.0, 60.0])
    assert next(results) is None
    workers = list((getattr(pools[0], "_processes", None) or {}).values())
    began = time.monotonic()
    results.close()
    assert workers
    # The pool's own thread reaps them too, and is_alive() says yes of a process
    # which that thread is just then reaping; the end of its pipe is sure.
    assert all(multiprocessing.connection.wait([w.sentinel], 10) for w in workers)
    assert time.monotonic() - began < 40


def test_workers_write_to_the_log_file(tmp_path: Path) -> None:
    log = tmp_path / "run.log"

    def start() -> tuple[cf.Executor, int]:
        return execution.process_pool(2, log_file=log), 2

    run(start, log_and_return, [1, 2, 3])
    lines = log.read_text(encoding="utf-8").splitlines()
    assert sorted(line.rsplit("page ")[-1] for line in lines) == ["1", "2", "3"]


ORPHANS = """
import os, time
from digitizer import execution
if __name__ == "__main__":
    pool = execution.process_pool(2)
    futures = [pool.submit(os.getpid) for _ in range(20)]
    print(*{f.result() for f in futures}, flush=True)
    time.sleep(60)
"""


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(ORPHANS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        workers = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
    assert workers
    until = time.monotonic() + 60
    while any(_is_running(worker) for worker in workers):
        assert time.monotonic() < until, "a worker outlived its parent"
        time.sleep(0.05)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
        # A zombie nobody reaps (no init in a container) is no running process.
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_dask_that_is_not_installed_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DependencyError, match=r"pip install -e .*\[scale\]"):
        execution.DaskExecutor("tcp://127.0.0.1:1")


@pytest.mark.dask
def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(execution, "SCHEDULER_TIMEOUT_S", 0.3)
    with pytest.raises(WorkerLostError, match="no Dask scheduler answers"):
        execution.DaskExecutor("tcp://127.0.0.1:1")


def test_results_that_are_ready_come_before_an_error_that_ends_the_run() -> None:
    def end(_task: Any, error: Exception) -> object:
        raise error

    came: list[object] = []
    with pytest.raises(ValueError, match="13"):
        for result in run_pages(crew(serial, end), double, [1, 2, 13, 4, 5, 6]):
            came.append(result)
    assert came[:2] == [2, 4]


def test_at_least_one_core_is_seen() -> None:
    assert execution.cores() >= 1


def test_ctrl_c_does_not_reach_a_worker_that_is_still_starting(
    capfd: pytest.CaptureFixture[str],
) -> None:
    pool = execution.process_pool(1)
    try:
        asked = pool.submit(execution.answer)
        (worker,) = pool._processes.values()  # type: ignore[attr-defined]
        assert worker.pid is not None
        # From the first moment on, long before it could have set up anything itself.
        while not asked.done():
            os.kill(worker.pid, signal.SIGINT)
            time.sleep(0.01)
        assert asked.result(timeout=60) is True
    finally:
        pool.shutdown()
    assert "Traceback" not in capfd.readouterr().err
    # What is sent to this process meanwhile reaches it.
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
