from django.apps import AppConfig


class HeritageConfig(AppConfig):
    name = "heritage"
    verbose_name = "Catalogue and accounts"

    def ready(self) -> None:
        from heritage.accounts import attempts  # noqa: F401 - hears of log-ins
