"""The device catalogue: bundled devices, and devices of one's own, by name or path.

A device is a file ``device.toml`` in a folder of its own. The bundled ones lie in the repository's ``models/`` and are
installed as ``pulsenet.models``; `pulsenet fit` writes the same format.
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pulsenet.describe.device_file import SECTIONS, DeviceFile, Model
from pulsenet.errors import ConfigError

FILE = "device.toml"


def list_models() -> list[str]:
    """Names of the bundled devices, sorted.

    Examples
    --------
    >>> "epiram" in list_models()
    True
    """
    return sorted(folder.name for folder in files("pulsenet.models").iterdir() if (folder / FILE).is_file())


def load_model(device: str | Path, folder: str | Path = ".") -> Model:
    """Read a device file.

    Parameters
    ----------
    device : str or path
        Name of a bundled device; else the path of a device.toml, or of the folder that holds one. Where a folder
        has the name of a bundled device, ``"epiram"`` is the device and ``"./epiram"`` the folder.
    folder : path
        Where a relative path starts.

    Raises
    ------
    ConfigError
        If there is no such device, or its file has a wrong key, unit or value: one line that names it.

    Examples
    --------
    >>> epiram = load_model("epiram")
    >>> epiram.device.pulses_SET, epiram.about.status
    (64.0, 'fitted')
    """
    name = (
        str(device)
        if isinstance(device, str)
        else f"./{device.as_posix()}"
        if not device.is_absolute()
        else str(device)
    )
    bundled = list_models()
    if name in bundled:
        data = (files("pulsenet.models") / name / FILE).read_bytes()
    else:
        data = _read(name, Path(folder), bundled)
    try:
        content = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}: is not TOML ({error})") from None
    model = Model.check(content, name)
    model._file = DeviceFile(name=name, sha256=hashlib.sha256(data).hexdigest())
    return model


def _read(name: str, folder: Path, bundled: list[str]) -> bytes:
    """The bytes of a device file that is not bundled."""
    path = folder / name
    path = path / FILE if path.is_dir() else path
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        if "/" in name or name.endswith(".toml"):
            why = getattr(error, "strerror", None) or error
            raise ConfigError(
                f"{path}: cannot be read ({why}); give a device.toml or the folder that holds one"
            ) from None
        close = difflib.get_close_matches(name, bundled, n=3, cutoff=0.5)
        meant = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
        raise ConfigError(
            f"no device {name!r}; {meant}`pulsenet models list` names all; a device of your own is given by its path"
        ) from None


def expand(content: dict[str, Any], folder: str | Path = ".") -> dict[str, Any]:
    """A run's content in which ``[device] model = "name"`` is replaced by what the device file says.

    [device], [programming] and [variation] come from the device file, but for the values that the run's content gives
    beside it in these sections. The new section ``device_file`` names the file, and those values.

    Parameters
    ----------
    content : nested dict
        Of a run; without ``device.model`` it is returned as it is.
    folder : path
        Where a relative path of a device starts.

    Raises
    ------
    ConfigError
        If there is no such device, or ``device.law`` beside the model is another law.

    Examples
    --------
    >>> expand({"device": {"model": "epiram", "G_max": "20 uS"}})["device_file"]["overridden"]
    ['device.G_max']
    """
    device = content.get("device")
    if not isinstance(device, dict) or "model" not in device:
        return content
    if not isinstance(device["model"], str):
        raise ConfigError(f"device.model = {device['model']!r}: must be the name or the path of a device, in quotes")
    try:
        model = load_model(device["model"], folder)
    except ConfigError as error:
        raise ConfigError(f"device.model: {error}") from None
    law = model.device.law
    if device.get("law", law) != law:
        raise ConfigError(
            f"device.law = {device['law']!r}: device.model = {device['model']!r} is {law}; leave one of the two out"
        )
    content, overridden, replaced = dict(content), [], []
    for section in SECTIONS:
        given = content.get(section, {})
        if not isinstance(given, dict):  # wrong, and told when the run is checked
            continue
        given = {
            key: value for key, value in given.items() if (section, key) not in (("device", "model"), ("device", "law"))
        }
        overridden += [f"{section}.{key}" for key in given]
        replaced += [_plain(getattr(getattr(model, section), key, None)) for key in given]
        content[section] = getattr(model, section).model_dump(exclude_unset=True) | given
    content["device_file"] = model.file.model_dump() | {"overridden": overridden, "replaced": replaced}
    return content


def _plain(value: Any) -> str:
    """A value as people read it, in SI units."""
    return "nothing" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def overrides_of(run: Any) -> str:
    """One line: which values of its device file a run replaces, from what to what in SI units; empty if none.

    Parameters
    ----------
    run : Run
    """
    file = run.device_file
    changes = []
    for key, old in zip(file.overridden, file.replaced, strict=True):
        section, _, name = key.partition(".")
        changes.append(f"{key} from {old} to {_plain(getattr(getattr(run, section), name))}")
    return f"instead of device {file.name}'s own values (SI units): {', '.join(changes)}" if changes else ""
