/**
 * The main job from end to end: write, keep, edit, publish. It leaves a published piece behind.
 *
 *     HUNTAZE_URL=http://localhost:8000 HUNTAZE_TOKEN=… node examples/main-job.ts
 */

import assert from "node:assert/strict";
import { createClient, follow, generate, HuntazeError, textAfter, unwrap } from "../src/index.ts";

const { HUNTAZE_URL: baseUrl = "http://localhost:8000", HUNTAZE_TOKEN: token = "" } = process.env;
const huntaze = createClient({ baseUrl, token });
const say = (step: string, ...facts: unknown[]) => console.log(step, ...facts);

const { user } = await unwrap(huntaze.GET("/api/auth/session"));
assert(user, "The token signs nobody in.");
say("signed in", user.email, user.subscription);

// Write, as it happens; leave after the first piece, and come back for the rest.
let text = "";
let last = 0;
let id = "";
for await (const frame of generate(huntaze, { prompt: "The kiln opens on Friday" })) {
  if (frame.event === "start") id = frame.data.id;
  text = textAfter(text, frame);
  last = frame.number;
  if (frame.event === "delta") break;
}
say("began", id, last);
for await (const frame of follow(huntaze, id, last)) {
  assert.equal(frame.number, last + 1);
  last = frame.number;
  text = textAfter(text, frame);
  if (frame.event === "error") throw new Error(frame.data.error);
  if (frame.event === "done") say("wrote", frame.data.status, frame.data.costUsd);
}
const path = { id };
const generation = await unwrap(huntaze.GET("/api/ai/generations/{id}", { params: { path } }));
assert.equal(generation.text, text);

// Keep it, twice with one key: one draft.
const header = { "Idempotency-Key": crypto.randomUUID() };
const keep = () =>
  huntaze.POST("/api/ai/generations/{id}/keep", {
    params: { path, header },
    body: { title: "The kiln opens on Friday" },
  });
const kept = await unwrap(keep());
const again = await keep();
assert.equal(again.data?.id, kept.id);
assert.equal(again.response.headers.get("Idempotency-Replayed"), "true");
const created = { "Idempotency-Key": crypto.randomUUID() };
const draft = (title: string) =>
  huntaze.POST("/api/content", { params: { header: created }, body: { title, body: "By hand." } });
const [first, second] = [await unwrap(draft("Notes")), await unwrap(draft("Notes"))];
assert.equal(first.id, second.id);
await assert.rejects(unwrap(draft("Other notes")), { code: "idempotency_conflict" });
say("kept", kept.id);

// Edit what was read; the same edit once more is based on what is gone.
const piece = { path: { id: kept.id } };
const read = await huntaze.GET("/api/content/{id}", { params: piece });
const tag = read.response.headers.get("ETag") ?? `"${read.data?.version}"`;
const edit = (title: string) =>
  huntaze.PATCH("/api/content/{id}", {
    params: { ...piece, header: { "If-Match": tag } },
    body: { title },
  });
const edited = await unwrap(edit("The kiln opens tonight"));
assert.equal(edited.version, kept.version + 1);
const conflict = await edit("The kiln opened yesterday");
assert.equal(conflict.response.status, 409);
assert(conflict.error && "current" in conflict.error);
say("conflict", conflict.error.code, conflict.error.current?.title);

// What has not changed is not sent again.
if (read.response.headers.has("ETag")) {
  const now = await huntaze.GET("/api/content/{id}", { params: piece });
  const unchanged = { "If-None-Match": now.response.headers.get("ETag") ?? "" };
  const { response } = await huntaze.GET("/api/content/{id}", {
    params: { ...piece, header: unchanged },
  });
  assert.equal(response.status, 304);
}

const published = await unwrap(
  huntaze.PATCH("/api/content/{id}", { params: piece, body: { status: "PUBLISHED" } }),
);
const { content, pagination } = await unwrap(
  huntaze.GET("/api/content", { params: { query: { status: "PUBLISHED", limit: 5 } } }),
);
assert(content.some((each) => each.id === published.id));
say("published", published.publishedAt, pagination.total);

const usage = await unwrap(huntaze.GET("/api/ai/usage"));
say("used", usage.generations.used, usage.spendUsd.used);

const stranger = createClient({ baseUrl, token: "wrong" });
const refusal = await unwrap(stranger.GET("/api/content")).catch((error: unknown) => error);
assert(refusal instanceof HuntazeError && refusal.code === "unauthorized");
say("done");
