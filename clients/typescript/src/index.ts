/** A typed client of the Huntaze API, with its streams. */

export { createClient, type HuntazeClient, type Options, unwrap } from "./client.ts";
export { HuntazeError } from "./errors.ts";
export type * from "./schema.ts";
export { type Frame, follow, generate, type StreamOptions, textAfter } from "./stream.ts";
