from django.apps import AppConfig


class LinkingConfig(AppConfig):
    name = "linking"
    verbose_name = "Linking"

    def ready(self) -> None:
        from linking.evaluation.links_kind import register_links

        register_links()
