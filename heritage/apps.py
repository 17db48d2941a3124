from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate

from heritage.files.private import close_below


class HeritageConfig(AppConfig):
    name = "heritage"
    verbose_name = "Catalogue and accounts"

    def ready(self) -> None:
        # They hear of log-ins and links, and look at settings.
        from heritage.accounts import attempts  # noqa: F401
        from heritage.accounts.institution import checks, links  # noqa: F401

        post_migrate.connect(close_data, sender=self)


def close_data(**_: object) -> None:
    """What an older version left open to other users of the machine; new files are made closed."""
    close_below(settings.DATA_DIR)
