/** What the API refuses, as something to throw. */

import type { Error as ErrorBody, ErrorCode } from "./schema.ts";

export class HuntazeError extends Error {
  override readonly name = "HuntazeError";
  readonly status: number;
  /** The whole envelope: `details`, `requestId`, and what belongs to the code. */
  readonly body: ErrorBody & Record<string, unknown>;
  /** How long to wait before trying again, where the server says so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(response: Response, body: ErrorBody) {
    super(body.error);
    this.status = response.status;
    this.body = { ...body };
    const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
    this.retryAfterSeconds = Number.isFinite(seconds) ? seconds : undefined;
  }

  get code(): ErrorCode {
    return this.body.code;
  }
}

/** The error of an answer; a body that is no envelope (a proxy's page) still becomes one. */
export async function errorOf(response: Response): Promise<HuntazeError> {
  const text = await response.text();
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "code" in body && "error" in body) {
      return new HuntazeError(response, body as ErrorBody);
    }
  } catch {
    // Not ours: said below.
  }
  const sentence = `The server answered ${response.status} without an explanation.`;
  const requestId = response.headers.get("X-Request-ID") ?? "";
  return new HuntazeError(response, {
    error: sentence,
    code: "server_error",
    details: [],
    requestId,
  });
}
