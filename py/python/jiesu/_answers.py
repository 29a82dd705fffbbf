"""Answers: plain dicts with attributes, so that they print, pickle, compare and go to JSON like any dict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

A = TypeVar("A", bound="Answer")


class Answer(dict[str, Any]):
    """An answer of the core: a plain dict that also has its keys as attributes."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no `{name}`; it has: {', '.join(self)}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def to_dict(self) -> dict[str, Any]:
        """A copy as nested plain dicts and lists."""
        plain: dict[str, Any] = json.loads(json.dumps(self))
        return plain

    @classmethod
    def _read(cls: type[A], text: str) -> A:
        return cls(json.loads(text))


class Analysis(Answer):
    """What the engine says of one complaint: the contract's JSON, spans in code points.

    ``type`` is ``{"label", "p", "report"}``, ``topics`` a ranked list, ``units`` begins with the lead; the README lists all fields.
    """

    __slots__ = ("_json",)

    def __init__(self, canonical: str) -> None:
        super().__init__(json.loads(canonical))
        self._json = canonical

    def to_json(self) -> str:
        """Canonical JSON as the engine gave it: byte for byte what Rust, the command line and JavaScript give."""
        return self._json

    def __reduce__(self) -> tuple[type[Analysis], tuple[str]]:
        return Analysis, (self._json,)

    def __repr__(self) -> str:
        kind, unit = self["type"]["label"], self["units"][0]["unit"]
        topic = self["topics"][0]["name"] if self["topics"] else "?"
        return f"<Analysis {self['id']}: {kind} · {topic} → {unit}{' (abstains)' if self['abstain'] else ''}>"


class Placement(Answer):
    """Where a record went: ``id``, ``incident``, ``relation`` (``new``, ``same_matter``, ``same_person``), ``p``, ``reasons``,
    ``related`` (ids worth showing beside it), ``earlier_by_caller``, ``last_status``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Placement {self['id']}: {self['relation']} {self['incident']} p={self['p']}>"


class PairScore(Answer):
    """What two records are to each other: ``p`` (both belong to one incident), ``relation`` (``same_matter``, ``same_person``,
    ``related``, ``different``), ``reasons``."""

    __slots__ = ()


class Place(Answer):
    """The place of a text: ``area`` (or None), ``areas`` (candidates, best first), ``mentions`` (``text``, ``start``, ``end``, ``kind``,
    ``p`` and the ``areas`` the name may mean)."""

    __slots__ = ()

    def __repr__(self) -> str:
        area = self["area"]
        return f"<Place {area['name'] if area else None}: {len(self['mentions'])} mentions, {len(self['areas'])} candidates>"


class Area(Answer):
    """An area: ``code``, ``name``, ``level``, ``parent``, ``point`` (longitude and latitude, or None)."""

    __slots__ = ()


class Alert(Answer):
    """A hotspot: ``as_of``, ``alert`` (id of the outbreak), ``scope``, ``areas``, ``topic``, ``start``, ``end``, ``observed``, ``expected``,
    ``p_value``, ``q_value``, ``state`` (``new``, ``ongoing``), ``callers``, ``incidents`` (None without any), ``cases``."""

    __slots__ = ()

    def __repr__(self) -> str:
        where = ",".join(self["areas"][:3]) + ("…" if len(self["areas"]) > 3 else "")
        return f"<Alert {self['as_of']} {self['state']}: {self['topic']} in {where}, {self['observed']} for {self['expected']}>"


class EmergingTopic(Answer):
    """A topic that emerges: ``as_of``, ``topic`` (its id), ``name``, ``words`` (``word``, ``share``), ``state``, ``start``, ``end``, ``observed``,
    ``expected``, ``p_value``, ``areas``, ``class`` (None when no class names most of it), ``cases``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<EmergingTopic {self['as_of']} {self['state']}: {self['name']}, {self['observed']} for {self['expected']}>"


class Ranked(Answer):
    """A problem of the month: ``rank``, ``code``, ``name``, ``score``, ``volume``, ``growth``, ``spread``, ``persistence``, ``unresolved``,
    ``reasons``, ``areas``, ``units``, ``year_on_year``, ``dissatisfied``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Ranked {self['rank']}: {self['name']} score={self['score']} volume={self['volume']}>"


class Evaluation(Answer):
    """Figures of a classifier, shares 0–1: ``rows``, ``accuracy``, ``macro_f1``, ``top3``, ``top5``, ``ece``, ``accuracy_at_coverage``,
    ``set_coverage``, ``set_size``, ``automatic`` (share that may go out by itself), ``automatic_accuracy``, ``classes``."""

    __slots__ = ()

    def __repr__(self) -> str:
        figures = ", ".join(f"{k}={self[k]:.3f}" for k in ("accuracy", "macro_f1", "top3", "ece", "set_coverage", "automatic", "automatic_accuracy"))
        return f"<Evaluation {self['rows']} rows: {figures}>"


def plain(record: Any) -> Any:
    """A record as the core reads it: any mapping as a dict."""
    return dict(record) if isinstance(record, Mapping) and not isinstance(record, dict) else record
