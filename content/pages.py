"""The list of content, the editor, and the steps between draft and published."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.requests import PageRequest
from content import services
from content.forms import ContentForm, FilterForm, form_of
from content.models import Content, Revision
from content.steps import STEPS

PAGE_SIZE = 20
HISTORY_SIZE = 50


def _is_swap(request: PageRequest) -> bool:
    """Whether htmx wants the list alone."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def _listing(user: Any, query: Mapping[str, Any]) -> dict[str, Any]:
    """What the list shows for a query string; a filter that makes no sense is left out."""
    form = FilterForm(query)
    form.is_valid()
    wanted = form.cleaned_data
    found = Content.objects.owned_by(user).order_by("-updated_at", "id")
    found = found.in_status(wanted["status"]) if wanted.get("status") else _kept(found)
    if wanted.get("type"):
        found = found.of_type(wanted["type"])
    if wanted.get("search"):
        found = found.matching(wanted["search"])
    page = Paginator(found, PAGE_SIZE).get_page(query.get("page"))
    return {"filters": form, "page": page, "is_filtered": any(wanted.values()), "query": query}


def _kept(found: Any) -> Any:
    return found.exclude(status=Content.Status.ARCHIVED)


@login_required
@vary_on_headers("HX-Request")
def content_list(request: PageRequest) -> HttpResponse:
    """Everything that somebody makes, filtered by the query string."""
    template = "content/list.html#swap" if _is_swap(request) else "content/list.html"
    context = {**_listing(request.user, request.GET), "is_swap": _is_swap(request)}
    return render(request, template, context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def content_new(request: PageRequest) -> HttpResponse:
    """A blank sheet; it becomes a draft when it is saved."""
    form = ContentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in ("title", "body", "type")}
        content = services.create_draft(by=request.user, **fields)
        return _saved(request, content)
    status = 422 if form.is_bound else 200
    return render(request, "content/editor.html", {"form": form}, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def content_detail(request: PageRequest, content_id: UUID) -> HttpResponse:
    """One text: read, write, and its history."""
    content = get_object_or_404(Content.objects.owned_by(request.user), id=content_id)
    if request.method != "POST":
        return _editor(request, content, form_of(content))
    form = ContentForm(request.POST)
    if not form.is_valid():
        return _editor(request, content, form, status=422)
    return _save(request, content, form)


def _save(request: PageRequest, content: Content, form: ContentForm) -> HttpResponse:
    """Save an edit; when somebody else saved meanwhile, show both texts."""
    changes = {name: form.cleaned_data[name] for name in ("title", "body", "type")}
    version = form.cleaned_data["version"] or 0
    try:
        content = services.edit_content(
            by=request.user, content_id=content.id, expected_version=version, changes=changes
        )
    except services.StaleContent as stale:
        mine = ContentForm({**changes, "version": stale.current.version})
        return _editor(request, stale.current, mine, status=409, theirs=stale.current)
    except ValidationError as refused:
        form.add_error(None, refused)
        return _editor(request, content, form, status=422)
    return _saved(request, content)


def _saved(request: PageRequest, content: Content) -> HttpResponse:
    """Say so, and publish too when that was the button."""
    if request.POST.get("then") == "publish":
        return content_action(request, content.id, "publish")
    messages.success(request, _("Saved."))
    return redirect("content_detail", content.id)


def _editor(
    request: PageRequest, content: Content, form: ContentForm, status: int = 200, **more: Any
) -> HttpResponse:
    revisions = content.revisions.select_related("author")[:HISTORY_SIZE]
    context = {"content": content, "form": form, "revisions": revisions, **more}
    context["steps"] = ("restore", "archive", "delete")
    return render(request, "content/editor.html", context, status=status)


@login_required
@require_POST
def content_action(request: PageRequest, content_id: UUID, action: str) -> HttpResponse:
    """Publish, archive, restore, delete, undelete, revert."""
    known: Any = Content.everything if action == "undelete" else Content.objects
    content = get_object_or_404(known.owned_by(request.user), id=content_id)
    try:
        _take(request, content, action)
    except services.TransitionRefused as refused:
        messages.error(request, str(refused))
    if _is_swap(request):
        context = {**_listing(request.user, QueryDict(_query(request))), "is_swap": True}
        return render(request, "content/list.html#swap", context)
    return redirect(_next(request, content, action))


def _query(request: PageRequest) -> str:
    """The query string of the list that the person looks at; empty for a header that is no URL."""
    try:
        return urlsplit(request.htmx.current_url or "").query
    except ValueError:
        return ""


def _take(request: PageRequest, content: Content, action: str) -> None:
    """Take a step and leave a message, with its undo where there is one."""
    if action == "revert":
        return _revert(request, content)
    if action not in STEPS:
        raise Http404
    step = STEPS[action]
    step.take(by=request.user, content_id=content.id)
    undo = step.undo.get(content.status)
    tags = f"undo {reverse('content_action', args=[content.id, undo])}" if undo else ""
    messages.success(request, str(step.said) % {"title": content.title}, extra_tags=tags)
    return None


def _revert(request: PageRequest, content: Content) -> None:
    """Bring back the text of the revision that the form names."""
    number = request.POST.get("number", "")
    if not number.isascii() or not number.isdigit() or len(number) > 9:  # noqa: PLR2004
        raise Http404
    try:
        services.revert_content(by=request.user, content_id=content.id, number=int(number))
    except Revision.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("The text of revision %(number)s is back.") % {"number": number})


def _next(request: PageRequest, content: Content, action: str) -> str:
    """Where the form asked to go, else the text; a deleted one is no place to be."""
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}):
        return wanted
    if action == "delete":
        return reverse("content_list")
    return reverse("content_detail", args=[content.id])
