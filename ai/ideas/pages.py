"""The page of ideas: ask for some, keep them, write them."""

from collections.abc import Iterable, Iterator
from itertools import groupby
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
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import PageRequest
from ai.engine import sentence_of
from ai.ideas.forms import WantedForm
from ai.ideas.services import ask_for_ideas, keep_idea
from ai.models import Generation, Idea
from ai.registry import model_status
from ai.usage import usage_of
from ai.waiting import Refused, wait_for_answer

LISTS_A_PAGE = 5


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def studio_ideas(request: PageRequest) -> HttpResponse:
    """The form and the lists. A post is a request that was sent without a script."""
    if request.method == "POST":
        return _find(request, WantedForm(request.POST))
    initial = {name: request.GET[name] for name in WantedForm.base_fields if name in request.GET}
    return _page(request, WantedForm(initial=initial))


def _find(request: PageRequest, form: WantedForm) -> HttpResponse:
    """Ask for ideas while the browser waits, then show them."""
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        generation = wait_for_answer(request, ask_for_ideas(by=request.user, wanted=form.wanted()))
    except Refused as refused:
        return _page(request, form, status=refused.status, trouble=str(refused))
    if generation.status == Generation.Status.FAILED:
        return _page(request, form, status=502, trouble=sentence_of(generation))
    return redirect(f"{reverse('studio_ideas')}#list-{generation.id}")


def _page(
    request: PageRequest, form: WantedForm, *, status: int = 200, trouble: str = ""
) -> HttpResponse:
    asked = Generation.objects.owned_by(request.user).filter(kind=Generation.Kind.IDEAS)
    with_ideas = asked.filter(ideas__isnull=False).distinct().order_by("-created_at", "id")
    page = Paginator(with_ideas, LISTS_A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "form": form,
        "trouble": trouble,
        "page": page,
        "lists": list(_lists(page.object_list)),
        "running": asked.streaming().first(),
        "query": request.GET,
        "starters": starters(),
        "model": model_status(),
        "usage": usage_of(request.user),
    }
    return render(request, "ai/ideas.html", context, status=status)


def _lists(generations: Iterable[Generation]) -> Iterator[dict[str, Any]]:
    """Each with its ideas, in their order."""
    rows = list(generations)
    found = Idea.objects.filter(generation__in=rows).order_by("generation_id", "position")
    ideas = {key: list(group) for key, group in groupby(found, lambda each: each.generation_id)}
    for generation in rows:
        yield {
            "generation": generation,
            "ideas": [(idea, _desk_query(idea)) for idea in ideas[generation.id]],
        }


def _desk_query(idea: Idea) -> str:
    """What opens the desk with an idea as the brief."""
    return urlencode({"prompt": f"{idea.title}\n\n{idea.description}", "type": idea.type})


@login_required
@require_POST
def idea_keep(request: PageRequest, idea_id: UUID) -> HttpResponse:
    """Make a draft of it, and stay with the others."""
    try:
        content = keep_idea(by=request.user, idea_id=idea_id)
    except Idea.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("Kept as a draft: %(title)s") % {"title": content.title})
    return redirect(f"{reverse('studio_ideas')}#idea-{idea_id}")


def starters() -> list[dict[str, str]]:
    """Topics to begin with, each with the query string that fills it in."""
    topics = [
        _("Behind the scenes of a small pottery studio"),
        _("Cooking for one, in twenty minutes, without a recipe"),
        _("What I wish somebody had told me in my first year of freelancing"),
    ]
    return [{"topic": topic, "query": urlencode({"topic": topic})} for topic in topics]
