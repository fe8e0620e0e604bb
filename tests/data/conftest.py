"""No test finds or downloads data by accident."""

import pooch
import pytest


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """No data folder in the environment, an empty cache, and no network; gives the cache folder."""

    def no_network(url, *args, **kwargs):
        raise OSError(f"no network:\n{url}")

    cache = tmp_path / "cache"
    monkeypatch.delenv("PULSENET_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(cache / name))
    monkeypatch.setattr(pooch, "retrieve", no_network)
    return cache / "pulsenet" / "mnist"
