"""The pages where something is asked of a model."""

from django.urls import path

from ai import pages

urlpatterns = [
    path("studio/create", pages.studio_create, name="studio_create"),
    path("studio/create/<uuid:generation_id>/keep", pages.content_keep, name="content_keep"),
]
