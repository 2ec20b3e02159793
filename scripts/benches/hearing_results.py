"""Does the tasks of the hearing bench, as many at a time as there are cores, and keeps what is done."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pickle
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engines_heard import witnesses_of
from keeping import code_of_the_ears, digest, kept_in
from rich.console import Console
from rich.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from hearing_plan import Task
    from listening import Clip

    Results = list[tuple[Task, tuple[Clip, ...]]]

_KEPT_SECONDS = 7 * 86_400.0
_LINES = 10


def results_of(tasks: Sequence[Task], *, is_fresh: bool = False) -> Results:
    """What came of each task, in their order: read from the disk where the same code has heard the same before.

    Args:
        tasks: all of them.
        is_fresh: forget what was kept.
    """
    folder = _folder(is_fresh=is_fresh)
    paths = [folder / f"{digest(task)}.pickle" for task in tasks]
    todo = [(task, path) for task, path in zip(tasks, paths, strict=True) if not path.is_file()]
    with _told(len(tasks), len(tasks) - len(todo)) as advance:
        _do(todo, advance)
    return [(task, _read(path)) for task, path in zip(tasks, paths, strict=True)]


def _folder(*, is_fresh: bool) -> Path:
    """Where results of this very code are kept; those of code that has not been run for days are thrown away."""
    all_results = kept_in("hearing")
    folder = all_results / code_of_the_ears()
    if is_fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    folder.touch()
    for other in all_results.iterdir():
        if time.time() - other.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(other)
    return folder


def _do(todo: Sequence[tuple[Task, Path]], advance: Callable[[], None]) -> None:
    if not todo:
        return
    workers = min(len(todo), os.cpu_count() or 1)
    context = multiprocessing.get_context("spawn")
    engines = tuple(dict.fromkeys(task.engine for task, _path in todo))
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare, initargs=(engines,)) as pool:
        futures = [pool.submit(_hear, task, path) for task, path in todo]
        try:
            for future in as_completed(futures):
                future.result()
                advance()
        finally:
            pool.shutdown(cancel_futures=True)


def _prepare(engines: tuple[str, ...]) -> None:
    """In a worker: load all engines now, so that code that is changed meanwhile is not mixed with what was loaded."""
    os.environ["OMP_NUM_THREADS"] = "1"
    for engine in engines:
        witnesses_of(engine)


@contextmanager
def _told(count: int, done: int) -> Iterator[Callable[[], None]]:
    """Progress on stderr: a bar on a terminal, elsewhere a line each tenth. Yields what is called after each task."""
    console = Console(stderr=True)
    if console.is_terminal:
        with Progress(console=console) as progress:
            bar = progress.add_task("Listening", total=count, completed=done)
            yield lambda: progress.advance(bar)
        return
    finished = itertools.count(done + 1)
    print(f"Listening: {done} of {count} tasks are done already", file=sys.stderr)

    def advance() -> None:
        number = next(finished)
        if number * _LINES // count > (number - 1) * _LINES // count:
            print(f"Listening: {100 * number // count} %", file=sys.stderr, flush=True)

    yield advance


def _hear(task: Task, path: Path) -> None:
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(pickle.dumps(task.hear()))
    draft.replace(path)


def _read(path: Path) -> tuple[Clip, ...]:
    clips: tuple[Clip, ...] = pickle.loads(path.read_bytes())  # noqa: S301  written by _hear
    return clips
