"""The writing desk: a brief, the text as it arrives, and keeping it."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import PageRequest
from ai.checks import flaw_sentences
from ai.engine import Overloaded, sentence_of
from ai.feedback import NotWrittenYet, give_feedback, verdict_of
from ai.forms import BriefForm, FeedbackForm
from ai.ledger import PromptTooLong, QuotaExceeded
from ai.models import Generation
from ai.registry import model_status
from ai.routing import NoModel, PlanRequired
from ai.services import NothingToKeep, generate_text, keep_generation
from ai.usage import usage_of
from api.limits import count_as_ai
from api.shared_cache import CacheAway
from api.threads import give_back_connections
from billing.entitlements import entitlements

BRIEF_FIELDS = ("prompt", "type", "tone", "length", "language", "platform", "quality")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def studio_create(request: PageRequest) -> HttpResponse:
    """The desk. A post is a brief that was sent without a script; it is answered with the text."""
    allows_full = entitlements(request.user).plan.allows_full
    if request.method == "POST":
        return _write(request, BriefForm(request.POST, allows_full=allows_full))
    generation = _asked_for(request)
    if generation is None:
        initial = {name: request.GET[name] for name in BRIEF_FIELDS if name in request.GET}
    else:
        initial = {name: getattr(generation, name) for name in BRIEF_FIELDS}
    form = BriefForm(initial=initial, allows_full=allows_full)
    return _desk(request, form, generation=generation)


def _asked_for(request: PageRequest) -> Generation | None:
    """The generation that the address names. Raises Http404 for what is none of theirs."""
    text = request.GET.get("generation")
    if not text:
        return None
    try:
        generation_id = UUID(text)
    except ValueError:
        raise Http404 from None
    found: Generation = get_object_or_404(
        Generation.objects.owned_by(request.user), id=generation_id
    )
    return found


def _write(request: PageRequest, form: BriefForm) -> HttpResponse:
    """Generate while the browser waits, then show the desk with the text."""
    if not form.is_valid():
        return _desk(request, form, status=422)
    if (refused := _refused_by_rate(request, form)) is not None:
        return refused
    user, wanted = request.user, form.brief()
    # The model may write for a minute: meanwhile the connection is somebody else's.
    give_back_connections()
    try:
        generation = async_to_sync(generate_text)(user=user, brief=wanted, may_reuse=True)
    except Overloaded:
        trouble = _("Too much is being written right now. Try again in a minute.")
        return _desk(request, form, status=503, trouble=trouble)
    except (PlanRequired, NoModel, PromptTooLong, QuotaExceeded) as refused:
        return _desk(request, form, status=422, trouble=str(refused))
    return redirect(_address_of(generation))


def _refused_by_rate(request: PageRequest, form: BriefForm) -> HttpResponse | None:
    """The desk with a sentence where the plan's rate is reached, or nobody can count."""
    try:
        is_over = count_as_ai(request).is_over
    except CacheAway as away:
        return _desk(request, form, status=503, trouble=str(away))
    if is_over:
        trouble = _("Too many requests. Wait a little and try again.")
        return _desk(request, form, status=429, trouble=trouble)
    return None


def _desk(
    request: PageRequest,
    form: BriefForm,
    *,
    status: int = 200,
    generation: Generation | None = None,
    trouble: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "allows_full": form.allows_full,
        "generation": generation,
        "flaws": flaw_sentences(generation.final_flaws) if generation else [],
        "verdict": verdict_of(generation) if generation else "",
        "trouble": trouble or (sentence_of(generation) if generation else ""),
        "model": model_status(),
        "usage": usage_of(request.user),
        "starters": starters(),
    }
    return render(request, "ai/create.html", context, status=status)


def starters() -> list[dict[str, str]]:
    """Briefs to begin with, each with the query string that fills it in."""
    prompts = [
        _("Tell my followers that a new video is out on Friday, and why I made it."),
        _("Thank the people who have supported me this month, in three warm sentences."),
        _("A caption for a photo of my desk at six in the morning, before anyone is awake."),
    ]
    return [{"prompt": prompt, "query": urlencode({"prompt": prompt})} for prompt in prompts]


@login_required
@require_POST
def content_keep(request: PageRequest, generation_id: UUID) -> HttpResponse:
    """Keep a generated text as a draft and open it."""
    generation = get_object_or_404(Generation.objects.owned_by(request.user), id=generation_id)
    try:
        content = keep_generation(by=request.user, generation_id=generation.id)
    except NothingToKeep:
        messages.error(request, _("There is no finished text to keep yet."))
        return redirect(_address_of(generation))
    messages.success(request, _("Kept as a draft."))
    return redirect("content_detail", content.id)


@login_required
@require_POST
def generation_feedback(request: PageRequest, generation_id: UUID) -> HttpResponse:
    """Note what somebody thinks of a text, where no script does."""
    generation = get_object_or_404(Generation.objects.owned_by(request.user), id=generation_id)
    form = FeedbackForm(request.POST)
    if form.is_valid():
        with suppress(NotWrittenYet):
            give_feedback(by=request.user, generation_id=generation.id, **form.cleaned_data)
            messages.success(request, _("Thank you. It is noted for the next choice of model."))
    return redirect(_address_of(generation))


def _address_of(generation: Generation) -> str:
    return f"{reverse('studio_create')}?{urlencode({'generation': generation.id})}"
