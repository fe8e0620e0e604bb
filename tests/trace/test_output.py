"""The file that HDF5 writes to behaves as one, also when the disk does not."""

from __future__ import annotations

import errno
import os
import tempfile

import pytest
from faults import Failing
from hypothesis import given, settings
from hypothesis import strategies as st

from pulsenet.trace.output import OutputFile

steps = st.lists(st.tuples(st.integers(0, 40), st.binary(min_size=1, max_size=20)), min_size=1, max_size=12)


@settings(max_examples=50, deadline=None)
@given(writes=steps, fails=st.integers(1, 14), look=st.integers(0, 40))
def test_reads_what_was_written_whether_it_reached_the_disk_or_not(writes, fails, look):
    expected = bytearray(80)
    with tempfile.TemporaryFile() as file, pytest.MonkeyPatch.context() as patch:
        output = OutputFile(file.fileno())
        failing = Failing(patch, "write", fails, errno.ENOSPC)
        for offset, data in writes:
            output.seek(offset)
            assert output.write(data) == len(data)
            expected[offset : offset + len(data)] = data
            assert output.tell() == offset + len(data)
        found = bytearray(b"\xff" * 30)
        output.seek(look)
        assert output.readinto(found) == 30 and found == expected[look : look + 30]
        assert output.seek(0, os.SEEK_END) == max(offset + len(data) for offset, data in writes)
        if failing.reached:
            with pytest.raises(OSError, match="No space left"):
                output.check()
        else:
            output.check()
            assert os.pread(file.fileno(), 80, 0).ljust(80, b"\0") == expected
