"""Does a test notice? Bugs that an engineer would call one are put into copies of the tree, one at a time.

    python benchmarks/mutations.py                     # all of mutations.toml; make mutations does the same
    python benchmarks/mutations.py --only fitting      # those of one area, or of files whose path holds the word
    python benchmarks/mutations.py --near              # only tests near the bug: quick, and stricter than make test

Of each bug the tests that stand nearest run first: those that its entry or its area names, and those that mirror the
file, quick ones before whole runs; then those of the room; then the whole suite but for its heavy part. The first test
that fails ends it. That test is then run without the bug: it must pass, or the bug was not what it noticed.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).with_name("mutations.toml")
#: Share of the bugs that the tests must notice.
WANTED = 0.95
#: Seconds after which a bug that makes tests hang counts as noticed.
HANGS = 1800
PYTEST = ("-m", "pytest", "-x", "-q", "--tb=no", "-rfE", "-p", "no:cacheprovider", "-p", "no:xdist")


@dataclass(frozen=True)
class Mutation:
    """One bug.

    Attributes
    ----------
    area : str
    file : str
        Below ``pulsenet``.
    old, new : str
        Text of the file, which occurs once in it, and what stands there with the bug.
    why : str
        Why an engineer would call it a bug.
    tests : tuple of str
        Test files or folders that run first.
    """

    area: str
    file: str
    old: str
    new: str
    why: str
    tests: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return f"pulsenet/{self.file}"

    def rounds(self, root: Path) -> Iterator[tuple[str, list[str]]]:
        """Tests in the order in which they run, with their marks: near ones, quick and whole; of the room; all."""
        *rooms, name = Path(self.file).parts
        mirrors = [f"tests/{'/'.join([*rooms, f'test_{name}'])}", self.path]
        named = dict.fromkeys([*self.tests, *(path for path in mirrors if path.endswith(".py"))])
        near = [path for path in named if (root / path).exists()]
        if near:
            yield "not heavy and not whole", near
            yield "not heavy and whole", near
        if rooms:
            yield "not heavy", [f"tests/{rooms[0]}"]
        yield "not heavy", []


@dataclass(frozen=True)
class Outcome:
    """What became of a bug: the test that noticed it, or nothing; and what is wrong with the trial itself."""

    mutation: Mutation
    noticed_by: str
    seconds: float
    wrong: str = ""


def mutations(path: Path = LIST) -> list[Mutation]:
    """All bugs of a list; tests of an area come after a bug's own."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    areas = content["areas"]
    return [
        Mutation(**{**entry, "tests": (*entry.get("tests", ()), *areas[entry["area"]])}) for entry in content["bugs"]
    ]


def stale(mutation: Mutation, root: Path = ROOT) -> str:
    """What is wrong with an entry, if the tree is not what it was written for; else nothing."""
    path = root / mutation.path
    if not path.is_file():
        return f"{mutation.path}: no such file; write the bug anew, or remove it from {LIST.name}"
    found = path.read_text(encoding="utf-8").count(mutation.old)
    if found != 1:
        return f"{mutation.path}: occurs {found} times, and must once: {mutation.old!r}; write the bug anew"
    return ""


