"""Curve files as people have them: each gives curves, with what was assumed, or one clear line."""

import numpy as np
import pytest

from pulsenet.errors import DataError
from pulsenet.fitting import read_curves

#: One cycle of 20 + 20 pulses from 1 to about 9.26, in units of the file: the start, then LTP, then LTD.
LTP = [round(1 + 9 * (1 - np.exp(-k / 8)), 3) for k in range(21)]
LTD = [round(LTP[-1] - 8 * (1 - np.exp(-k / 8)), 3) for k in range(1, 21)]
CYCLE = LTP[1:] + LTD
TURN = "no column of LTP and LTD: taken as 20 pulses each in turn"


def table(header, *columns, sep=","):
    lines = [sep.join(map(str, row)) for row in zip(*columns, strict=True)]
    return "\n".join([header, *lines] if header else lines) + "\n"


STACKED = table("pulse,G (uS)", range(41), LTP + LTD)
BARE = STACKED.split("\n", 1)[1]
SIDE = table("n,LTP (uS),LTD (uS)", range(1, 21), LTP[1:], LTD)


def line(number, text, of=STACKED):
    lines = of.split("\n")
    lines[number - 1] = text
    return "\n".join(lines)


#: name: (content, options, notes).
#: Each holds one cycle of one device: LTP after 0 or 1 to 20 pulses, LTD after 1 to 20.
GOOD = {
    "stacked": (STACKED, {}, [TURN]),
    "semicolons and decimal commas": (
        STACKED.replace(",", ";").replace(".", ","),
        {},
        ["commas taken as decimal points", TURN],
    ),
    "quoted decimal commas": (
        table('"n","G (uS)"', range(41), [f'"{G}"'.replace(".", ",") for G in LTP + LTD]),
        {},
        ["commas taken as decimal points", TURN],
    ),
    "tabs, Windows line ends, BOM": ("\ufeff" + STACKED.replace(",", "\t").replace("\n", "\r\n"), {}, [TURN]),
    "old Mac line ends": (STACKED.replace("\n", "\r"), {}, [TURN]),
    "blanks": (table("pulse  G (uS)", range(41), LTP + LTD, sep="   "), {}, [TURN]),
    "UTF-16": (STACKED.replace("uS", "µS").encode("utf-16"), {}, [TURN]),
    "UTF-16 without BOM": (STACKED.encode("utf-16-le"), {}, [TURN]),
    "Latin-1": (STACKED.replace("uS", "µS").encode("latin-1"), {}, ["not UTF-8: read as Latin-1", TURN]),
    "comments": ("# measured\n% by me\n" + line(5, "3,3.814 // checked") + "// end\n", {}, [TURN]),
    "header as comment": ("# pulse, G (uS)\n" + BARE, {}, [TURN]),
    "no header": (BARE, {"unit": "uS"}, ["no header: first column taken as pulse number, second as value", TURN]),
    "preamble": ("Device: A1\n\n" + STACKED, {}, ["not read: line 1", TURN]),
    "units in a second line": (STACKED.replace("pulse,G (uS)", "pulse,G\n,uS"), {}, [TURN]),
    "header again": (table("pulse,G (uS)", range(21), LTP) + table("pulse,G (uS)", range(1, 21), LTD), {}, []),
    "side by side": (SIDE, {}, []),
    "mixed units": (table("n,LTP (uS),LTD (nS)", range(1, 21), LTP[1:], [round(1e3 * G) for G in LTD]), {}, []),
    "pulses of each": (table("n_LTP,G_LTP_uS,n_LTD,G_LTD_uS", range(1, 21), LTP[1:], range(1, 21), LTD), {}, []),
    "counted down": (
        table("pulse,G/uS", [*range(21), *range(19, -1, -1)], LTP + LTD),
        {},
        ["pulse numbers that count down are counted up"],
    ),
    "power of ten": (STACKED.replace("uS", "10^-6 S"), {}, [TURN]),
    "current": (table("pulse,I [nA]", range(41), [100 * G for G in LTP + LTD]), {"V_read": "0.1 V"}, [TURN]),
    "current and V_read": (
        table("pulse,V_read (V),I (uA)", range(41), [0.5] * 41, [G / 2 for G in LTP + LTD]),
        {},
        [TURN],
    ),
    "negative current": (
        table("pulse,I (uA)", range(41), [-G for G in LTP + LTD]),
        {"V_read": 1},
        ["all currents are negative: taken as read with a negative voltage", TURN],
    ),
    "column of kinds": (
        table("kind,pulse,G (uS),T (K)", ["LTP"] * 21 + ["LTD"] * 20, range(41), LTP + LTD, [300] * 41),
        {},
        ["not read: column 'T (K)'"],
    ),
    "signs": (table("polarity;n;G (uS)", [1] * 20 + [-1] * 20, [*range(1, 21)] * 2, CYCLE, sep=";"), {}, []),
    "shuffled": (
        "\n".join(["pulse,G (uS)", *np.random.default_rng(1).permutation(BARE.split())]),
        {},
        ["rows sorted by pulse number", TURN],
    ),
    "NaN": (line(6, "4,NaN", line(9, "7,")), {}, ["2 rows without a finite number left out", TURN]),
    "no pulse numbers": (table("G (uS)", CYCLE), {}, ["no pulse numbers: rows counted from 1", TURN]),
    "chosen columns": (
        table("a,b,c", range(41), LTP + LTD, LTP + LTD),
        {"unit": "uS", "columns": {"pulse": "a", "value": 3}},
        ["not read: column 'b'", TURN],
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_one_cycle(tmp_path, name):
    content, options, notes = GOOD[name]
    path = tmp_path / "curve.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    curves = read_curves(path, **options)
    assert list(curves.notes) == notes
    assert not curves.device.any() and not curves.cycle.any()
    assert set(np.arange(1, 21)) - set(curves.n[~curves.RESET]) <= ({4, 7} if name == "NaN" else set())
    assert np.array_equal(curves.n[curves.RESET], np.arange(1, 21))
    expected = np.where(curves.RESET, np.array([0, *LTD])[curves.n.astype(int)], np.array(LTP)[curves.n.astype(int)])
    assert np.allclose(curves.G, 1e-6 * expected, rtol=1e-3 if name == "mixed units" else 1e-9, atol=0)
    assert curves.sources[0][0] == "curve.csv" and len(curves.sources[0][1]) == 64


#: name: (content, options, message after the path).
BAD = {
    "empty": ("", {}, ": holds no data"),
    "only comments": ("# nothing\n", {}, ": holds no data"),
    "only a header": ("pulse,G (uS)\n", {}, ": holds no numbers"),
    "text": ("hello world\nthis is text\n", {}, ": holds no numbers"),
    "binary": (bytes(range(256)) * 4, {}, ": is not text; export the curve as CSV"),
    "workbook": (b"PK\x03\x04 and so on", {}, ": is a workbook, not text; save the sheet as CSV"),
    "one column, no header": (
        "\n".join(map(str, CYCLE)),
        {"unit": "uS"},
        ": 1 column, none of which is known as conductance or "
        "current; name them in a first line, like 'pulse,LTP (uS),LTD (uS)'",
    ),
    "three columns, no header": (
        SIDE.split("\n", 1)[1],
        {"unit": "uS"},
        ": 3 columns, none of which is known as conductance or "
        "current; name them in a first line, like 'pulse,LTP (uS),LTD (uS)'",
    ),
    "no unit": (
        STACKED.replace(" (uS)", ""),
        {},
        ": column 'G': no unit of conductance or current; write it like 'G (uS)', or give the option unit",
    ),
    "microseconds": (
        STACKED.replace("uS", "us"),
        {},
        ": column 'G (us)': no unit of conductance or current; write it like 'G (uS)', or give the option unit",
    ),
    "unknown unit": (
        BARE,
        {"unit": "furlong"},
        ": unit = 'furlong', but allowed are siemens and ampere with a prefix, like 'uS' or 'nA'",
    ),
    "two units": (STACKED, {"unit": "nS"}, ": unit = 'nS', but the header says 'G (uS)'"),
    "current alone": (
        STACKED.replace("G (uS)", "I (nA)"),
        {},
        ": column 'I (nA)': a current needs the voltage at which it was read; give V_read, like '0.1 V'",
    ),
    "text in a cell": (line(9, "7,overflow"), {}, ", line 9: 'overflow' is no number"),
    "unit in the cells": (line(4, "2,2.991 uS"), {}, ", line 4: '2.991 uS' is no number"),
    "negative": (
        line(7, "5,-0.1"),
        {},
        ", line 7: conductance -1e-07 S is negative; subtract the offset, or leave the row out",
    ),
    "negative pulse": (line(2, "-1,1"), {}, ", line 2: pulse number -1 is negative"),
    "times": (line(3, "0.5,1.5"), {}, ", line 3: pulse number 0.5 is not whole; give pulse numbers, not times"),
    "decimal commas between commas": (
        "pulse,G (uS)\n1,2,5\n2,2,7\n3,3,1\n",
        {},
        ": 2 columns in the header 'pulse,G (uS)', but 3 in "
        "line 4; decimal commas, and blanks in names, need semicolons or tabs between columns",
    ),
    "commas and points": (
        "n;G (uS)\n1;2,5\n2;2.7\n3;3,1\n",
        {},
        ", line 2: '2,5' with a comma and '2.7' with a point; write all decimals alike, and no marks of thousands",
    ),
    "thousands": (
        "n;G (uS)\n1;1,234,567\n2;2\n3;3\n",
        {},
        ", line 2: '1,234,567' with a comma; write all decimals alike, and no marks of thousands",
    ),
    "too many columns": (line(9, "7,1,2"), {}, ", line 9: 3 columns, but 2 in the last line"),
    "all NaN": ("pulse,G (uS)\n1,NaN\n2,NaN\n3,NaN\n", {}, ": holds no row with a pulse number and a value"),
    "flat": (
        table("pulse,G (uS)", range(20), [5] * 20),
        {},
        ", line 2: the conductance neither rises nor falls beyond its noise",
    ),
    "jumping pulse numbers": (
        table("pulse,G (uS)", [1, 2, 5, 3, 5, 6], [1, 2, 3, 4, 5, 6]),
        {},
        ", line 5: pulse number 3 after 5; sort the rows, or name cycles in a column 'cycle'",
    ),
    "unknown kind": (
        table("kind,n,G (uS)", ["LTP", "LTP", "off"], [1, 2, 3], [1, 2, 3]),
        {},
        ", line 4: 'off' is neither LTP (SET, +1) nor LTD (RESET, -1)",
    ),
    "wrong kind": (table("n,LTD (uS)", range(21), LTP), {}, ", line 2: named LTD, but the conductance rises"),
    "two points": (table("n,G (uS)", [1, 2], [1, 2]), {}, ", line 2: a branch of 2 points; 3 are the least"),
    "four points": (table("n,G (uS)", [1, 2, 3, 4], [1, 2, 3, 4]), {}, ": only 4 points; a fit needs at least 5"),
    "no such column": (STACKED, {"columns": {"pulse": "N"}}, ": columns: no pulse = 'N' among 'pulse', 'G (uS)'"),
    "no such role": (
        STACKED,
        {"columns": {"colour": "pulse"}},
        ": columns: no colour = 'pulse' among 'pulse', 'G (uS)'",
    ),
    "huge": (STACKED.replace("uS", "kS"), {}, ", line 3: conductance 2058 S is too large; is the unit right?"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_clear_line(tmp_path, name):
    content, options, message = BAD[name]
    path = tmp_path / "curve.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught:
        read_curves(path, **options)
    assert str(caught.value) == f"{path}{message}"


@pytest.mark.parametrize(
    ("paths", "options", "message"),
    [
        (["missing.csv"], {}, "missing.csv: cannot be read (No such file or directory); give the path of a text file"),
        (["."], {}, ".: cannot be read (Is a directory); give the path of a text file"),
        ([], {}, "no curve file given"),
        (["missing.csv"], {"V_read": "0.1 A"}, "V_read: '0.1 A' is not a quantity in volt; write it like '0.1 V'"),
        (
            ["missing.csv"],
            {"V_read": 0},
            "V_read = 0 V: a current can be divided by voltages other than 0 and below 1 kV",
        ),
    ],
)
def test_refused_before_reading(tmp_path, monkeypatch, paths, options, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as caught:
        read_curves(*paths, **options)
    assert str(caught.value) == message


def write(folder, name, content):
    (folder / name).write_text(content)
    return folder / name


@pytest.mark.parametrize(
    ("content", "devices", "cycles"),
    [
        (table("pulse,G (uS)", range(1, 121), CYCLE * 3), 1, 3),
        (table("pulse,G (uS)", [*range(1, 41)] * 3, CYCLE * 3), 1, 3),
        (table("pulse,G (uS)", [*range(1, 21)] * 6, CYCLE * 3), 1, 3),
        (table("cycle,pulse,G (uS)", np.repeat([7, 8], 40), [*range(1, 41)] * 2, CYCLE * 2), 1, 2),
        (table("device,pulse,G (uS)", ["A"] * 40 + ["B"] * 40, [*range(1, 41)] * 2, CYCLE * 2), 2, 1),
        (table("device,pulse,G (uS)", ["A", "B"] * 40, np.repeat(range(1, 41), 2), np.repeat(CYCLE, 2)), 2, 1),
        (table("pulse,device 1 (uS),device 2 (uS)", range(1, 41), CYCLE, CYCLE), 2, 1),
        (table("pulse,cycle 1 (uS),cycle 2 (uS)", range(1, 41), CYCLE, CYCLE), 1, 2),
        (table("pulse,G1 (uS),G2 (uS)", range(1, 41), CYCLE, CYCLE), 1, 2),
        (table("n,LTP dev1 (uS),LTD dev1 (uS),LTP dev2 (uS),LTD dev2 (uS)", range(1, 21), *[LTP[1:], LTD] * 2), 2, 1),
        (table("kind,pulse,G (uS)", (["LTP"] * 20 + ["LTD"] * 20) * 2, range(1, 81), CYCLE * 2), 1, 2),
        (
            table("kind,pulse,G (uS)", ["LTP", "LTD"] * 20, np.repeat(range(1, 21), 2), np.ravel([LTP[1:], LTD], "F")),
            1,
            1,
        ),
    ],
)
def test_cycles_and_devices(tmp_path, content, devices, cycles):
    curves = read_curves(write(tmp_path, "curve.csv", content))
    assert (curves.device.max() + 1, curves.cycle.max() + 1) == (devices, cycles)
    for device in range(devices):
        for cycle in range(cycles):
            for RESET, expected in ((False, LTP[1:]), (True, LTD)):
                own = (curves.device == device) & (curves.cycle == cycle) & (curves.RESET == RESET)
                assert curves.n[own].tolist() == list(range(1, 21))
                assert np.allclose(curves.G[own], 1e-6 * np.array(expected), rtol=1e-9, atol=0)


def test_two_files(tmp_path):
    up, down = (
        write(tmp_path, f"{name}.csv", table("n,G (uS)", range(1, 21), G))
        for name, G in (("up", LTP[1:]), ("down", LTD))
    )
    for paths in ((up, down), (down, up)):
        curves = read_curves(*paths)
        assert curves.notes == (f"{up} taken as LTP, {down} as LTD of the same device",)
        assert not curves.device.any() and len(curves) == 40 and len(curves.sources) == 2
    curves = read_curves(write(tmp_path, "a.csv", STACKED), write(tmp_path, "b.csv", STACKED))
    assert curves.device.max() == 1 and "each file taken as another device" in curves.notes


def test_repeated_reads_and_two_kinds_of_noise(tmp_path):
    curves = read_curves(write(tmp_path, "curve.csv", table("n,LTP (uS)", np.repeat(range(21), 3), np.repeat(LTP, 3))))
    assert curves.notes == ("pulse numbers occur more than once: taken as repeated reads",) and len(curves) == 63


@pytest.mark.parametrize("seed", range(5))
def test_a_noisy_saturated_turn(tmp_path, seed):
    """Where LTP is flat, its highest point says nothing about its last."""
    n, noise = np.arange(1, 101), np.random.default_rng(seed).normal(0, 0.02, 200)
    G = 1 + np.concatenate([1 - np.exp(-n / 12), np.exp(-n / 12)]) + noise
    curves = read_curves(write(tmp_path, "curve.csv", table("pulse,G (uS)", range(1, 201), G)))
    assert curves.RESET.sum() == 100 and curves.n.max() == 100


@pytest.mark.parametrize("rows", [20_000, pytest.param(1_000_000, marks=pytest.mark.heavy)])
def test_many_rows(tmp_path, rows):
    G = np.tile(np.concatenate([np.linspace(1, 10, 1000), np.linspace(10, 1, 1000)]), rows // 2000)
    G += np.random.default_rng(0).normal(0, 0.1, len(G))
    points = zip((np.arange(len(G)) % 1000 + 1).tolist(), G.tolist(), strict=True)
    text = "pulse,G (uS)\n" + "\n".join(f"{n},{value:.4f}" for n, value in points)
    curves = read_curves(write(tmp_path, "curve.csv", text))
    assert len(curves) == rows and curves.cycle.max() == rows // 2000 - 1 and curves.RESET.sum() == rows // 2
