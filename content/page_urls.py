"""The pages of what you make."""

from django.urls import path

from content import pages

urlpatterns = [
    path("studio/content", pages.content_list, name="content_list"),
    path("studio/content/new", pages.content_new, name="content_new"),
    path("studio/content/<uuid:content_id>", pages.content_detail, name="content_detail"),
    path(
        "studio/content/<uuid:content_id>/<slug:action>",
        pages.content_action,
        name="content_action",
    ),
]