class Tree:
    """A copy of the checkout, in which tests run."""

    def __init__(self, folder: Path):
        self.folder, self.process = folder, None
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0"):
            source = ROOT / name
            if name and source.is_file() and not source.is_symlink():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read_bytes())

    def first_failure(self, marks: str, tests: list[str]) -> str:
        """The first test that fails, or nothing."""
        # No bytecode: it is told from its source by the size and the second in which that was written.
        environment = os.environ | {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [sys.executable, *PYTEST, "-m", marks, *tests],
            cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        try:
            printed, _ = self.process.communicate(timeout=HANGS)
        except subprocess.TimeoutExpired:
            self.end()
            return f"tests that hang ({' '.join(tests) or 'all'})"
        if self.process.returncode in (0, 5):  # 5: there were none
            return ""
        lines = [line for line in printed.splitlines() if line.startswith(("FAILED ", "ERROR "))]
        return lines[0].split(" ", 1)[1].split(" - ")[0] if lines else f"no test at all: {printed[-300:]}"

    def end(self) -> None:
        """End the tests that run, with all that they started."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)

    def try_out(self, mutation: Mutation, near_only: bool) -> Outcome:
        """Run tests with a bug, and without it the one that fails."""
        began, path = time.monotonic(), self.folder / mutation.path
        text, found = path.read_text(encoding="utf-8"), ""
        path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
        try:
            for number, (marks, tests) in enumerate(mutation.rounds(self.folder)):
                if found or (near_only and number == 2):
                    break
                found = self.first_failure(marks, tests)
        finally:
            path.write_text(text, encoding="utf-8")
        wrong = ""
        if "::" in found and self.first_failure("not heavy", [found]):
            wrong = f"{found} fails without the bug, too"
        return Outcome(mutation, found, time.monotonic() - began, wrong)


def run(chosen: list[Mutation], workers: int, near_only: bool) -> list[Outcome]:
    """Try all; after Ctrl-C, what was found until then."""
    found: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        trees, own = [Tree(Path(folder) / str(number)) for number in range(workers)], threading.local()
        free = iter(trees)
        pool = ThreadPoolExecutor(workers, initializer=lambda: setattr(own, "tree", next(free)))
        try:
            for future in as_completed(
                [pool.submit(lambda one: own.tree.try_out(one, near_only), mutation) for mutation in chosen]
            ):
                found.append(future.result())
                print(line(found[-1]), flush=True)
        except KeyboardInterrupt:
            print("ended by Ctrl-C: what was found until now", flush=True)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for tree in trees:
                tree.end()
            pool.shutdown()
    return found


def line(outcome: Outcome) -> str:
    """An outcome in one line."""
    mutation = outcome.mutation
    told = f"WRONG: {outcome.wrong}" if outcome.wrong else outcome.noticed_by or "MISSED"
    return f"{outcome.seconds:5.0f} s  {mutation.area:<12} {mutation.file:<36} {mutation.why:<70} {told}"


def told(found: list[Outcome]) -> str:
    """The table of areas, and the bugs that nothing noticed."""
    lines = ["", "| area | bugs | noticed |", "|---|---|---|"]
    for area in dict.fromkeys(outcome.mutation.area for outcome in found):
        own = [outcome for outcome in found if outcome.mutation.area == area]
        lines.append(f"| {area} | {len(own)} | {sum(bool(outcome.noticed_by) for outcome in own)} |")
    noticed = sum(bool(outcome.noticed_by) for outcome in found)
    lines.append(f"| all | {len(found)} | {noticed} ({noticed / max(1, len(found)):.1%}) |")
    lines += [f"missed: {o.mutation.path}: {o.mutation.why}" for o in found if not o.noticed_by]
    lines += [f"wrong: {o.mutation.path}: {o.wrong}" for o in found if o.wrong]
    return "\n".join(lines)


def main() -> int:
    """Exit status 0 if all were tried and enough of them were noticed; 2 if an entry does not fit the tree."""
    parser = argparse.ArgumentParser(description="How many bugs do the tests notice?")
    parser.add_argument("--only", metavar="AREA", default="", help="an area, or a part of a file's path")
    parser.add_argument("--workers", type=int, default=1, help="bugs that are tried at a time (1)")
    parser.add_argument("--near", action="store_true", help="only the tests nearest to a bug")
    given = parser.parse_args()
    chosen = [one for one in mutations() if given.only == one.area or given.only in one.file]
    if not chosen:
        print(f"--only {given.only}: areas are {', '.join(dict.fromkeys(one.area for one in mutations()))}")
        return 2
    if wrong := [text for text in map(stale, chosen) if text]:
        print("\n".join(wrong))
        return 2
    found = run(chosen, given.workers, given.near)
    print(told(found))
    noticed = sum(bool(outcome.noticed_by) and not outcome.wrong for outcome in found)
    return 0 if len(found) == len(chosen) and noticed >= WANTED * len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
