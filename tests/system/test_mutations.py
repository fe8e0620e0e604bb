"""The list of bugs that `make mutations` tries: each still fits the source, and is one."""

import ast
import importlib.util
import sys

import pytest
from places import ROOT


def driver():
    """benchmarks/mutations.py, which is a script in no package."""
    spec = importlib.util.spec_from_file_location("mutations", ROOT / "benchmarks" / "mutations.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutations"] = module  # where its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


MUTATIONS = driver()
LISTED = MUTATIONS.mutations()


@pytest.mark.parametrize("mutation", LISTED, ids=lambda mutation: f"{mutation.file}: {mutation.why}")
def test_a_bug_fits_the_source(mutation):
    assert not MUTATIONS.stale(mutation)
    if mutation.file.endswith(".py"):
        text = (ROOT / mutation.path).read_text(encoding="utf-8")
        with_bug = ast.parse(text.replace(mutation.old, mutation.new))  # it must not be one of syntax
        assert ast.dump(with_bug) != ast.dump(ast.parse(text))


def test_there_are_bugs_enough_of_every_area():
    assert len(LISTED) >= 80 and len({(one.file, one.old, one.new) for one in LISTED}) == len(LISTED)
    assert all((ROOT / path).exists() for one in LISTED for path in one.tests)


def test_a_bug_that_does_not_fit_any_more_is_told():
    gone = MUTATIONS.Mutation("text", "text/chance.py", "no such text", "", "")
    assert "occurs 0 times, and must once: 'no such text'" in MUTATIONS.stale(gone)
    assert "no such file" in MUTATIONS.stale(MUTATIONS.Mutation("text", "text/none.py", "", "", ""))
