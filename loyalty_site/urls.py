"""All addresses. The default language has no prefix in the path, nor has the admin panel."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from loyalty_site.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", include("backoffice.urls")),
    *i18n_patterns(
        path("", include("website.urls")),
        path("account/", include("allauth.account.urls")),
        prefix_default_language=False,
    ),
]
handler400 = "website.views.pages.bad_request"

handler404 = "loyalty_site.panel_refusals.page_not_found"

handler500 = "loyalty_site.outages.answer_failure"
