"""The web process stays small: it starts in seconds and never loads what computes."""

import json
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
HEAVY = ("torch", "torchvision", "open_clip", "transformers", "sentence_transformers", "spacy", "sklearn", "timm")
HEAVY += ("altair", "vl_convert")
# Loads the application as gunicorn does, and every view and template tag that an address leads to.
PROGRAM = """
import json, sys, time
import heritage.wsgi
from django.urls import get_resolver
def visit(resolver):
    for entry in resolver.url_patterns:
        if hasattr(entry, "url_patterns"):
            visit(entry)
        else:
            entry.callback
visit(get_resolver())
# Of this program alone: ru_maxrss would begin with the memory of the process that started it.
[peak] = [int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps({
    "seconds": time.process_time(),  # of this process, whatever else the machine does
    "megabytes": peak / 1024,
    "modules": sorted({name.split(".")[0] for name in sys.modules}),
}))
"""


def test_web_process_loads_no_model_library_and_starts_soon() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=True
    )
    found = json.loads(ran.stdout)
    assert not set(HEAVY) & set(found["modules"])
    assert found["seconds"] < 3.0
    assert found["megabytes"] < 150
