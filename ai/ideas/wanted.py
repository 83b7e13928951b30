"""What a list of ideas is asked for with. Pure."""

from dataclasses import dataclass

from ai.brief import Language, Quality

MAX_TOPIC_CHARACTERS = 2_000
MAX_FOCUS_CHARACTERS = 300
MAX_TIMEFRAME_CHARACTERS = 100
MAX_COUNT = 50
DEFAULT_COUNT = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request for ideas; an empty type leaves it to the model."""

    topic: str
    count: int = DEFAULT_COUNT
    type: str = ""
    focus: str = ""
    timeframe: str = ""
    language: str = Language.ENGLISH
    quality: str = Quality.AUTO
