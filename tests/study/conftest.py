"""A study in a folder of its own."""

import pytest
from small_study import BASE, STUDY


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "base.toml").write_text(BASE)
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path
