"""接诉: the library that thinks for a city hotline (12345, 接诉即办).

>>> import jiesu
>>> jiesu.Engine().analyze("楼下工地半夜施工，吵得睡不着")["type"]["label"]
'投诉'
"""

from ._engine import Analysis, Engine, Record, default_bundle, read_bundle
from ._errors import BundleError, FieldError, FileError, InputError, InputTypeError, JiesuError, NotTrainedError
from ._jiesu import __version__
from ._tables import Stream, Table

__all__ = [
    "Analysis",
    "BundleError",
    "Engine",
    "FieldError",
    "FileError",
    "InputError",
    "InputTypeError",
    "JiesuError",
    "NotTrainedError",
    "Record",
    "Stream",
    "Table",
    "__version__",
    "default_bundle",
    "read_bundle",
]
