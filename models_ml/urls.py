from django.urls import include, path

from models_ml.views import evaluations, registry

urlpatterns = [
    path("models/", registry.model_list, name="models"),
    path("models/embed/", registry.start_embed, name="start-embed"),
    path("models/finetune/", registry.start_finetune, name="start-finetune"),
    path("models/similar/<int:record_pk>/", registry.similar_records, name="similar-records"),
    path("models/<slug:slug>/means/", registry.start_means, name="start-means"),
    path("models/<slug:slug>/map/", include("models_ml.maps.urls")),
    path("models/<slug:slug>/", registry.model_page, name="model"),
    path("evaluations/", evaluations.evaluation_list, name="evaluations"),
    path("evaluations/zero-shot/", evaluations.new_zero_shot, name="new-zero-shot"),
    path("evaluations/search/", evaluations.new_search, name="new-search"),
    path("evaluations/<int:pk>/", evaluations.evaluation_page, name="evaluation"),
    path("evaluations/<int:pk>/<slug:table>.<slug:form>", evaluations.evaluation_table, name="evaluation-table"),
]
