"""The content of a device file: what a device is, how it is programmed, how it varies, and how sure each number is."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Union

from pydantic import (
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from pulsenet.describe.sections import Programming, Section
from pulsenet.describe.variation import Variation
from pulsenet.errors import ConfigError
from pulsenet.seams.laws import LAWS
from pulsenet.text.complaints import one_line

#: How sure a number is, the surest first.
STATUSES = ("measured", "fitted", "derived", "illustrative")
#: Sections that hold the device's numbers: those that a run takes over.
SECTIONS = ("device", "programming", "variation")


class DeviceFile(Section):
    """Which device file a run's device came from; empty if the run described its device itself.

    Parameters
    ----------
    name : str
        As the run file gave it: a bundled device, or a path.
    sha256 : str
        Of the file.
    overridden : list of str
        Dotted keys whose values the run file gave itself, so that they need not be the device file's.
    replaced : list of str
        What the device file gives for them, in SI units.
    """

    name: str = ""
    sha256: str = ""
    overridden: list[str] = []
    replaced: list[str] = []


class About(Section):
    """What the device is.

    Parameters
    ----------
    title, summary : str
    status : str
        How sure the device as a whole is: ``"measured"`` (its numbers were read off a measurement), ``"fitted"`` (a law
        was fitted to one), ``"derived"`` (computed from other published numbers), ``"illustrative"`` (chosen, or not
        verified).
    notes : list of str
        What to know before it is used.
    """

    title: str = ""
    summary: str = ""
    status: Literal[STATUSES] = "illustrative"
    notes: list[str] = []


class Reference(Section):
    """A publication or a program: what it is, and its DOI, where that is known for certain."""

    text: str
    doi: str | None = None

    @field_validator("doi")
    @classmethod
    def _check_doi(cls, doi):
        if doi is not None and not re.fullmatch(r"10\.\d{4,9}/\S+", doi):
            raise ValueError(f"{doi!r} is no DOI; write it like '10.1007/s00521-018-3659-y'")
        return doi


class Source(Section):
    """Where the numbers come from.

    Parameters
    ----------
    references : list of Reference
    files : list of dict
        Measured files behind a fit: name and sha256.
    curve_sha256 : str
        Of the curve.csv beside a fitted device.
    versions : dict of str to str
        Programs that a fit was made with.
    """

    references: list[Reference] = []
    files: list[dict[str, str]] = []
    curve_sha256: str | None = None
    versions: dict[str, str] = {}


class Published(Section):
    """What others report of the device: facts to compare with, which nothing here is computed from.

    Parameters
    ----------
    accuracy : float
        Of a benchmark, from 0 to 1.
    benchmark : str
        Which network, data and method, and what an ideal device reaches there.
    label_SET, label_RESET : float
        NeuroSim's nonlinearity labels, signed as in its tables.
    facts : list of str
    """

    accuracy: float | None = Field(default=None, ge=0, le=1)
    benchmark: str = ""
    label_SET: float | None = None
    label_RESET: float | None = None
    facts: list[str] = []


class Model(Section):
    """The content of a device file.

    Parameters
    ----------
    device : ResponseLaw
    programming : Programming
    variation : Variation
    about : About
    certainty : dict of section to dict of key to str
        Of each number given: ``"fitted: why"``, with one of the words of `About.status`.
    source : Source
    published : Published
    fit, spread : dict
        What `pulsenet fit` found, if it wrote the file.

    Examples
    --------
    >>> device = {"law": "linear", "G_min": "0 S", "G_max": "1 uS", "pulses_SET": 9, "pulses_RESET": 9}
    >>> model = Model.check({"device": device}, "mine")
    >>> model.device.G_max, model.about.status
    (1e-06, 'illustrative')
    """

    device: Annotated[Union[LAWS], Field(discriminator="law")]
    programming: Programming = Programming()
    variation: Variation = Variation()
    about: About = About()
    certainty: dict[Literal[SECTIONS], dict[str, str]] = {}
    source: Source = Source()
    published: Published = Published()
    fit: dict[str, Any] = {}
    spread: dict[str, Any] = {}
    _file: DeviceFile = PrivateAttr(default=DeviceFile())

    @property
    def file(self) -> DeviceFile:
        """Name and SHA-256 of the file that the model was read from."""
        return self._file

    @model_validator(mode="after")
    def _check_certainty(self):
        for section, given in self.certainty.items():
            for key, text in given.items():
                name = f"certainty.{section}.{key}"
                if key not in getattr(self, section).model_fields_set:
                    raise ValueError(f"{name}: [{section}] does not give {key}; leave it out")
                if text.partition(":")[0] not in STATUSES:
                    allowed = ", ".join(STATUSES)
                    raise ValueError(f"{name} = {text!r}: write it as 'fitted: why', with one of {allowed}")
        return self

    def numbers(self) -> dict[tuple[str, str], Any]:
        """Every value that the file gives about device, programming and variation, by section and key."""
        return {
            (section, key): getattr(getattr(self, section), key)
            for section in SECTIONS
            for key in type(getattr(self, section)).model_fields
            if key in getattr(self, section).model_fields_set and key != "law"
        }

    @classmethod
    def check(cls, content: dict[str, Any], name: str) -> Model:
        """A model from nested dictionaries; ``name`` is where they came from, for the message of a `ConfigError`."""
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise ConfigError(f"{name}: {one_line(error, cls)}") from None
