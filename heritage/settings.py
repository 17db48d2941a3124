"""The one settings module. What differs between places comes from the environment.

Every variable has a default that works on a laptop; `.env.example` lists them all, and a test says so.
Nothing here opens a connection or starts a process.
"""

from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import lazy
from environs import Env, validate

from heritage import __version__
from heritage.consent_texts import consent_texts
from heritage.database.address import database_settings
from heritage.secret_key import kept_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
_SHIPPED = BASE_DIR / "heritage" / "shipped"
# Templates, static files and translations lie beside the packages in a checkout, and in one of them in a wheel.
SHIPPED_DIR = _SHIPPED if _SHIPPED.is_dir() else BASE_DIR
# Where `.env` and `data` are: the checkout; of an installed wheel, the folder that a command is started in.
HOME_DIR = Path.cwd() if _SHIPPED.is_dir() else BASE_DIR

env = Env()
env.read_env(HOME_DIR / ".env", recurse=False)

# --- Where things are kept -------------------------------------------------------------------

DATA_DIR = env.path("DATA_DIR", HOME_DIR / "data").expanduser().resolve()
IMAGES_DIR = DATA_DIR / "images"
MODELS_DIR = DATA_DIR / "models"

# --- Database --------------------------------------------------------------------------------

# Without an address a server of our own, under DATA_DIR, starts at the first connection.
DATABASES = {"default": database_settings(env.str("DATABASE_URL", ""), data_dir=DATA_DIR)}

# What takes long to work out and can be worked out again. In files, so that web processes and worker share it.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": DATA_DIR / "cache"}}

# --- Security --------------------------------------------------------------------------------

# Made at its first use, not here, and kept under DATA_DIR.
SECRET_KEY = env.str("SECRET_KEY", "") or lazy(kept_secret_key, str)(DATA_DIR)
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
# Set where a proxy ends TLS and says so in X-Forwarded-Proto: cookies then travel over HTTPS only.
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", False)
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    # Asked by a container's or proxy's own check, without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
    SECURE_HSTS_SECONDS = 31_536_000
# Whether other names below this one are served over HTTPS, and may be preloaded, is for whoever owns them to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# Anybody searches and looks at collections, records and pictures without an account. Campaigns, pairs and what experts
# say of them stay closed. An annotator's account is kept from the catalogue as before, but who logs out can search it:
# leave this off while people label whose blindness has to be certain.
PUBLIC_CATALOGUE = env.bool("PUBLIC_CATALOGUE", False)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SAMESITE = "Lax"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- The application -------------------------------------------------------------------------

# What a public catalogue gives to pages of other sites: viewers of manifests, OpenRefine. Without cookies, whoever is
# logged in here; nothing else of the site has these headers.
CORS_ALLOW_ALL_ORIGINS = PUBLIC_CATALOGUE
CORS_URLS_REGEX = (
    r"^/(images/|api/(collections|records|search|schema)/|records/[0-9/a-z]+/(manifest|linked-art)\.json$|reconcile\b)"
)
CORS_ALLOW_METHODS = ("GET", "HEAD", "OPTIONS")

INSTALLED_APPS = [
    "annotation",
    "linking",
    "models_ml",
    "heritage",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "corsheaders",
    "django_htmx",
    "drf_spectacular",
    "procrastinate.contrib.django",
    "rest_framework",
    "rest_framework.authtoken",  # whose table was there before tokens were hashed: older backups have it
]

MIDDLEWARE = [
    "heritage.logs.request_ids.RequestIdMiddleware",
    "heritage.metrics.durations.DurationsMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "heritage.pages.content_security.ContentSecurityMiddleware",
    "heritage.pages.private_pages.PrivatePagesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "heritage.pages.readable_requests.ReadableRequestsMiddleware",
    "heritage.audit.actions.DownloadsMiddleware",
    "heritage.accounts.sessions.IdleSessionMiddleware",
    "heritage.accounts.passwords.PasswordChangeMiddleware",
    "heritage.accounts.requirement.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "heritage.urls"
WSGI_APPLICATION = "heritage.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [SHIPPED_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "annotation.access.roles",
            ],
        },
    }
]

