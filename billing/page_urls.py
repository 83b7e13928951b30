"""The page of plans, and what its buttons do."""

from django.urls import path

from billing import pages

urlpatterns = [
    path("billing", pages.billing, name="billing"),
    path("billing/checkout", pages.billing_checkout, name="billing_checkout"),
    path("billing/portal", pages.billing_portal, name="billing_portal"),
    path("billing/ending", pages.billing_ending, name="billing_ending"),
]
