/** The API, typed by its description; signed in one of its three ways. */

import createFetchClient, { type Client, type FetchResponse, type Middleware } from "openapi-fetch";
import { HuntazeError } from "./errors.ts";
import type { Error as ErrorBody, paths } from "./schema.ts";

export interface Options {
  /** Where the server is, without `/api`; empty for the page's own origin. */
  baseUrl?: string;
  /** An API token, for scripts. */
  token?: string;
  /** The session token of an app, from `/_allauth/app/v1/`; asked for each request. */
  sessionToken?: () => string | undefined;
  /** Instead of the global one. */
  fetch?: typeof globalThis.fetch;
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

function csrfToken(): string | undefined {
  if (typeof document === "undefined") return undefined;
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
}

/** The headers that say who calls; with neither token, the page's cookie does. */
export function signingHeaders(options: Options, method: string): Record<string, string> {
  if (options.token) return { Authorization: `Bearer ${options.token}` };
  const session = options.sessionToken?.();
  if (session) return { "X-Session-Token": session };
  const csrf = SAFE.has(method) ? undefined : csrfToken();
  return csrf ? { "X-CSRFToken": csrf } : {};
}

export type HuntazeClient = Client<paths> & { readonly options: Options };

/** `GET`, `POST`, `PATCH` and `DELETE` over the described paths, nothing else. */
export function createClient(options: Options = {}): HuntazeClient {
  const client = createFetchClient<paths>({
    baseUrl: options.baseUrl ?? "",
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });
  const signing: Middleware = {
    onRequest({ request }) {
      for (const [name, value] of Object.entries(signingHeaders(options, request.method))) {
        request.headers.set(name, value);
      }
      return request;
    },
  };
  client.use(signing);
  return Object.assign(client, { options });
}

type Answer = FetchResponse<any, any, any>;

/** The data of an answer; throws HuntazeError for a refusal. */
export async function unwrap<A extends Answer>(
  answer: Promise<A>,
): Promise<NonNullable<A["data"]>> {
  const { data, error, response } = await answer;
  if (error !== undefined) throw new HuntazeError(response, error as ErrorBody);
  return data as NonNullable<A["data"]>;
}
