"""A reader that knows nothing of pulsenet: it recomputes a run from its trace, after FORMAT.md alone.

Plain loops over frames, slots, lines and devices, in the order of FORMAT.md's section "Recomputing a run"; each file
here is one of its parts. It imports h5py, NumPy and the standard library, and nothing else; a test sees to that.
"""

from stranger.file import File
from stranger.network import Network

__all__ = ["File", "Network"]
