"""Addresses of a campaign's result, below the campaign's own. For leads only."""

from django.urls import path

from .views import charts as chart_views
from .views import dashboard, downloads, sections
from .views import report as report_views

urlpatterns = [
    path("", dashboard.campaign, name="campaign"),
    path("open/", dashboard.open_sealed, name="campaign-open"),
    path("stop-labelling/", dashboard.stop_labelling_here, name="campaign-stop-labelling"),
    path("analysis/", dashboard.full_analysis, name="campaign-analysis"),
    path("results/<slug:section>/", sections.section, name="campaign-section"),
    path("tables/<slug:table>.csv", downloads.table_csv, name="campaign-table"),
    path("charts/<slug:chart>.<slug:form>", chart_views.chart_file, name="campaign-chart"),
    path("report/", report_views.report_page, name="campaign-report"),
    path("report/<str:name>", report_views.report_file, name="campaign-report-file"),
    path("annotations.csv", downloads.annotations_csv, name="export-annotations"),
    path("regressions.csv", downloads.regressions_csv, name="campaign-regressions"),
    path("labels.csv", downloads.labels_csv, name="campaign-label-counts"),
]
