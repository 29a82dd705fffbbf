"""Duplicate merging: incidents over a stream of records."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, NoReturn, TypeVar, overload

from . import _jiesu
from ._answers import PairScore, Placement, plain
from ._engine import Record, columns_of, default_bundle, options_of
from ._errors import InputTypeError
from ._tables import is_table, like, to_stream

I = TypeVar("I", bound="IncidentIndex")


class IncidentIndex:
    """Incidents over a stream of records (重复诉求合并): place each record, query, and let people correct what was decided.

    ``bundle`` is a path or bytes; records older than ``window_days`` before the newest leave the index; ``candidates`` earlier records are
    compared with each. Safe to call from several threads, which wait for each other.

    In memory, or with ``path`` in a folder, the same that ``jiesu merge --index`` and ``jiesu index`` use: it goes on with what is in it.
    What a call has returned is on the disk (one ``fdatasync`` for each 1,024 to 4,096 records of a call: file many at once), so that a
    crash or an index that is simply dropped loses nothing. One index at a time has a folder open: leaving ``with``, :meth:`release` or
    the end of the object lets go of it.

    >>> import jiesu
    >>> index = jiesu.IncidentIndex()
    >>> first = index.insert({"id": "a", "text": "望京花园三号楼昨晚起停水，物业电话没人接", "received_at": "2026-01-05 08:00"})
    >>> again = index.insert({"id": "b", "text": "望京花园三号楼从昨晚就没水了，物业电话打不通", "received_at": "2026-01-05 09:00"})
    >>> first.relation, again.relation, again.incident == first.incident
    ('new', 'same_matter', True)
    >>> index.members(first.incident)
    ['a', 'b']
    >>> event = index.close(first.incident, "已办结")
    >>> index.status(first.incident)
    '已办结'
    >>> index.undo(event), index.status(first.incident)
    (True, None)

    In a folder:

    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with jiesu.IncidentIndex(path=folder.name) as index:
    ...     first = index.insert({"id": "a", "text": "望京花园三号楼昨晚起停水，物业电话没人接"})
    >>> with jiesu.IncidentIndex(path=folder.name) as index:
    ...     index.incidents() == [first.incident], index.members(first.incident)
    (True, ['a'])
    >>> folder.cleanup()
    """

    __slots__ = ("_native", "_path", "_signer", "last_event")

    def __init__(
        self,
        bundle: str | bytes | None = None,
        *,
        path: str | os.PathLike[str] | None = None,
        window_days: int = 90,
        candidates: int = 50,
    ) -> None:
        if path is not None and not isinstance(path, (str, os.PathLike)):
            raise InputTypeError(f"the path of an index is a folder, not {type(path).__name__}", "input.type")
        self._path = None if path is None else os.path.abspath(path)
        self._signer = _jiesu.Signer(default_bundle() if bundle is None else bundle)
        self._native = _jiesu.Index(self._signer, window_days, candidates, self._path)
        #: Number of the last decision made through this object, for :meth:`undo`.
        self.last_event: int | None = None

    @staticmethod
    def repair(path: str | os.PathLike[str]) -> dict[str, Any]:
        """Salvages a damaged folder, which :class:`StoreError` told of: how many events were ``kept`` and ``lost``, ``lost_records`` (ids
        as far as they are known), ``bytes_skipped``, ``segments_rewritten``. What was damaged is kept in ``damaged`` in the folder."""
        told: dict[str, Any] = json.loads(_jiesu.repair(path))
        return told

    @property
    def path(self) -> str | None:
        """The folder, or None for an index in memory."""
        return self._path

    def release(self) -> None:
        """Lets go of the folder (and of the memory); any call after that is an :class:`InputError`. Nothing is lost: all was written."""
        self._native.release()

    def __enter__(self: I) -> I:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()

    def __reduce__(self) -> NoReturn:
        raise InputTypeError("an IncidentIndex is neither pickled nor copied: give it a path, and open that where it is needed", "input.type")

    @overload
    def insert(  # type: ignore[overload-overlap]
        self, records: Record, *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None, n_jobs: int | None = None
    ) -> Placement: ...
    @overload
    def insert(
        self, records: Iterable[Record], *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None, n_jobs: int | None = None
    ) -> list[Placement]: ...
    def insert(
        self, records: Any, *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None, n_jobs: int | None = None
    ) -> Any:
        """Files a record (or a list, in input order) and says where it went. A record whose id is live already is told as it stands."""
        return self._place(records, True, options_of(text, id, time), n_jobs)

    @overload
    def query(  # type: ignore[overload-overlap]
        self, records: Record, *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None, n_jobs: int | None = None
    ) -> Placement: ...
    @overload
    def query(
        self, records: Iterable[Record], *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None, n_jobs: int | None = None
    ) -> list[Placement]: ...
    def query(
        self, records: Any, *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None, n_jobs: int | None = None
    ) -> Any:
        """Where a record would go. Changes nothing."""
        return self._place(records, False, options_of(text, id, time), n_jobs)

    def _place(self, records: Any, keep: bool, options: dict[str, Any], n_jobs: int | None) -> Any:
        one = isinstance(records, (str, Mapping))
        rows = [plain(r) for r in ([records] if one else list(records))]
        placed = [Placement._read(j) for j in self._native.place(rows, keep=keep, **options, n_jobs=n_jobs)]
        return placed[0] if one else placed

    def merge(
        self, table: Any, *, text: str | Sequence[str] | None = None, id: str | None = None, time: str | None = None, n_jobs: int | None = None
    ) -> Any:
        """Files a table in order of time. Gives a table of the same library with a row for each of its rows: ``id``, ``incident`` (as it
        stands after the last row), ``relation``, ``p``, ``reasons``, ``related``, and ``error`` for a row that has no text."""
        options = options_of(text, id, time)
        if not is_table(table):
            table = [plain(r) for r in table]
            return like(None, self._native.merge(table, **options, n_jobs=n_jobs))
        return like(table, self._native.merge(to_stream(table, columns_of(options)), **options, n_jobs=n_jobs))

    def score(self, a: Record, b: Record) -> PairScore:
        """What two records are to each other, whatever the index holds.

        >>> import jiesu
        >>> jiesu.IncidentIndex().score("望京花园三号楼停水", "石景山鲁谷路路灯不亮").relation
        'different'
        """
        return PairScore._read(self._signer.score(plain(a), plain(b)))

    def confirm(self, incident: str, into: str) -> int:
        """Two incidents are one matter; both ids resolve to ``into`` from now on. Gives the number of the event, for :meth:`undo`."""
        return self._note(self._native.confirm(incident, into))

    def reject(self, record: str) -> str:
        """A record is not of its incident: it becomes one of its own, whose id is given. The two are not joined again by a later record."""
        return self.split([record])

    def split(self, records: Sequence[str]) -> str:
        """Records of one incident are another matter: they become an incident of their own, whose id is given."""
        incident, event = self._native.split(list(records))
        self._note(event)
        return incident

    def undo(self, event: int | None = None) -> bool:
        """Takes a decision back, by default the last one; False when there is nothing to take back."""
        event = self.last_event if event is None else event
        return event is not None and self._native.undo(event)

    def close(self, incident: str, status: str) -> int:
        """Closes an incident: every member has this status. Gives the number of the event."""
        return self._note(self._native.close(incident, status))

    def reopen(self, incident: str) -> int:
        """Opens a closed incident again. Gives the number of the event."""
        return self._note(self._native.reopen(incident))

    def _note(self, event: int) -> int:
        self.last_event = event
        return event

    def incidents(self) -> list[str]:
        """Ids of the incidents that have live records."""
        return self._native.incidents()

    def members(self, incident: str) -> list[str]:
        """Ids of the live records of an incident, in order of arrival."""
        return self._native.members(incident)

    def status(self, incident: str) -> str | None:
        """The status an incident was closed with; None while it is open."""
        return self._native.status(incident)

    def resolve(self, incident: str) -> str:
        """The incident an id stands for now: itself, or the one it was merged into."""
        return self._native.resolve(incident)

    def placement(self, record: str) -> Placement | None:
        """A live record's placement as it stands; None when it is not in the index."""
        found = self._native.placement(record)
        return None if found is None else Placement._read(found)

    def evict(self, before: str) -> None:
        """Drops records received before a time."""
        self._native.evict(before)

    def statistics(self) -> dict[str, int]:
        """Live ``records``, ``incidents``, ``shared`` ones (of more than one record), the ``largest``, and ``events`` so far; in a folder
        also the event of the last ``snapshot``, and ``segments`` and ``bytes`` of the log when it was opened."""
        figures: dict[str, int] = json.loads(self._native.statistics())
        return figures

    def __len__(self) -> int:
        return self.statistics()["records"]

    def __repr__(self) -> str:
        s = self.statistics()
        return f"<IncidentIndex {s['records']} records in {s['incidents']} incidents>"
