/** Generating as it happens: typed frames, and going on where a connection broke. */

import { EventSourceParserStream } from "eventsource-parser/stream";
import { type HuntazeClient, signingHeaders } from "./client.ts";
import { errorOf, HuntazeError } from "./errors.ts";
import type {
  Brief,
  DeltaFrame,
  DoneFrame,
  ErrorFrame,
  SnapshotFrame,
  StartFrame,
} from "./schema.ts";

interface Frames {
  start: StartFrame;
  delta: DeltaFrame;
  snapshot: SnapshotFrame;
  done: DoneFrame;
  error: ErrorFrame;
}

/** One numbered event of a generation; `event` tells the type of `data`. */
export type Frame = {
  [Event in keyof Frames]: { number: number; event: Event; data: Frames[Event] };
}[keyof Frames];

export interface StreamOptions {
  /** Leaves the stream; the generation itself goes on (`cancelGeneration` stops it). */
  signal?: AbortSignal;
  /** Names this attempt; without one, each call is an attempt of its own. */
  idempotencyKey?: string;
  /** How often in a row to come back without having got any further. */
  maxRetries?: number;
}

const EVENTS = new Set<string>(["start", "delta", "snapshot", "done", "error"]);
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;

/** The text after a frame: a delta is appended, a snapshot replaces. */
export function textAfter(text: string, frame: Frame): string {
  if (frame.event === "delta") return text + frame.data.text;
  return frame.event === "snapshot" ? frame.data.text : text;
}

/** Write a text and follow it to its end, over as many connections as that takes. */
export function generate(
  client: HuntazeClient,
  brief: Brief,
  options: StreamOptions = {},
): AsyncGenerator<Frame, void, void> {
  // The same key on every attempt: whoever comes back joins what it began.
  const key = options.idempotencyKey ?? crypto.randomUUID();
  const begin = () =>
    ask(client, "POST", "/api/ai/generate/stream", options, {
      headers: { "Content-Type": "application/json", "Idempotency-Key": key },
      body: JSON.stringify(brief),
    });
  return frames(client, begin, options);
}

/** Follow a generation that exists, behind the frame `after`. */
export function follow(
  client: HuntazeClient,
  id: string,
  after = 0,
  options: StreamOptions = {},
): AsyncGenerator<Frame, void, void> {
  return frames(client, () => resume(client, id, after, options), options, id, after);
}

function resume(client: HuntazeClient, id: string, after: number, options: StreamOptions) {
  const headers = { "Last-Event-ID": String(after) };
  return ask(client, "GET", `/api/ai/generations/${id}/stream`, options, { headers });
}

async function ask(
  client: HuntazeClient,
  method: string,
  path: string,
  { signal }: StreamOptions,
  { headers, ...init }: RequestInit & { headers: Record<string, string> },
): Promise<Response> {
  const { baseUrl = "", fetch = globalThis.fetch } = client.options;
  const signing = signingHeaders(client.options, method);
  const response = await fetch(baseUrl + path, {
    ...init,
    method,
    headers: { Accept: "text/event-stream, application/json", ...headers, ...signing },
    ...(signal ? { signal } : {}),
  });
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function* frames(
  client: HuntazeClient,
  begin: () => Promise<Response>,
  options: StreamOptions,
  known?: string,
  after = 0,
): AsyncGenerator<Frame, void, void> {
  let id = known;
  let last = after;
  for (let tries = 0; ; tries += 1) {
    try {
      const response = id ? await resume(client, id, last, options) : await begin();
      id = response.headers.get("X-Generation-ID") ?? id;
      for await (const frame of read(response)) {
        if (frame.number <= last) continue;
        [last, tries] = [frame.number, 0];
        yield frame;
        if (frame.event === "done" || frame.event === "error") return;
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isPassing(error) || tries >= (options.maxRetries ?? 5)) throw error;
      await pause(tries, error, options.signal);
      continue;
    }
    // Ended before its last frame: the connection broke politely.
    if (tries >= (options.maxRetries ?? 5)) throw new TypeError("The stream keeps breaking off.");
    await pause(tries, undefined, options.signal);
  }
}

async function* read(response: Response): AsyncGenerator<Frame, void, void> {
  if (!response.body) return;
  const events = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // An event that is newer than this client is none of its business.
      if (!value.event || !EVENTS.has(value.event)) continue;
      const data: unknown = JSON.parse(value.data);
      yield { number: Number(value.id), event: value.event, data } as Frame;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function isPassing(error: unknown): boolean {
  // fetch says TypeError when the network is gone, and when it breaks in the middle.
  if (!(error instanceof HuntazeError)) return error instanceof TypeError;
  return error.retryAfterSeconds !== undefined;
}

async function pause(tries: number, error: unknown, signal?: AbortSignal): Promise<void> {
  const told = error instanceof HuntazeError ? error.retryAfterSeconds : undefined;
  const milliseconds =
    told === undefined ? Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS) : told * 1_000;
  await new Promise<void>((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", leave);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", leave, { once: true });
  });
}
