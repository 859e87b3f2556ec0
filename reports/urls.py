"""Addresses under /admin/reports/."""

from django.urls import path, register_converter

from reports import adding, export_pages, pages, pattern_pages, request_pages, taking_back


class FileKind:
    regex = "csv|xlsx"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(FileKind, "file_kind")

app_name = "reports"
urlpatterns = [
    path("loyalty/", pages.loyalty, name="loyalty"),
    path("loyalty/figures/", pages.loyalty_figures, name="figures"),
    path("loyalty/export.<file_kind:kind>", export_pages.movements_file, name="loyalty-file"),
    path("loyalty/on-the-way/", pages.awards, name="on-the-way"),
    path(
        "loyalty/on-the-way/export.<file_kind:kind>",
        export_pages.awards_file,
        name="on-the-way-file",
    ),
    path("loyalty/add/", adding.add_points, name="add-points"),
    path("loyalty/add/live/", adding.live_line, name="live-line"),
    path("loyalty/requests/", request_pages.requests, name="requests"),
    path("loyalty/requests/<int:pk>/", request_pages.correction_request, name="request"),
    path("loyalty/movements/<int:pk>/take-back/", taking_back.take_back, name="take-back"),
    path("loyalty/by-hand/", pattern_pages.by_hand, name="by-hand"),
    path(
        "loyalty/by-hand/export.<file_kind:kind>", pattern_pages.by_hand_file, name="by-hand-file"
    ),
    path("loyalty/find/", adding.find_clients, name="find-clients"),
    path("clients/", pages.clients_report, name="clients"),
    path("clients/export.<file_kind:kind>", export_pages.clients_file, name="clients-file"),
    path("clients/<int:pk>/points/", pages.client_points, name="client-points"),
    path("exports/<int:pk>/", export_pages.export, name="export"),
    path("exports/<int:pk>/download/", export_pages.export_download, name="export-download"),
    path("exports/<int:pk>/cancel/", export_pages.export_cancel, name="export-cancel"),
]
