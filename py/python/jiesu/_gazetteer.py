"""Places named in a text."""

from __future__ import annotations

from typing import Any, overload

from . import _jiesu
from ._answers import Area, Place
from ._engine import default_bundle
from ._errors import InputTypeError
from ._tables import Table


class Gazetteer:
    """Areas of the city and the names that residents use for them. Immutable: share one between threads.

    >>> import jiesu
    >>> gazetteer = jiesu.Gazetteer()
    >>> place = gazetteer.resolve("朝阳区望京街道花家地社区的路灯坏了")
    >>> place.area["district"], place.area["town"]
    ('朝阳区', '望京街道')
    >>> [m["text"] for m in place.mentions][:2]
    ['朝阳区', '望京街道']
    >>> gazetteer.find("110105").name
    '朝阳区'
    """

    __slots__ = ("_native",)

    def __init__(self, bundle: str | bytes | None = None) -> None:
        self._native = _jiesu.Gazetteer(default_bundle() if bundle is None else bundle)

    @overload
    def resolve(
        self, text: str, *, area: str | None = None, point: tuple[float, float] | None = None, address: str | None = None, n_jobs: int | None = None
    ) -> Place: ...
    @overload
    def resolve(
        self, text: list[str] | tuple[str, ...], *, area: str | None = None, point: tuple[float, float] | None = None, address: str | None = None, n_jobs: int | None = None
    ) -> list[Place]: ...
    def resolve(
        self, text: Any, *, area: str | None = None, point: tuple[float, float] | None = None, address: str | None = None, n_jobs: int | None = None
    ) -> Any:
        """The place of a text (or of each of a list): mentions, candidates, the deepest area the text supports.

        ``area`` (code), ``point`` (WGS-84 longitude and latitude) and ``address`` say what the platform knows beside the text.
        """
        texts = [text] if isinstance(text, str) else list(text)
        for n, t in enumerate(texts):
            if not isinstance(t, str):
                raise InputTypeError(f"row {n}: a text is a str, not {type(t).__name__}", "input.type")
        places = [Place._read(j) for j in self._native.resolve(texts, area=area, point=point, address=address, n_jobs=n_jobs)]
        return places[0] if isinstance(text, str) else places

    def find(self, code: str) -> Area | None:
        """The area with a code of 6 (district), 9 (town) or 12 digits (community); None when there is none."""
        found = self._native.find(code)
        return None if found is None else Area._read(found)

    def areas(self) -> Table:
        """All areas as a table ``code, name, parent, level, lon, lat``; ``.to_pandas()`` and the like turn it into a frame."""
        return Table(self._native.areas())

    def adjacency(self) -> list[tuple[str, str]]:
        """Pairs of codes of areas that border on each other."""
        return self._native.adjacency()

    def __repr__(self) -> str:
        return f"<Gazetteer {len(self.areas())} areas>"
