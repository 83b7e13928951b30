// @ts-check
/** One generation over the public API: starts it, follows it, takes it up again when the line breaks. */

import { frames } from "./sse.js";

/** @typedef {import("./sse.js").Frame} Frame */

const TRIES = 8;
const UNANSWERED_TRIES = 4;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 5000;

/** The server's refusal, in a sentence for people. */
export class Refused extends Error {
  /**
   * @param {string} sentence
   * @param {string} code
   */
  constructor(sentence, code) {
    super(sentence);
    this.code = code;
  }

  /** Whether another plan would allow it. */
  get isOfPlan() {
    return this.code === "quota_exceeded" || this.code === "plan_required";
  }
}

/** The line is gone and does not come back. */
export class Lost extends Error {}

export class GenerationClient {
  /** @param {string} api where the API's routes of `ai` are */
  constructor(api) {
    this.api = api;
    this.id = "";
    this.last = 0;
    this.abort = new AbortController();
  }

  /**
   * Ask for a text.
   * @param {Record<string, string | boolean>} brief
   * @param {(isLost: boolean) => void} onLine told when the line is lost and when it is back
   * @returns {AsyncGenerator<Frame>}
   */
  write(brief, onLine) {
    return this.ask("/generate/stream", brief, onLine);
  }

  /**
   * Ask for anything that a model answers.
   * @param {string} route of the API, behind its prefix
   * @param {Record<string, unknown>} body
   * @param {(isLost: boolean) => void} onLine
   * @returns {AsyncGenerator<Frame>}
   */
  ask(route, body, onLine) {
    const key = newKey();
    const first = () =>
      this.fetch(`${this.api}${route}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": key },
        body: JSON.stringify(body),
      });
    return this.follow(first, onLine);
  }

  /**
   * Follow a generation that runs already.
   * @param {string} id
   * @param {(isLost: boolean) => void} onLine
   * @returns {AsyncGenerator<Frame>}
   */
  resume(id, onLine) {
    this.id = id;
    return this.follow(() => this.reconnect(), onLine);
  }

  /** Ask the server to stop; the stream then ends by itself. */
  async stop() {
    if (this.id) await this.fetch(`${this.api}/generations/${this.id}/cancel`, { method: "POST" });
  }

  /**
   * Say what becomes of a text; whether it was noted.
   * @param {string} id
   * @param {string} verdict
   */
  async judge(id, verdict) {
    const answer = await this.fetch(`${this.api}/generations/${id}/feedback`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ verdict }),
      keepalive: true,
    }).catch(() => null);
    return answer?.ok ?? false;
  }

  /**
   * @param {() => Promise<Response>} first
   * @param {(isLost: boolean) => void} onLine
   * @returns {AsyncGenerator<Frame>}
   */
  async *follow(first, onLine) {
    let connect = first;
    for (let failures = 0; failures < TRIES; failures += 1) {
      try {
        const response = await connect();
        if (!response.ok) await refuse(response);
        this.id ||= response.headers.get("X-Generation-ID") ?? "";
        onLine(false);
        for await (const frame of frames(/** @type {ReadableStream<Uint8Array>} */ (response.body))) {
          if (frame.id && frame.id <= this.last) continue;
          this.last = frame.id || this.last;
          failures = 0;
          if (frame.event === "start") this.id = frame.data.id;
          yield frame;
          if (frame.event === "done" || frame.event === "error") return;
        }
      } catch (error) {
        if (this.abort.signal.aborted || error instanceof Refused) throw error;
      }
      // A request that nobody answered may have begun a text; its key makes asking again the same request.
      if (!this.id && failures + 1 >= UNANSWERED_TRIES) break;
      onLine(true);
      connect = this.id ? () => this.reconnect() : first;
      await pause(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS));
    }
    throw new Lost();
  }

  reconnect() {
    const headers = this.last ? { "Last-Event-ID": String(this.last) } : undefined;
    return this.fetch(`${this.api}/generations/${this.id}/stream`, { headers });
  }

  /**
   * @param {string} address
   * @param {RequestInit} init
   */
  fetch(address, init) {
    const headers = new Headers(init.headers);
    headers.set("Accept", "text/event-stream, application/json");
    headers.set("Accept-Language", document.documentElement.lang);
    headers.set("X-CSRFToken", cookie("csrftoken"));
    return fetch(address, { ...init, headers, signal: this.abort.signal, cache: "no-store" });
  }
}

/** @param {Response} response */
async function refuse(response) {
  const isGateway = response.status === 502 || response.status === 504;
  const answer = await response.json().catch(() => null);
  if (!answer?.error && isGateway) throw new Error("A gateway is in the way");
  if (answer?.code === "in_progress") throw new Error("The same request is still being taken");
  throw new Refused(answer?.error ?? `${response.status} ${response.statusText}`, answer?.code ?? "");
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A key that makes a repeated request the same request; also where crypto.randomUUID is missing. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} name */
function cookie(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