AUTH_USER_MODEL = "heritage.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "heritage.accounts.password_login.PasswordsRefusedBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# After so many wrong passwords for a name from one address, that address waits before it tries the name again. Counted
# in the database, for all web processes together; nobody elsewhere is shut out.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "heritage.throttling.network_address"
AXES_LOCKOUT_CALLABLE = "heritage.accounts.attempts.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# Of django-allauth the steps of a log-in are used and what checks a second factor, not its pages: see docs/adr/0030.
# Tries are counted by `heritage.throttling`, and `heritage.accounts.confirmation` asks again who somebody is.
ACCOUNT_ADAPTER = "heritage.accounts.log_in.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MFA_ADAPTER = "heritage.accounts.log_in.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # a code typed as it changes is still good
MFA_REAUTHENTICATION_REQUIRED = False
MFA_ALLOW_UNVERIFIED_EMAIL = True
# The institution that people log in by, over OpenID Connect, whose server is at this address; none where it is empty.
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", "")
OIDC_NAME = env.str("OIDC_NAME", "your institution")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", "")
# Whose members become project leads, and where the institution says so.
OIDC_LEAD_GROUP = env.str("OIDC_LEAD_GROUP", "")
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", "groups")
SOCIALACCOUNT_ADAPTER = "heritage.accounts.institution.links.InstitutionAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
# Where mail goes out; empty: none is sent, and nobody can have a forgotten password replaced by themselves.
EMAIL_HOST = env.str("EMAIL_HOST", "")
EMAIL_PORT = env.int("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", True)
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "heritage-weaver@localhost")
EMAIL_TIMEOUT = 20
PASSWORD_RESET_TIMEOUT = 3600
# Whether passwords let in others than administrators.
PASSWORD_LOGIN = env.bool("PASSWORD_LOGIN", True)
# Who has to have a second factor: nobody, or leads and administrators.
REQUIRE_SECOND_FACTOR = env.str("REQUIRE_SECOND_FACTOR", "none", validate=validate.OneOf(("none", "leads")))
# How many days the audit log keeps who did what.
AUDIT_DAYS = env.int("AUDIT_DAYS", 365)
# A log-in ends after so long without a request, 0 for never; one that is used ends after two weeks.
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", 720)
# How long a token of the API is valid, from when it is made.
API_TOKEN_DAYS = env.int("API_TOKEN_DAYS", 365)
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Pages of annotators are in their language, all others in this one; see `heritage.pages.languages`. Another language is
# a folder under `locale` and a line here.
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch"), ("fr", "Français")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [SHIPPED_DIR / "locale"]
FORMAT_MODULE_PATH = "heritage.formats"
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [SHIPPED_DIR / "static"]
STORAGES = {
    # Names that carry a hash of the content, so that browsers may keep them for ever.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "heritage.serving.static_files.HashedFilesStorage"
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "heritage.accounts.tokens.HashedTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "heritage.pages.readable_requests.BoundedJSONParser",
        "rest_framework.parsers.FormParser",
    ],
    # Whose requests are counted: the proxy's last entry in X-Forwarded-For, or else whoever connects.
    "NUM_PROXIES": 1 if BEHIND_TLS_PROXY else 0,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Heritage Weaver",
    "DESCRIPTION": (
        "Read the catalogue, as a lead or where it is public; label pairs of records, of which a caller sees own ones "
        "only, and nothing of the models that found them."
    ),
    "VERSION": "1",
    # Anybody may know how to ask; what is answered is another matter.
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "heritage.publishing.schema.say_who_may_ask",
    ],
}

# --- Images ----------------------------------------------------------------------------------

IMAGE_MAX_BYTES = env.int("IMAGE_MAX_BYTES", 64 * 1024 * 1024)
IMAGE_MAX_PIXELS = env.int("IMAGE_MAX_PIXELS", 150_000_000)
FETCH_TIMEOUT_SECONDS = env.float("FETCH_TIMEOUT_SECONDS", 20.0)
FETCH_PAUSE_SECONDS = env.float("FETCH_PAUSE_SECONDS", 0.5)
# Museums like to know who asks: add an address at which you can be reached.
FETCH_USER_AGENT = env.str("FETCH_USER_AGENT", f"HeritageWeaver/{__version__} (links museum collections)")
# Asked of a museum's IIIF service, which gives any size: the longer side in pixels.
IIIF_LONGEST_SIDE = env.int("IIIF_LONGEST_SIDE", 4000)
# Pictures are never fetched from private networks, and from this machine only where this says so.
FETCH_ALLOW_LOOPBACK = env.bool("FETCH_ALLOW_LOOPBACK", False)
# Largest file, of records or of zipped pictures, that is uploaded in the browser; `import_records` takes larger ones.
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 1024 * 1024 * 1024)
# Of a request as a whole: by a lead, who uploads files, and by everybody else; visitors search with pictures.
UPLOAD_REQUEST_MAX_BYTES = UPLOAD_MAX_BYTES + 1024 * 1024
REQUEST_MAX_BYTES = (16 if PUBLIC_CATALOGUE else 3) * 1024 * 1024
# A folder of pictures comes as so many files at once.
DATA_UPLOAD_MAX_NUMBER_FILES = 5000

# --- Pairs -----------------------------------------------------------------------------------

# For vectors and similarities at work while pairs are sampled, whatever the collections' size.
SAMPLING_MEMORY_MB = env.int("SAMPLING_MEMORY_MB", 512)

# --- Chat model ------------------------------------------------------------------------------

# Evaluated beside the embedding models where asked for; any endpoint of OpenAI's kind.
CHAT_MODEL = env.str("CHAT_MODEL", "")
CHAT_BASE_URL = env.str("CHAT_BASE_URL", "https://api.openai.com/v1")
CHAT_API_KEY = env.str("CHAT_API_KEY", "")
CHAT_OPTIONS = env.json("CHAT_OPTIONS", {"temperature": 0})

# --- Consent ---------------------------------------------------------------------------------

# What people agree to before they join by an invitation; in a file, it may be there in other languages too.
CONSENT_TEXTS = consent_texts(env.str("CONSENT_TEXT", ""), env.str("CONSENT_FILE", ""))

# --- Metrics ---------------------------------------------------------------------------------

# Whoever sends it reads /metrics; without one there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
if METRICS_TOKEN and len(METRICS_TOKEN) < 16:
    raise ImproperlyConfigured("METRICS_TOKEN is too short: set it to 16 random characters or more.")

# --- Logging ---------------------------------------------------------------------------------

# `line` for people, `json` for what collects lines; what either holds of people is said in the administrators' guide.
LOG_FORMAT = env.str("LOG_FORMAT", "line")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}: set it to line or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        # A failed job's reason is on its page, and heritage.jobs logs what nobody foresaw.
        "no_job_errors": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(record, "action", "") != "job_error",
        },
        "request_lines": {"()": "heritage.logs.request_lines.RequestLines"},
    },
    "formatters": {"line": {"()": "heritage.logs.formats.formatter_of", "kind": LOG_FORMAT}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_job_errors", "request_lines"]}
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "WARNING").upper()},
    "loggers": {
        "heritage": {"level": "INFO"},
        # waitress warns of each request that waits for a thread.
        "waitress.queue": {"level": "ERROR"},
        # Each try is a line of heritage.accounts.
        "axes": {"level": "ERROR"},
    },
}
