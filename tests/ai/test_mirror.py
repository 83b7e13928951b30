"""What a channel brings, and what it does not."""

from ai.stream.frames import Frame, frame
from ai.stream.mirror import Mirror

FRAMES = [frame(number, "delta", {"text": str(number)}) for number in range(1, 11)]


def _whole(frames: list[Frame]) -> Mirror:
    mirror = Mirror()
    mirror.heal(frames)
    return mirror


def test_what_comes_before_the_stream_was_read_is_put_behind_it() -> None:
    mirror = Mirror()
    assert not mirror.hear(FRAMES[3])
    assert mirror.behind(0) == []
    mirror.heal(FRAMES[:4])
    assert mirror.hear(FRAMES[4])
    assert mirror.behind(0) == FRAMES[:5]
    assert mirror.behind(3) == FRAMES[3:5]


def test_a_frame_is_there_once_however_often_it_comes() -> None:
    mirror = _whole(FRAMES[:4])
    assert mirror.hear(FRAMES[2])
    assert mirror.hear(FRAMES[4])
    assert mirror.hear(FRAMES[4])
    assert mirror.behind(0) == FRAMES[:5]


def test_a_gap_is_read_from_the_stream() -> None:
    mirror = _whole(FRAMES[:4])
    assert not mirror.hear(FRAMES[6])
    assert mirror.behind(4) == []
    mirror.heal(FRAMES[4:7])
    assert mirror.behind(0) == FRAMES[:7]


def test_what_the_stream_has_lost_is_missed_by_those_who_had_not_read_it() -> None:
    mirror = _whole(FRAMES[:4])
    assert not mirror.hear(FRAMES[6])
    mirror.heal([])
    assert mirror.misses(4)
    assert mirror.misses(5)
    assert not mirror.misses(6)
    assert mirror.behind(6) == FRAMES[6:7]


def test_after_an_outage_the_stream_is_read_first() -> None:
    mirror = _whole(FRAMES[:4])
    mirror.lose()
    assert not mirror.hear(FRAMES[5])
    mirror.heal(FRAMES[4:6])
    assert mirror.behind(0) == FRAMES[:6]


def test_who_has_read_further_than_there_is_learns_the_end() -> None:
    end = Frame(3, "done", b"{}")
    assert _whole([*FRAMES[:2], end]).behind(99) == [end]


def test_who_was_away_reads_in_bounded_pieces() -> None:
    mirror = _whole([frame(number, "delta", {}) for number in range(1, 1_202)])
    assert [len(mirror.behind(position)) for position in (0, 500, 1_000, 1_201)] == [
        500,
        500,
        201,
        0,
    ]
