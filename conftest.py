"""Importing Brian2 replaces pytest's collector of doctests by one that fails on packages; the original is put back."""

from _pytest import doctest

_original = doctest.DoctestModule

import pulsenet.engines.brian  # noqa: E402, F401

doctest.DoctestModule = _original
