"""The page of plans."""

from django.urls import path

from billing import pages

urlpatterns = [path("billing", pages.billing, name="billing")]
