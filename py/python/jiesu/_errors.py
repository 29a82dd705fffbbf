"""Exceptions: each derives from :class:`JiesuError` and from the built-in a Python programmer would expect."""

from __future__ import annotations

import sys


class JiesuError(Exception):
    """Any error of the library. ``code`` is stable, for logs and for other languages."""

    code: str = "jiesu"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code

    def __reduce__(self) -> tuple[type[JiesuError], tuple[str, str]]:
        return type(self), (str(self.args[0]), self.code)


class InputError(JiesuError, ValueError):
    """A record, a value or a parameter that cannot be used."""


class InputTypeError(JiesuError, TypeError):
    """Something of a type that is no text, record or table."""


class FieldError(JiesuError, KeyError):
    """A field or column that is not there; the message names those that are."""

    # KeyError shows the repr of its argument: Chinese names would come out quoted twice.
    __str__ = Exception.__str__


class BundleError(JiesuError, ValueError):
    """Bytes that are not a bundle of this version, damaged or hostile ones included."""


class FileError(JiesuError, OSError):
    """A file that could not be read or written."""

    __str__ = Exception.__str__


class StoreError(FileError):
    """The folder of a durable index that is open already, damaged or of another version; see ``code``."""


class DependencyError(JiesuError, ImportError):
    """A library that this call needs is not installed."""

    def __init__(self, message: str, code: str | None = None) -> None:
        ImportError.__init__(self, message)
        JiesuError.__init__(self, message, code)


class NotTrainedError(JiesuError, ValueError, AttributeError):
    """An estimator that has not been fitted yet."""


def not_trained(message: str) -> NotTrainedError:
    """A :class:`NotTrainedError`; also scikit-learn's ``NotFittedError`` where that library is in use."""
    library = sys.modules.get("sklearn.exceptions")
    kind: type[NotTrainedError] = NotTrainedError if library is None else type("NotTrainedError", (NotTrainedError, library.NotFittedError), {})
    return kind(message, "learn.not_trained")


_CLASSES: dict[str, type[JiesuError]] = {
    "bundle.io": FileError,
    "incident.store_io": FileError,
    "input.type": InputTypeError,
    "input.field": FieldError,
}


def from_code(code: str, message: str) -> JiesuError:
    """The exception for an error of the core."""
    kind = _CLASSES.get(code)
    if kind is None:
        room = code.split(".", 1)[0]
        kind = (
            StoreError
            if code.startswith("incident.store_")
            else FileError
            if code.endswith(".io")
            else BundleError
            if room == "bundle"
            else InputError
        )
    return kind(message, code)
