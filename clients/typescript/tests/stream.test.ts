/** Streams that break, are refused, or are left. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, follow, type Frame, generate, HuntazeError, textAfter } from "../src/index.ts";

const ID = "5b0f5c0e-6f0e-4f57-9d0c-0a3f1f5f6d21";
const line = (number: number, event: string, data: unknown) =>
  `id: ${number}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
const START = line(1, "start", { id: ID });
const CLAY = line(2, "delta", { text: "Clay " });
const HAND = line(3, "delta", { text: "remembers." });
const DONE = line(4, "done", { id: ID, status: "DONE" });

type Reply = () => Response;

function stream(pieces: string[], { isBroken = false } = {}): Reply {
  return () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const each of pieces) controller.enqueue(new TextEncoder().encode(each));
        if (!isBroken) controller.close();
      },
      pull(controller) {
        if (isBroken) controller.error(new TypeError("terminated"));
      },
    });
    return new Response(body, { headers: { "X-Generation-ID": ID } });
  };
}

function refusal(status: number, code: string, headers: Record<string, string> = {}): Reply {
  const body = { error: "No.", code, details: [], requestId: "r" };
  return () => new Response(JSON.stringify(body), { status, headers });
}

const unreachable: Reply = () => {
  throw new TypeError("fetch failed");
};

function server(...replies: Reply[]) {
  const requests: Request[] = [];
  const fetch = async (...asked: Parameters<typeof globalThis.fetch>) => {
    requests.push(new Request(...asked));
    const reply = replies[requests.length - 1];
    assert(reply, "One request too many.");
    return reply();
  };
  return { client: createClient({ baseUrl: "http://studio", token: "t", fetch }), requests };
}

async function read(frames: AsyncIterable<Frame>): Promise<[number[], string]> {
  const numbers: number[] = [];
  let text = "";
  for await (const frame of frames) {
    numbers.push(frame.number);
    text = textAfter(text, frame);
  }
  return [numbers, text];
}

test("a stream is read to its end", async () => {
  const { client, requests } = server(stream([START, ": still here\n\n", CLAY + HAND, DONE]));
  assert.deepEqual(await read(generate(client, { prompt: "x" })), [[1, 2, 3, 4], "Clay remembers."]);
  assert.equal(requests[0]?.headers.get("Authorization"), "Bearer t");
  assert.match(requests[0]?.headers.get("Idempotency-Key") ?? "", /^[0-9a-f-]{36}$/);
});

for (const isBroken of [true, false]) {
  test(`a stream that breaks goes on behind its last frame, ${isBroken}`, async () => {
    const { client, requests } = server(
      stream([START, CLAY], { isBroken }),
      stream([CLAY, HAND, DONE]),
    );
    const [numbers, text] = await read(generate(client, { prompt: "x" }));
    assert.deepEqual([numbers, text], [[1, 2, 3, 4], "Clay remembers."]);
    assert.equal(requests[1]?.url, `http://studio/api/ai/generations/${ID}/stream`);
    assert.equal(requests[1]?.headers.get("Last-Event-ID"), "2");
  });
}

test("what nobody answered is sent again under the same key", async () => {
  const { client, requests } = server(unreachable, stream([START, DONE]));
  await read(generate(client, { prompt: "x" }));
  const [first, second] = requests.map((each) => each.headers.get("Idempotency-Key"));
  assert.equal(first, second);
  assert.deepEqual(requests.map((each) => each.method), ["POST", "POST"]);
});

test("a refusal is thrown, and one that passes is waited for", async () => {
  const { client, requests } = server(refusal(402, "quota_exceeded"));
  const failed = await read(generate(client, { prompt: "x" })).catch((error: unknown) => error);
  assert(failed instanceof HuntazeError);
  assert.deepEqual([failed.code, failed.status, requests.length], ["quota_exceeded", 402, 1]);
  const busy = server(refusal(429, "rate_limited", { "Retry-After": "0" }), stream([START, DONE]));
  assert.deepEqual((await read(generate(busy.client, { prompt: "x" })))[0], [1, 4]);
});

test("a page of a proxy is an error too", async () => {
  const { client } = server(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  await assert.rejects(read(follow(client, ID)), { code: "server_error", status: 502 });
});

test("patience has an end", async () => {
  const { client, requests } = server(unreachable, unreachable);
  await assert.rejects(read(generate(client, { prompt: "x" }, { maxRetries: 1 })), TypeError);
  assert.equal(requests.length, 2);
});

test("a snapshot replaces the text", async () => {
  const { client } = server(stream([line(3, "snapshot", { text: "All of it" }), DONE]));
  assert.deepEqual(await read(follow(client, ID, 1)), [[3, 4], "All of it"]);
});

test("who leaves is let go, also while waiting", async () => {
  const controller = new AbortController();
  const { client } = server(refusal(503, "overloaded", { "Retry-After": "60" }));
  const reading = read(generate(client, { prompt: "x" }, { signal: controller.signal }));
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(reading, { name: "AbortError" });
});
