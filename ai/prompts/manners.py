"""What each platform takes and how people write there. Pure."""

from dataclasses import dataclass

from ai.brief import Platform


@dataclass(frozen=True, slots=True)
class Manner:
    """A platform's limits, and its manners as they are told to a model.

    `hashtags` are the fewest and the most; None means that nobody counts. `words` are short,
    medium and long where the limit allows less than a piece usually has.
    """

    told: str
    max_characters: int | None = None
    hashtags: tuple[int, int] | None = None
    words: tuple[int, int, int] | None = None


MANNERS: dict[str, Manner] = {
    Platform.INSTAGRAM: Manner(
        "Instagram: a first line that stops the thumb, line breaks between thoughts, at most "
        "2,200 characters, 3 to 5 hashtags on the last line.",
        max_characters=2_200,
        hashtags=(1, 5),
        words=(60, 120, 280),
    ),
    Platform.X: Manner(
        "X: one thought, at most 280 characters in all, hashtags included; at most 2 hashtags.",
        max_characters=280,
        hashtags=(0, 2),
        words=(15, 25, 36),
    ),
    Platform.TIKTOK: Manner(
        "TikTok: a hook in the first line, at most 2,200 characters, 3 to 5 hashtags at the end.",
        max_characters=2_200,
        hashtags=(1, 5),
        words=(20, 50, 120),
    ),
    Platform.FACEBOOK: Manner(
        "Facebook: short paragraphs with an empty line between them, at most 2 hashtags.",
        max_characters=63_206,
        hashtags=(0, 3),
    ),
    Platform.LINKEDIN: Manner(
        "LinkedIn: the point in the first two lines, short paragraphs, at most 3,000 characters, "
        "at most 3 hashtags, on the last line.",
        max_characters=3_000,
        hashtags=(0, 5),
        words=(60, 150, 320),
    ),
    Platform.YOUTUBE: Manner(
        "YouTube, a video's description: what the video shows in the first two lines, at most "
        "5,000 characters, at most 3 hashtags, on the last line.",
        max_characters=5_000,
        hashtags=(0, 15),
    ),
    Platform.NEWSLETTER: Manner(
        "A newsletter: whole paragraphs, a greeting to one reader, no hashtags.",
        hashtags=(0, 0),
    ),
}


def manner_of(platform: str) -> Manner | None:
    """The manners of a platform; None for anywhere."""
    return MANNERS[platform] if platform else None
