from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"
    verbose_name = "Annotation"
    # The first page with results would wait for these for seconds.
    loaded_after_start = ("annotation.analysis.campaign_analysis",)

    def ready(self) -> None:
        from annotation.results.known_links import ANSWER_SOURCE
        from linking.evaluation.answers import register_answers

        register_answers(ANSWER_SOURCE)
