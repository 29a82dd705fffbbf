"""``python -m jiesu``: the same command line as the program ``jiesu``."""

import sys

from . import _jiesu
from ._engine import default_bundle


def main() -> None:
    """Runs the command line and exits with its code."""
    sys.exit(_jiesu.main(["jiesu", *sys.argv[1:]], default_bundle()))


if __name__ == "__main__":
    main()
