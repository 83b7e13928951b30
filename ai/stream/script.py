"""How frames lie in Redis: a stream a generation, and a channel of the same name for who follows.

A script appends, so that many frames of many generations are one trip; that none is there twice,
however often it is sent; and that whoever reads the channel finds each frame in the stream, too.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from ai.stream.frames import Frame

LIFE_SECONDS = 3_600
LIFE_AFTER_END_SECONDS = 600
MOST_FRAMES = 20_000
# In the channel only: the stream is gone or cannot be read on; ask the row.
LOOK = b"look"

# KEYS: a log for each frame. ARGV: number, event, data of each. Answers how many were new.
APPEND = f"""
local new = 0
for i, key in ipairs(KEYS) do
  local number, event, data = ARGV[i * 3 - 2], ARGV[i * 3 - 1], ARGV[i * 3]
  local added = redis.pcall(
    'XADD', key, 'MAXLEN', '~', {MOST_FRAMES}, number .. '-0', 'e', event, 'd', data)
  if type(added) == 'table' then
    if not string.find(added.err, 'equal or smaller', 1, true) then return added end
  else
    new = new + 1
    if event == 'done' or event == 'error' then
      redis.call('EXPIRE', key, {LIFE_AFTER_END_SECONDS})
    elseif redis.call('XLEN', key) == 1 then
      redis.call('EXPIRE', key, {LIFE_SECONDS})
    end
    redis.call('PUBLISH', key, number .. ' ' .. event .. ' ' .. data)
  end
end
return new
"""


def log_name(generation_id: UUID) -> str:
    """The key of the stream, and the channel."""
    return f"huntaze:ai:stream:{generation_id}"


def as_arguments(batch: Iterable[tuple[UUID, Frame]]) -> tuple[list[str], list[Any]]:
    """(KEYS, ARGV) of APPEND."""
    keys, arguments = [], []
    for generation_id, each in batch:
        keys.append(log_name(generation_id))
        arguments += [each.number, each.event, each.data]
    return keys, arguments


def from_channel(payload: bytes) -> Frame:
    """A frame as it was published."""
    number, event, data = payload.split(b" ", 2)
    return Frame(int(number), event.decode(), data)


def from_stream(entry: tuple[bytes, dict[bytes, bytes]]) -> Frame:
    """A frame as it lies in the stream."""
    entry_id, fields = entry
    return Frame(int(entry_id.split(b"-")[0]), fields[b"e"].decode(), fields[b"d"])
