from collections.abc import Callable, Sequence
from typing import Any, final

__all__ = [
    "__version__",
    "main",
    "fit",
    "repair",
    "Engine",
    "Model",
    "Signer",
    "Index",
    "Gazetteer",
    "Events",
    "Detector",
    "Emerging",
]
__version__: str

def main(args: list[str], bundle: Any) -> int: ...
def fit(
    words: Any,
    task: str,
    source: Any,
    labels: list[str],
    *,
    text: list[str] | None = None,
    budget: int | None = None,
    least_texts: int = 5,
    width: int = 24,
    risk: float = 0.05,
    n_jobs: int | None = None,
) -> tuple[bytes, str]: ...
def repair(path: Any) -> str: ...
@final
class Engine:
    def __new__(cls, bundle: Any, history: Any = None, catalogue: Any = None) -> Engine: ...
    def json(
        self,
        records: Any,
        *,
        text: list[str] | None = None,
        id: str | None = None,
        time: str | None = None,
        gcj02: bool = False,
        n_jobs: int | None = None,
    ) -> list[str]: ...
    def table(
        self,
        source: Any,
        *,
        text: list[str] | None = None,
        id: str | None = None,
        time: str | None = None,
        gcj02: bool = False,
        json: bool = False,
        n_jobs: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Any: ...
    def stream(
        self,
        source: Any,
        *,
        text: list[str] | None = None,
        id: str | None = None,
        time: str | None = None,
        gcj02: bool = False,
        json: bool = False,
        n_jobs: int | None = None,
    ) -> Any: ...

@final
class Model:
    def __new__(cls, model: Any) -> Model: ...
    def labels(self) -> list[str]: ...
    def task(self) -> str: ...
    def best(self, source: Any, *, text: list[str] | None = None, n_jobs: int | None = None) -> bytes: ...
    def probabilities(self, source: Any, *, text: list[str] | None = None, n_jobs: int | None = None) -> bytes: ...
    def sets(self, source: Any, *, text: list[str] | None = None, n_jobs: int | None = None) -> list[list[int]]: ...
    def abstain(self, source: Any, risk: float, *, text: list[str] | None = None, n_jobs: int | None = None) -> list[bool]: ...
    def evaluate(
        self, source: Any, labels: list[str], *, text: list[str] | None = None, risk: float = 0.05, n_jobs: int | None = None
    ) -> str: ...
    def table(
        self,
        source: Any,
        *,
        text: list[str] | None = None,
        top: int = 5,
        risk: float = 0.05,
        n_jobs: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Any: ...

@final
class Signer:
    def __new__(cls, bundle: Any) -> Signer: ...
    def score(self, a: Any, b: Any) -> str: ...
    def sign(
        self, source: Any, *, text: list[str] | None = None, id: str | None = None, time: str | None = None, n_jobs: int | None = None
    ) -> Any: ...
    def related(self, source: Any, *, newest: int) -> Any: ...
    def merge(self, source: Any, *, window_days: int, first: int | None = None) -> Any: ...

@final
class Index:
    def __new__(cls, signer: Signer, window_days: int, candidates: int, path: Any = None) -> Index: ...
    def release(self) -> None: ...
    def place(
        self,
        records: list[Any],
        *,
        keep: bool,
        text: list[str] | None = None,
        id: str | None = None,
        time: str | None = None,
        n_jobs: int | None = None,
    ) -> list[str]: ...
    def merge(
        self, source: Any, *, text: list[str] | None = None, id: str | None = None, time: str | None = None, n_jobs: int | None = None
    ) -> Any: ...
    def resolve(self, incident: str) -> str: ...
    def incidents(self) -> list[str]: ...
    def members(self, incident: str) -> list[str]: ...
    def status(self, incident: str) -> str | None: ...
    def confirm(self, incident: str, into: str) -> int: ...
    def split(self, records: list[str]) -> tuple[str, int]: ...
    def undo(self, event: int) -> bool: ...
    def close(self, incident: str, status: str) -> int: ...
    def reopen(self, incident: str) -> int: ...
    def placement(self, record: str) -> str | None: ...
    def evict(self, before: str) -> None: ...
    def statistics(self) -> str: ...

@final
class Gazetteer:
    def __new__(cls, bundle: Any) -> Gazetteer: ...
    def resolve(
        self,
        texts: list[str],
        *,
        area: str | None = None,
        point: tuple[float, float] | None = None,
        address: str | None = None,
        n_jobs: int | None = None,
    ) -> list[str]: ...
    def find(self, code: str) -> str | None: ...
    def areas(self) -> Any: ...
    def adjacency(self) -> list[tuple[str, str]]: ...

@final
class Events:
    def __new__(cls) -> Events: ...
    def __len__(self) -> int: ...
    def push(self, source: Any, fields: Sequence[tuple[str, str]]) -> list[tuple[int, str]]: ...
    def span(self) -> tuple[str, str] | None: ...

@final
class Detector:
    def __new__(
        cls,
        *,
        areas: str | None = None,
        adjacency: str | None = None,
        topics: str | None = None,
        holidays: str | None = None,
        statistic: str,
        false_alarms_per_month: float,
        window: int,
        history: int,
        half_life: float,
        caller_days: int,
        refit_days: int,
        burn_in: int,
        seed: int,
    ) -> Detector: ...
    def scan(self, events: Events, since: str, last: str) -> list[str]: ...
    def monthly(self, events: Events, month: str) -> list[str]: ...
    def series(self, topic: str, areas: list[str], days: int) -> list[tuple[str, float, float, float, float]]: ...
    def is_young(self) -> bool: ...

@final
class Emerging:
    def __new__(cls, *, state: bytes | None = None, similarity: float, per_day: int, false_per_month: float, least: int) -> Emerging: ...
    def update_day(
        self,
        engine: Engine,
        day: str,
        source: Any,
        *,
        text: list[str] | None = None,
        id: str | None = None,
        time: str | None = None,
        gcj02: bool = False,
    ) -> list[str]: ...
    def to_bytes(self) -> bytes: ...
    def last_day(self) -> str | None: ...
    def is_young(self) -> bool: ...
