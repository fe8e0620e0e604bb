"""Importing Brian2 replaces pytest's collector of doctests by one that fails on packages; the original is put back."""

from _pytest import doctest

_original = doctest.DoctestModule

import pulsenet.engines.brian  # noqa: E402, F401

doctest.DoctestModule = _original

# They hold no doctests, and pytest cannot import two of them by their one name to look.
collect_ignore_glob = ["tests/*conftest.py"]
