"""The conversations and their threads as pages; without a script, a message is posted."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PageRequest
from ai.ask import Ask
from ai.chat.api import delete_and_stop, download
from ai.chat.asking import NothingToAnswer, say, say_again
from ai.chat.export import FORMATS
from ai.chat.serializers import ChatSerializer, TitleSerializer
from ai.chat.services import read_conversation, rename_conversation
from ai.models import ChatMessage, Conversation
from ai.registry import model_status
from ai.usage import usage_of
from ai.waiting import Refused, wait_for_answer

PAGE_SIZE = 30


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def studio_chat(request: PageRequest) -> HttpResponse:
    """A new conversation, and the list of those there are. A post is its first message."""
    if request.method == "POST":
        return _say(request, None)
    return _page(request, message=request.GET.get("message", ""))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def studio_conversation(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """One thread. A post is the next message."""
    if request.method == "POST":
        _opened(request, conversation_id)
        return _say(request, conversation_id)
    return _page(request, conversation=_opened(request, conversation_id))


@login_required
@require_safe
def studio_conversation_export(request: PageRequest, conversation_id: UUID) -> HttpResponse:
    """All of it as a file."""
    kind = request.GET.get("format", "json")
    if kind not in FORMATS:
        raise Http404
    return download(_opened(request, conversation_id), kind)


@login_required
@require_POST
def studio_conversation_step(
    request: PageRequest, conversation_id: UUID, step: str
) -> HttpResponse:
    """Rename it, delete it, ask for another answer."""
    conversation = _opened(request, conversation_id)
    if step == "again":
        try:
            ask = say_again(by=request.user, conversation_id=conversation.id)
        except NothingToAnswer as error:
            messages.error(request, error.message)
            return redirect("studio_conversation", conversation.id)
        return _wait(request, ask, conversation_id=conversation.id)
    if step == "rename":
        form = TitleSerializer(data={"title": request.POST.get("title", "")})
        if form.is_valid():
            title = form.validated_data["title"]
            rename_conversation(by=request.user, conversation_id=conversation.id, title=title)
        else:
            messages.error(request, _("A title has 1 to 120 characters."))
        return redirect("studio_conversation", conversation.id)
    if step == "delete":
        delete_and_stop(by=request.user, conversation_id=conversation.id)
        messages.success(request, _("The conversation is deleted."))
        return redirect("studio_chat")
    raise Http404


def _opened(request: PageRequest, conversation_id: UUID) -> Conversation:
    """With the messages that the address asks for. Raises Http404 for what is none of theirs."""
    raw = request.GET.get("before", "")
    before = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None  # noqa: PLR2004
    try:
        return read_conversation(by=request.user, conversation_id=conversation_id, before=before)
    except Conversation.DoesNotExist as error:
        raise Http404 from error


def _say(request: PageRequest, conversation_id: UUID | None) -> HttpResponse:
    """Send a message while the browser waits, then show the thread with the answer."""
    typed = request.POST.get("message", "").replace("\r\n", "\n").strip()
    form = ChatSerializer(data={"message": typed})
    if not form.is_valid():
        trouble = _("A message has 1 to 8,000 characters.")
        return _refused(request, conversation_id, typed, trouble, status=422)
    ask = say(by=request.user, conversation_id=conversation_id, message=typed)
    return _wait(request, ask, conversation_id=conversation_id, typed=typed)


def _wait(
    request: PageRequest, ask: Ask, *, conversation_id: UUID | None, typed: str = ""
) -> HttpResponse:
    try:
        generation = wait_for_answer(request, ask)
    except Refused as refused:
        status, trouble = refused.status, str(refused)
        return _refused(request, conversation_id, typed, trouble, status=status)
    except Conversation.DoesNotExist as error:
        raise Http404 from error
    answer = ChatMessage.objects.filter(generation=generation).first()
    if answer is None:
        # Deleted in another tab while this one waited.
        raise Http404
    address = reverse("studio_conversation", args=[answer.conversation_id])
    return redirect(f"{address}#message-{answer.position}")


def _refused(
    request: PageRequest, conversation_id: UUID | None, typed: str, trouble: str, *, status: int
) -> HttpResponse:
    """The page as it was, the message still in the composer, and why it was not taken."""
    conversation = _opened(request, conversation_id) if conversation_id else None
    return _page(request, conversation=conversation, message=typed, trouble=trouble, status=status)


def _page(
    request: PageRequest,
    *,
    conversation: Conversation | None = None,
    message: str = "",
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    search = request.GET.get("search", "")[:200].replace("\0", "")
    found = Conversation.objects.owned_by(request.user)
    found = found.matching(search) if search else found
    context: dict[str, Any] = {
        "conversation": conversation,
        "is_earlier": conversation is not None and "before" in request.GET,
        "conversations": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "search": search,
        "query": request.GET,
        "message": message,
        "trouble": trouble,
        "model": model_status(),
        "usage": usage_of(request.user),
        "starters": starters(),
    }
    return render(request, "ai/chat.html", context, status=status)


def starters() -> list[dict[str, str]]:
    """Messages to begin with, each with the query string that fills it in."""
    prompts = [
        _("I have three half-finished drafts and no energy. Help me choose one."),
        _("What could I ask my followers this week that they would like to answer?"),
        _("Read this draft and tell me where you would stop reading:"),
    ]
    return [{"prompt": prompt, "query": urlencode({"message": prompt})} for prompt in prompts]
