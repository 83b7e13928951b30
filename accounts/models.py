"""Who you are: one row per person, closed softly."""

import uuid
from collections.abc import Collection
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

CONSTRAINED_FIELDS = {
    "accounts_user_email_unique": "email",
    "accounts_user_handle_unique": "handle",
}
INTERFACE_LANGUAGES = [("en", "English"), ("fr", "Français")]


def validate_time_zone(name: str) -> None:
    """Refuse what is no IANA time zone."""
    if name not in available_timezones():
        raise ValidationError(_("This is not a time zone."), code="invalid")


class UserQuerySet(models.QuerySet["User"]):
    """Which people."""

    def open(self) -> "UserQuerySet":
        """Those whose account was not closed."""
        return self.filter(deleted_at=None)

    def matching(self, words: str) -> "UserQuerySet":
        """Those whose email, name or handle contains the words."""
        return self.filter(
            models.Q(email__icontains=words)
            | models.Q(name__icontains=words)
            | models.Q(handle__icontains=words)
        )


class UserManager(BaseUserManager["User"]):
    """Open accounts, found by email whatever its case; creates people and staff."""

    def get_queryset(self) -> UserQuerySet:
        """A closed account is not found: not by sign-in, not by a session, not by the API."""
        return UserQuerySet(self.model, using=self._db).open()

    def get_by_natural_key(self, username: str | None) -> "User":
        """By email, whatever its case."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person; without a password, the code that is mailed is the key."""
        user = self.model(email=normalize_email(email), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Somebody who runs everything."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


def normalize_email(email: str) -> str:
    """Lower case throughout: nobody runs two mailboxes that differ in case alone."""
    return email.strip().lower()


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]
    """A creator, or one of the staff. Signs in by email; there is no username."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("email"))
    name = models.CharField(_("name"), max_length=100, blank=True)
    handle = models.CharField(
        _("handle"),
        max_length=30,
        null=True,
        blank=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9_][a-z0-9_.]{1,28}[a-z0-9_]$",
                _("Use 3 to 30 lower-case letters, digits, dots and underscores."),
            )
        ],
    )
    avatar = models.URLField(_("avatar"), max_length=500, blank=True)
    language = models.CharField(
        _("language"),
        max_length=8,
        blank=True,
        choices=INTERFACE_LANGUAGES,
        help_text=_("Empty: as the browser asks."),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    deleted_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()
    everyone: ClassVar[models.Manager["User"]] = models.Manager.from_queryset(UserQuerySet)()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("-created_at", "id")
        # Keys to a closed account still resolve: its history stays readable to staff.
        base_manager_name = "everyone"
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(deleted_at=None),
                name="accounts_user_email_unique",
                violation_error_message=_("Somebody already signs in with this email."),
            ),
            models.UniqueConstraint(
                Lower("handle"),
                condition=models.Q(deleted_at=None),
                name="accounts_user_handle_unique",
                violation_error_message=_("This handle is taken."),
            ),
        )
        indexes = (models.Index(fields=["-created_at", "id"], name="accounts_user_recent"),)

    def __str__(self) -> str:
        """The email, which is how staff know people."""
        return self.email

    def clean(self) -> None:
        """Normalise what people type in many ways."""
        self.email = normalize_email(self.email)
        self.handle = self.handle or None

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """As Django does, but each refusal names its field, which an expression does not tell.

        Django also skips a constraint whose condition is on a field that a form does not show.
        """
        refused: dict[str, ValidationError] = {}
        hidden = set(exclude or ()) - {"deleted_at"}
        for constraint in self._meta.constraints:
            try:
                constraint.validate(type(self), self, hidden)
            except ValidationError as error:
                # A word of its own: the value is well-formed, and free to anybody else.
                taken = ValidationError(error.message, code="taken")
                refused[CONSTRAINED_FIELDS[constraint.name]] = taken
        if refused:
            raise ValidationError(refused)

    @property
    def display_name(self) -> str:
        """What the pages call this person."""
        return self.name or self.handle or self.email.partition("@")[0]

    def get_short_name(self) -> str:
        """The admin's greeting."""
        return self.display_name


def display_name(user: User) -> str:
    """Allauth's ACCOUNT_USER_DISPLAY."""
    return user.display_name
