"""Where things are, so that no test counts the folders above itself."""

from pathlib import Path

#: Of the repository.
ROOT = Path(__file__).resolve().parents[2]
