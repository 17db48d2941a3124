"""Settings of the tests: a DATA_DIR of their own, and a server that may forget."""

import os
import tempfile

# The first process of a test run makes the folder; its xdist workers find it in their environment. A DATA_DIR
# of the developer's own is never touched.
CREATED_HERE = "HERITAGE_TEST_DATA_DIR" not in os.environ
if CREATED_HERE:
    os.environ["HERITAGE_TEST_DATA_DIR"] = tempfile.mkdtemp(prefix="heritage-tests-")
os.environ["DATA_DIR"] = os.environ["HERITAGE_TEST_DATA_DIR"]
os.environ.setdefault("OMP_NUM_THREADS", "1")

from heritage.settings import *  # noqa: E402, F403
from heritage.settings import DATABASES, STATIC_ROOT  # noqa: E402

# Connections of worker threads must not keep a test database from being dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0
if "EMBEDDED_UNDER" in DATABASES["default"]:
    DATABASES["default"] |= {
        # A test run's data need not survive a power cut.
        "EMBEDDED_SETTINGS": {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"},
        "EMBEDDED_LINGER": 0.0,
    }

SECRET_KEY = "tests only"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT.mkdir(exist_ok=True)
AXES_ENABLED = False  # who logs in without a request, as tests do, has no network address to count by
