"""The pages where something is asked of a model."""

from django.urls import path

from ai import pages, voice_pages
from ai.chat import pages as chat
from ai.ideas import pages as ideas

urlpatterns = [
    path("studio/create", pages.studio_create, name="studio_create"),
    path("studio/create/<uuid:generation_id>/keep", pages.content_keep, name="content_keep"),
    path("studio/chat", chat.studio_chat, name="studio_chat"),
    path(
        "studio/chat/<uuid:conversation_id>",
        chat.studio_conversation,
        name="studio_conversation",
    ),
    path(
        "studio/chat/<uuid:conversation_id>/export",
        chat.studio_conversation_export,
        name="studio_conversation_export",
    ),
    path(
        "studio/chat/<uuid:conversation_id>/<slug:step>",
        chat.studio_conversation_step,
        name="studio_conversation_step",
    ),
    path("studio/ideas", ideas.studio_ideas, name="studio_ideas"),
    path("studio/ideas/<uuid:idea_id>/keep", ideas.idea_keep, name="idea_keep"),
    path(
        "studio/create/<uuid:generation_id>/feedback",
        pages.generation_feedback,
        name="generation_feedback",
    ),
    path("account/voice", voice_pages.account_voice, name="account_voice"),
]
