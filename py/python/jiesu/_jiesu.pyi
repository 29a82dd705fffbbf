from collections.abc import Callable
from typing import Any, final

__version__: str

def main(args: list[str]) -> int: ...
@final
class Engine:
    def __new__(cls, bundle: Any) -> Engine: ...
    def json(
        self,
        records: Any,
        *,
        text: Any = None,
        id: Any = None,
        time: Any = None,
        gcj02: bool = False,
        n_jobs: Any = None,
    ) -> list[str]: ...
    def table(
        self,
        source: Any,
        *,
        text: Any = None,
        id: Any = None,
        time: Any = None,
        gcj02: bool = False,
        json: bool = False,
        n_jobs: Any = None,
        progress: Any = None,
    ) -> Any: ...
    def stream(
        self,
        source: Any,
        *,
        text: Any = None,
        id: Any = None,
        time: Any = None,
        gcj02: bool = False,
        json: bool = False,
        n_jobs: Any = None,
    ) -> Any: ...
