from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"
    verbose_name = "Annotation"
    measures = ("annotation.answers.measures.answers_stored",)
    # The first page with results would wait for these for seconds.
    loaded_after_start = ("annotation.analysis.campaign_analysis",)

    def ready(self) -> None:
        from annotation.results.answered_links import campaign_link_answers
        from annotation.results.known_links import ANSWER_SOURCE
        from annotation.visibility import pairs_kept_from
        from linking.evaluation.answers import register_answers
        from linking.kept_pairs import register_kept_pairs
        from models_ml.finetuning.link_answers import register_link_answers
        from models_ml.search.linked import register_linked_records

        register_answers(ANSWER_SOURCE)
        register_kept_pairs(pairs_kept_from)
        register_link_answers(campaign_link_answers)
        register_linked_records("annotation.links.queries.linked_records")
