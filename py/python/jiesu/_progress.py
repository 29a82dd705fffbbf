"""A progress bar: tqdm's when it is installed, else a line on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from collections.abc import Iterator


@contextmanager
def bar(wanted: bool, total: int | None, what: str) -> Iterator[Callable[[int], object] | None]:
    """Gives a function to be called with the number of rows of each step, or ``None`` when no bar is wanted."""
    if not wanted:
        yield None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        pass
    else:
        with tqdm(total=total, desc=what, unit="row") as shown:
            yield shown.update
        return
    started, done = time.monotonic(), 0

    def update(n: int) -> None:
        nonlocal done
        done += n
        speed = done / max(time.monotonic() - started, 1e-9)
        of = f"/{total} {100 * done // max(total, 1)}%" if total is not None else ""
        print(f"\r{what}: {done}{of} rows, {speed:.0f} rows/s", end="", file=sys.stderr, flush=True)

    yield update
    print(file=sys.stderr)
