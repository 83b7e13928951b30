"""What the demo creator has written: a potter's week."""

from dataclasses import dataclass

from content.models import Content


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the demo."""

    title: str
    body: str
    type: str = Content.Type.POST
    status: str = Content.Status.DRAFT
    second_body: str = ""


PIECES = (
    Piece(
        "The kiln opens on Friday",
        "Three weeks of work sit behind a door that is still too hot to touch. On Friday at noon "
        "I open the kiln with whoever wants to be there.\n\nSome bowls will have cracked. Some "
        "glazes will have run. One piece, there is always one, will be better than I meant it "
        "to be. Come and see which.",
        status=Content.Status.PUBLISHED,
    ),
    Piece(
        "Why I stopped signing my cups",
        "For years I pressed my initials into every foot ring. Then a customer told me that she "
        "knows my cups with her eyes closed.",
        Content.Type.STORY,
        second_body="For years I pressed my initials into every foot ring. Then a customer told "
        "me that she knows my cups with her eyes closed: by the dent where the thumb goes.\n\n"
        "I have not signed one since. If the hand can read it, the name is already there.",
    ),
    Piece(
        "Celadon, second firing",
        "The green you only get when the fire runs short of air. Second firing, first good one.\n\n"
        "#ceramics #celadon #studiopottery",
        Content.Type.CAPTION,
        Content.Status.SCHEDULED,
    ),
    Piece(
        "Thank you for the winter orders",
        "All forty-two parcels are out. If yours has not arrived by Wednesday, answer this "
        "message and I will walk to the post office myself.",
        Content.Type.MESSAGE,
    ),
    Piece(
        "A week of throwing the same bowl",
        "Throw one bowl shape a hundred times, film only the hands, and cut it so that you see "
        "the shape settle. What changes between the first and the last?",
        Content.Type.IDEA,
    ),
    Piece(
        "Studio hours in August",
        "Closed from the 5th to the 20th. The cat stays and takes no orders.",
        status=Content.Status.ARCHIVED,
    ),
)
