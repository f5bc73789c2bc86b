"""PDF files by Typst: a template and data, never texts as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def typeset(template: Path, name: str, data: Mapping[str, Any]) -> bytes:
    """Return the PDF that a Typst `template` makes of `data`, which it reads as JSON from the input `name`.

    No font of the machine is used and no time is written: the same data give the same bytes.
    """
    import typst

    return bytes(
        typst.compile(
            template.read_bytes(),
            ignore_system_fonts=True,
            sys_inputs={name: json.dumps(data, ensure_ascii=False)},
            timestamp=0,
        )
    )
