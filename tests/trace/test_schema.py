"""Every dataset is in the schema and in FORMAT.md."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
from example_run import COUNTS, ExampleRun

from pulsenet.trace import schema


def test_every_dataset_is_in_the_schema_and_says_what_it_is(tmp_path):
    """Plain h5py finds units, a long name and a dimension scale for every axis; and all that the schema asks for."""
    path = ExampleRun().write(tmp_path / "run")
    patterns = [
        (field, [part if part[0] != "<" else None for part in field.path.split("/")]) for field in schema.FIELDS
    ]
    seen = set()

    def check(name: str, item) -> None:
        if not isinstance(item, h5py.Dataset):
            return
        parts = name.split("/")
        fits = [
            f
            for f, p in patterns
            if len(p) == len(parts) and all(a in (None, b) for a, b in zip(p, parts, strict=True))
        ]
        field = fits[0]
        seen.add(field.path)
        assert item.attrs["units"] == field.units or field.units == "<unit>"
        assert item.attrs["units"] and item.attrs["long_name"]
        assert h5py.check_string_dtype(item.dtype) if field.dtype == "text" else item.dtype == field.stored_dtype, name
        assert item.ndim == len(field.axes)
        assert item.is_scale == field.is_scale
        for axis, dimension in zip(field.axes, [] if item.is_scale else item.dims, strict=item.is_scale is False):
            assert (
                len(dimension) == 1
                and dimension[0].name.endswith("/" + axis)
                and dimension[0].shape == item.shape[:0] + (item.shape[field.axes.index(axis)],)
            )

    with h5py.File(path) as file:
        assert (file.attrs["format"], tuple(file.attrs["format_version"]), file.attrs["complete"]) == (
            schema.FORMAT,
            schema.VERSION,
            1,
        )
        file.visititems(check)
        assert json.loads(file["provenance/configuration"].asstr()[()])["name"] == "µ"
    optional = {"frames/backward_pulses"}
    assert seen == {field.path for field in schema.FIELDS} - optional and len(COUNTS) == 4


def test_format_md_lists_every_dataset():
    text = (Path(schema.__file__).parent / "FORMAT.md").read_text()
    for field in schema.FIELDS:
        shape = ", ".join(field.axes) or "scalar"
        need = "MUST" if field.required else "MAY"
        row = [f"`/{field.path}`", field.dtype, field.units, shape, field.storage, need, field.long_name]
        assert f"| {' | '.join(row)} |" in text
    for number in (schema.CHUNK_ROWS, schema.PACK_FROM_ROWS, schema.FORMAT):
        assert str(number) in text
