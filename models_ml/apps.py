from typing import Any, ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _after_migrate(sender: AppConfig, **kwargs: Any) -> None:
    from models_ml.registry import ensure_bundled_model

    ensure_bundled_model()


class ModelsMlConfig(AppConfig):
    name = "models_ml"
    verbose_name = "Models"
    measures: ClassVar = ("models_ml.encoding.measures.encoder",)
    served_commands: ClassVar = {"encoder": "pages search by words alone"}

    def ready(self) -> None:
        from heritage.reconciliation.meaning import register_meaning
        from models_ml.evaluation.own_kinds import register_own_kinds

        register_own_kinds()
        register_meaning("models_ml.search.finding.names_like")
        post_migrate.connect(_after_migrate, sender=self)
