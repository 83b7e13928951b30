"""Every route under /api, without trailing slashes."""

from typing import Any

from django.urls import URLPattern, path

from accounts.api import SessionView, UserViewSet
from ai import views as ai_views
from ai.api import GenerationViewSet, UsageView
from ai.chat import views as chat_views
from ai.chat.api import ConversationViewSet
from ai.ideas import views as ideas_views
from ai.ideas.api import IdeaViewSet
from ai.voice_api import VoiceView
from billing.api import CheckoutView, PlansView, PortalView, SubscriptionView
from billing.webhooks import webhooks
from content.api import ContentViewSet
from huntaze.description.views import DescriptionView, DocsView

COLLECTION: Any = {"get": "list", "post": "create"}
MEMBER: Any = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

LIST: Any = {"get": "list"}
DETAIL: Any = {"get": "retrieve"}
EXPORT: Any = {"get": "export"}
KEEP: Any = {"post": "keep"}
FEEDBACK: Any = {"post": "feedback"}
REVISIONS: Any = {"get": "revisions"}
REVERT: Any = {"post": "revert"}

urlpatterns: list[URLPattern] = [
    path("auth/session", SessionView.as_view(), name="api_session"),
    path("users", UserViewSet.as_view(COLLECTION), name="api_users"),
    path("users/<str:pk>", UserViewSet.as_view(MEMBER), name="api_user"),
    path("content", ContentViewSet.as_view(COLLECTION), name="api_contents"),
    path("content/generate", ai_views.generate_content, name="api_content_generate"),
    path("content/<uuid:pk>", ContentViewSet.as_view(MEMBER), name="api_content"),
    path(
        "content/<uuid:pk>/revisions",
        ContentViewSet.as_view(REVISIONS, list_name="revisions", filterset_class=None),
        name="api_content_revisions",
    ),
    path(
        "content/<uuid:pk>/revert",
        ContentViewSet.as_view(REVERT),
        name="api_content_revert",
    ),
    path("ai/generate", ai_views.generate, name="api_generate"),
    path("ai/generate/stream", ai_views.generate_stream, name="api_generate_stream"),
    path("ai/generations", GenerationViewSet.as_view(LIST), name="api_generations"),
    path(
        "ai/generations/<uuid:pk>",
        GenerationViewSet.as_view(DETAIL),
        name="api_generation",
    ),
    path(
        "ai/generations/<uuid:pk>/keep",
        GenerationViewSet.as_view(KEEP),
        name="api_generation_keep",
    ),
    path(
        "ai/generations/<uuid:generation_id>/stream",
        ai_views.follow_generation,
        name="api_generation_stream",
    ),
    path(
        "ai/generations/<uuid:generation_id>/cancel",
        ai_views.cancel_generation,
        name="api_generation_cancel",
    ),
    path(
        "ai/generations/<uuid:pk>/feedback",
        GenerationViewSet.as_view(FEEDBACK),
        name="api_generation_feedback",
    ),
    path("ai/voice", VoiceView.as_view(), name="api_voice"),
    path("ai/chat", chat_views.chat, name="api_chat"),
    path("ai/conversations", ConversationViewSet.as_view(LIST), name="api_conversations"),
    path(
        "ai/conversations/<uuid:pk>",
        ConversationViewSet.as_view(MEMBER),
        name="api_conversation",
    ),
    path(
        "ai/conversations/<uuid:pk>/export",
        ConversationViewSet.as_view(EXPORT),
        name="api_conversation_export",
    ),
    path(
        "ai/conversations/<uuid:conversation_id>/regenerate",
        chat_views.regenerate,
        name="api_conversation_regenerate",
    ),
    path("ai/ideas", ideas_views.ideas, name="api_ideas"),
    path("ai/ideas/<uuid:pk>/keep", IdeaViewSet.as_view(KEEP), name="api_idea_keep"),
    path("ai/usage", UsageView.as_view(), name="api_usage"),
    path("billing/plans", PlansView.as_view(), name="api_plans"),
    path("billing/subscription", SubscriptionView.as_view(), name="api_subscription"),
    path("billing/checkout", CheckoutView.as_view(), name="api_checkout"),
    path("billing/portal", PortalView.as_view(), name="api_portal"),
    path("billing/webhooks", webhooks, name="api_webhooks"),
    path("schema", DescriptionView.as_view(), name="api_schema"),
    path("docs", DocsView.as_view(url_name="api_schema"), name="api_docs"),
]
