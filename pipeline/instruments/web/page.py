"""The HTML file: template, style, script and content in one, under a policy that lets nothing in or out."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
SCRIPTS = ("conditions", "store", "checks", "elements", "fields", "grids", "pages", "walk")


def page_html(content: Mapping[str, Any]) -> str:
    """Return the page that shows `content`, as `page_content` returns it.

    The same content always gives the same page. Style and script are allowed by their hash and by nothing
    else; texts stand in the page as JSON that cannot end its element, and are shown as text.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    script = _script()
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("page.html.jinja").render(
        content=content,
        language=content["languages"][0],
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        data=Markup(json_in_html(content)),
    )


def _script() -> str:
    """Return all script files as one function, so that none of their names is seen outside."""
    parts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"


def json_in_html(content: Mapping[str, Any]) -> str:
    """Return JSON without a character that could end a script element or start a comment in it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _policy(style: str, script: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {_hash(script)}",
            f"style-src {_hash(style)}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
