"""The page of a report."""

import pytest

from pulsenet.assess import html
from pulsenet.assess.typeset import plain

pytestmark = pytest.mark.whole


def test_text_of_others_stays_text(tmp_path):
    text = html.page(f"# {plain('<b>|*x*.csv')}\n\n| a |\n|---|\n| {plain('x|y')} |", "<i>", tmp_path)
    assert "<h1>&lt;b&gt;|*x*.csv</h1>" in text and "<td>x|y</td>" in text and "<title>&lt;i&gt;</title>" in text
