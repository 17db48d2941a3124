"""Pages of the site that are made from the code: commands, settings and the REST interface. A hook of MkDocs."""

import os
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

CHECKOUT = Path(__file__).resolve().parents[1]
OURS = ("heritage", "models_ml", "linking", "annotation")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heritage.settings")
    os.environ["COLUMNS"] = "100"  # of the manuals
    sys.path.insert(0, str(CHECKOUT))
    import_module("django").setup()
    for name, made in {"commands": commands_page(), "settings": settings_page(), "rest": rest_page()}.items():
        files.append(File.generated(config, f"reference/{name}.md", content=made))
    return files


def commands_page() -> str:
    """Every command's manual, by name."""
    from django.core.management import get_commands, load_command_class

    parts = ["# Commands", "Each is `python manage.py COMMAND`; `--json` has what it did as one JSON document."]
    for name, app in sorted(get_commands().items()):
        if app in OURS:
            parser = load_command_class(app, name).create_parser("manage.py", name)
            # What a command says of itself is written as Markdown is: paragraphs, and examples that stand further in.
            said, parser.description = parser.description or "", None
            parts += [f"## {name}", as_markdown(said), f"```text\n{parser.format_help().strip()}\n```"]
    return "\n\n".join(parts)


def as_markdown(said: str) -> str:
    """What looks like a tag outside of examples stays text."""
    lines = (line if line.startswith("    ") else line.replace("<", "&lt;") for line in said.splitlines())
    return "\n".join(lines)


def settings_page() -> str:
    """The variables of .env.example with what stands above them."""
    parts = [
        "# Settings",
        "Variables of the environment, or of a file `.env`, as .env.example has them.",
    ]
    said: list[str] = []
    for line in (CHECKOUT / ".env.example").read_text().splitlines():
        if heading := re.fullmatch(r"# --- (.*) ---", line):
            parts.append(f"## {heading[1]}")
        elif variable := re.fullmatch(r"#?([A-Z][A-Z0-9_]+)=(.*)", line):
            parts.append(f"**`{variable[1]}={variable[2]}`**  \n{' '.join(said)}".strip())
            said = []
            continue
        elif line.startswith("# "):
            said.append(line.removeprefix("# "))
            continue
        said = []
    return "\n\n".join(parts)


def rest_page() -> str:
    """Addresses, methods and parameters of the OpenAPI description."""
    from drf_spectacular.generators import SchemaGenerator

    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    parts = ["# REST", "Read from the OpenAPI description, which a server gives at `/api/schema/`."]
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            parts.append(f"## {method.upper()} {address}")
            parts.append(str(operation.get("description") or operation.get("summary") or "").strip())
            rows = [
                f"| `{each['name']}` | {each['in']} | {' '.join(str(each.get('description', '')).split())} |"
                for each in operation.get("parameters", [])
            ]
            if rows:
                parts.append("\n".join(["| parameter | in | |", "|---|---|---|", *rows]))
            parts.append(f"Answers {', '.join(operation['responses'])}.")
    return "\n\n".join(part for part in parts if part)
