from django.urls import path

from models_ml import views

urlpatterns = [
    path("", views.model_list, name="models"),
    path("embed/", views.start_embed, name="start-embed"),
    path("finetune/", views.start_finetune, name="start-finetune"),
    path("similar/<int:record_pk>/", views.similar_records, name="similar-records"),
    path("<slug:slug>/", views.model_page, name="model"),
]
