"""Pages of records: by key where all are listed, by number where the best come first."""

from rest_framework.pagination import CursorPagination, PageNumberPagination


class RecordPagination(CursorPagination):
    """The last page costs what the first does, and a record that is added meanwhile moves none of them."""

    ordering = "pk"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    page_size_query_description = "Records a page, 50 without, at most 200."


class FoundPagination(PageNumberPagination):
    """Of what is found only the best thousand are counted, so a number is enough."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    page_size_query_description = "Records a page, 50 without, at most 200."
