"""What an exporter hands on: the files of one instrument, and what its target cannot carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Instrument:
    """One questionnaire in the form that one target takes.

    Attributes
    ----------
    files : content by file name; the same questionnaire always gives the same bytes.
    not_carried : one plain sentence for each thing that the target has no place for.
    """

    files: Mapping[str, bytes]
    not_carried: tuple[str, ...] = ()
