"""The page around the data: template, style, script, and the policy that lets nothing else run.

The policy names style and script by their hashes, allows no connection at all, and with Trusted Types forbids the
script to parse any text as markup. Source: Content Security Policy Level 3 and Trusted Types, W3C.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kvaudit.report.escape import escape

_SCRIPTS = ("dom", "data", "picture", "pages", "findings", "access", "matrix", "main")
_FILES = importlib.resources.files("kvaudit.report.html") / "assets"


def render(summary: dict[str, Any], data: dict[str, Any]) -> str:
    """The page of a report."""
    style = _asset("report.css")
    script = '"use strict";\n' + "".join(_asset(f"{name}.js") for name in _SCRIPTS)
    environment = Environment(
        loader=PackageLoader("kvaudit.report.html", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html.j2").render(
        summary,
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 -- our own files
        script=Markup(script),  # noqa: S704
        data=Markup(embedded(data)),  # noqa: S704 -- has no sign left that could end the element
    )


def embedded(data: Any) -> str:
    """JSON that can stand in a script element: in its strings, nothing is left that HTML looks for."""
    text = msgspec.json.encode(data).decode()
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _policy(style: str, script: str) -> str:
    parts = (
        "default-src 'none'",
        f"style-src '{_hash(style)}'",
        f"script-src '{_hash(script)}'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
    return "; ".join(parts)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _asset(name: str) -> str:
    return (_FILES / name).read_text(encoding="utf-8")


def _shown(value: Any) -> Any:
    """Names of strangers with all that is invisible spelled out; autoescape then takes their markup from them."""
    return escape(value) if isinstance(value, str) and not isinstance(value, Markup) else value
