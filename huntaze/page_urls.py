"""The pages that belong to no single app."""

from django.urls import path

from huntaze import pages

urlpatterns = [
    path("", pages.landing, name="landing"),
    path("studio", pages.studio_home, name="studio_home"),
]
