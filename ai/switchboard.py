"""What stands between a creator and each model: its place, its price, its breaker, its switch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

from ai.breaker import State
from ai.health import Health, states
from ai.models import ModelSwitch
from ai.pricing import has_price
from ai.providers.base import ModelRef
from ai.registry import chosen_models

TIERS = ("mini", "full")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tier asks for it: 1 is first, the rest are fallbacks."""

    tier: str
    number: int


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One configured model, and why it is not asked where it is not."""

    ref: ModelRef
    places: tuple[Place, ...]
    health: Health
    has_price: bool
    switch: ModelSwitch | None
    is_provider_off: bool

    @property
    def is_off(self) -> bool:
        """Switched off itself."""
        return self.switch is not None and self.switch.is_off

    @property
    def is_asked(self) -> bool:
        """Whether calls reach it now. A half-open breaker lets one through."""
        is_let = self.health.state != State.OPEN
        return self.has_price and is_let and not self.is_off and not self.is_provider_off

    @property
    def failing_since(self) -> datetime | None:
        """Since when its breaker has not been closed."""
        return _moment(self.health.since)

    @property
    def next_try_at(self) -> datetime | None:
        """When its breaker lets one call through."""
        return _moment(self.health.until)


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """A provider with its models."""

    name: str
    is_configured: bool
    switch: ModelSwitch | None
    models: tuple[ModelLine, ...]

    @property
    def is_off(self) -> bool:
        """Switched off with all its models."""
        return self.switch is not None and self.switch.is_off


def switchboard() -> list[ProviderLine]:
    """Every configured provider and model, those that only a switch still names, too.

    One query, and one question to the cache.
    """
    switches = {
        (row.provider, row.model): row for row in ModelSwitch.objects.select_related("changed_by")
    }
    healths = {health.ref: health for health in states()}
    places = _places()
    left = [ModelRef(*pair) for pair in switches if pair[1] and ModelRef(*pair) not in places]
    refs = [*places, *sorted(left, key=str)]
    named = (*(ref.provider for ref in refs), *(name for name, _model in switches))
    return [
        _provider(name, [ref for ref in refs if ref.provider == name], switches, healths, places)
        for name in dict.fromkeys((*settings.AI_PROVIDERS, *named))
    ]


def _provider(
    name: str,
    refs: Iterable[ModelRef],
    switches: dict[tuple[str, str], ModelSwitch],
    healths: dict[ModelRef, Health],
    places: dict[ModelRef, list[Place]],
) -> ProviderLine:
    switch = switches.get((name, ""))
    lines = tuple(
        ModelLine(
            ref=ref,
            places=tuple(places.get(ref, ())),
            health=healths.get(ref) or Health(ref, State.CLOSED, 0, None, None, ""),
            has_price=has_price(ref),
            switch=switches.get((ref.provider, ref.model)),
            is_provider_off=switch is not None and switch.is_off,
        )
        for ref in refs
    )
    return ProviderLine(name, name in settings.AI_PROVIDERS, switch, lines)


def _places() -> dict[ModelRef, list[Place]]:
    found: dict[ModelRef, list[Place]] = {}
    for tier in TIERS:
        for number, ref in enumerate(chosen_models(tier), start=1):
            found.setdefault(ref, []).append(Place(tier, number))
    return found


def _moment(epoch: float | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)
