from django.urls import path

from linking.evaluation import views

urlpatterns = [path("evaluations/links/", views.new_links_evaluation, name="new-links-evaluation")]
