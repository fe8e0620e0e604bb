"""A study in a folder of its own."""

import pytest
from small_study import write


@pytest.fixture
def folder(tmp_path):
    write(tmp_path)
    return tmp_path
