"""`pulsenet view`: a page, never over another one."""

from command_line import run
from made_up_run import POPULATIONS
from refusals import refused

from pulsenet import Trace, TraceError
from pulsenet.figures.browser_page import write_page


def test_view_replaces_only_with_force(made_up_folder, tmp_path):
    path = tmp_path / "new" / "page.html"
    assert run("view", made_up_folder, "--out", path, "--frames", 1).exit_code == 0
    before = path.read_bytes()
    result = run("view", made_up_folder, "--out", path)
    assert result.exit_code == 1 and "force" in result.output and result.output.count("\n") == 1
    assert path.read_bytes() == before
    assert run("view", made_up_folder, "--out", path, "--force").exit_code == 0
    assert path.read_bytes() != before and [one.name for one in path.parent.iterdir()] == ["page.html"]


def test_view_refuses_useless_places_and_numbers(made_up_folder, tmp_path):
    (tmp_path / "file").write_text("")
    with Trace(made_up_folder) as trace:
        inside = tmp_path / "file" / "page.html"
        refused(TraceError, lambda: write_page(trace, inside), "cannot be written", "choose a folder")
        refused(TraceError, lambda: write_page(trace, tmp_path / "page.html", n_frames=-1), "-1 frames")
    assert run("view", tmp_path / "absent").exit_code == 1
    assert POPULATIONS and not (tmp_path / "page.html").exists()
