"""接诉: the library that thinks for a city hotline (12345, 接诉即办).

>>> import jiesu
>>> jiesu.Engine().analyze("楼下工地半夜施工，吵得睡不着")["type"]["label"]
'投诉'
"""

from ._answers import Alert, Analysis, Answer, Area, EmergingTopic, Evaluation, PairScore, Place, Placement, Ranked
from ._engine import Engine, Record, default_bundle, read_bundle
from ._errors import (
    BundleError,
    DependencyError,
    FieldError,
    FileError,
    InputError,
    InputTypeError,
    JiesuError,
    NotTrainedError,
    StoreError,
)
from ._estimators import Dispatcher, TopicClassifier
from ._gazetteer import Gazetteer
from ._hotspots import EmergingTopics, Events, HotspotDetector, SeriesDay
from ._incidents import IncidentIndex
from ._jiesu import __version__
from ._tables import Stream, Table
from ._training import evaluate, train

__all__ = [
    "Alert",
    "Analysis",
    "Answer",
    "Area",
    "BundleError",
    "DependencyError",
    "Dispatcher",
    "EmergingTopic",
    "EmergingTopics",
    "Engine",
    "Evaluation",
    "Events",
    "FieldError",
    "FileError",
    "Gazetteer",
    "HotspotDetector",
    "IncidentIndex",
    "InputError",
    "InputTypeError",
    "JiesuError",
    "NotTrainedError",
    "PairScore",
    "Place",
    "Placement",
    "Ranked",
    "Record",
    "SeriesDay",
    "StoreError",
    "Stream",
    "Table",
    "TopicClassifier",
    "__version__",
    "default_bundle",
    "evaluate",
    "read_bundle",
    "train",
]
