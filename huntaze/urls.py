"""Every route: pages, sign-in, API, health, admin."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

import accounts.page_urls
import ai.page_urls
import billing.page_urls
import content.page_urls
import huntaze.page_urls
from api.error_views import nothing_here
from huntaze import api_urls, health
from huntaze.metrics import metrics

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("api/", include(api_urls.urlpatterns)),
    # allauth's own breaks here: no account of ours has a phone number.
    path("_allauth/<str:client>/v1/account/phone", nothing_here, name="no_phones"),
    path("_allauth/", include("allauth.headless.urls")),
    path("i18n/setlang", set_language, name="set_language"),
    path("admin/", admin.site.urls),
    *accounts.page_urls.urlpatterns,
    *ai.page_urls.urlpatterns,
    *content.page_urls.urlpatterns,
    *billing.page_urls.urlpatterns,
    *huntaze.page_urls.urlpatterns,
]

handler400 = "api.error_views.bad_request"
handler403 = "api.error_views.permission_denied"
handler404 = "api.error_views.page_not_found"
handler500 = "api.error_views.server_error"
