// @ts-check
/** Ideas. Without this script the request is posted and the page comes back with the list. */

import { GenerationClient, Lost, Refused } from "./generation.js";

/** @typedef {import("./sse.js").Frame} Frame */

/**
 * @template {HTMLElement} T
 * @param {string} name
 * @param {ParentNode} [root]
 * @returns {T}
 */
function part(name, root = document) {
  return /** @type {T} */ (root.querySelector(`[data-${name}]`));
}

const desk = part("ideas");
const words = part("words").dataset;
const form = /** @type {HTMLFormElement} */ (part("wanted"));
/** @type {GenerationClient | null} */
let client = null;
let isStopping = false;
let clock = 0;

/** @param {boolean} isLooking */
function enter(isLooking) {
  const find = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
  const isHere = [find, part("stop")].some((each) => each === document.activeElement);
  desk.dataset.state = isLooking ? "writing" : "idle";
  part("progress").hidden = !isLooking;
  part("stop").hidden = !isLooking;
  find.disabled = isLooking;
  // Whoever works with the keyboard stays at the button that took the place of theirs.
  if (isHere) (isLooking ? part("stop") : find).focus({ preventScroll: true });
  if (isLooking) part("progress").scrollIntoView({ block: "nearest" });
  clearInterval(clock);
  part("elapsed").textContent = "";
  if (isLooking) startClock();
}

/** How long it has taken so far; nobody knows how long it will. */
function startClock() {
  const begun = performance.now();
  clock = setInterval(() => {
    const count = String(Math.round((performance.now() - begun) / 1000));
    part("elapsed").textContent = (words.seconds ?? "").replace("{count}", count);
  }, 1000);
}

/** @param {string} sentence */
function say(sentence) {
  part("status").textContent = sentence;
}

/**
 * @param {string} sentence
 * @param {unknown} [error] where it comes from
 */
function complain(sentence, error) {
  part("trouble-text").textContent = sentence;
  part("plans").hidden = !(error instanceof Refused && error.isOfPlan);
  part("trouble").hidden = !sentence;
  if (sentence) part("trouble").scrollIntoView({ block: "nearest" });
}

/** @param {boolean} isLost */
function onLine(isLost) {
  part("progress-text").textContent = (isLost ? words.reconnecting : words.looking) ?? "";
}

/** @param {(client: GenerationClient) => AsyncGenerator<Frame>} open */
async function run(open) {
  client?.abort.abort();
  const mine = (client = new GenerationClient(desk.dataset.api ?? ""));
  isStopping = false;
  complain("");
  onLine(false);
  enter(true);
  say(words.looking ?? "");
  try {
    for await (const frame of open(mine)) {
      if (mine !== client) return;
      await take(frame);
    }
  } catch (error) {
    if (mine !== client) return;
    complain(explain(error), error);
  }
  enter(false);
}

/** @param {Frame} frame */
async function take({ event, data }) {
  if (event === "start" && isStopping) void client?.stop();
  if (event === "error") complain(data.error);
  if (event !== "done") return;
  if (data.status === "CANCELED") return say(words.stopped ?? "");
  await refresh();
  say(words.found ?? "");
  const list = document.getElementById(`list-${data.id}`);
  list?.scrollIntoView({ block: "start" });
}

/** The server's HTML is the one source of the lists. */
async function refresh() {
  const response = await fetch(location.pathname, { headers: { Accept: "text/html", "X-Live": "1" } });
  if (!response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const lists = page.getElementById("ideas-lists");
  if (lists) part("lists").replaceWith(document.adoptNode(lists));
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof Refused) return (error.code === "unauthorized" ? words.signedOut : "") || error.message;
  if (error instanceof Lost) return words.lost ?? "";
  throw error;
}

/** @returns {Record<string, unknown>} */
function asked() {
  const fields = /** @type {[string, string][]} */ ([...new FormData(form).entries()]);
  const wanted = Object.fromEntries(fields.filter(([name, value]) => name !== "csrfmiddlewaretoken" && value));
  return { ...wanted, count: Number(wanted.count), language: document.documentElement.lang.slice(0, 2) };
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const topic = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("topic"));
  topic.value = topic.value.trim();
  if (form.reportValidity()) void run((mine) => mine.ask("/ideas", asked(), onLine));
});

form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

part("stop").addEventListener("click", () => {
  isStopping = true;
  void client?.stop();
});

// One click keeps an idea, and the page stays where it is.
desk.addEventListener("submit", (event) => {
  const keep = /** @type {HTMLFormElement} */ (event.target);
  if (!keep.dataset.keep) return;
  event.preventDefault();
  void keepIdea(keep);
});

/** @param {HTMLFormElement} keep */
async function keepIdea(keep) {
  const button = /** @type {HTMLButtonElement} */ (keep.querySelector("button"));
  button.disabled = true;
  const id = keep.closest("li")?.id ?? "";
  const response = await fetch(keep.action, { method: "POST", body: new FormData(keep) }).catch(() => null);
  if (!response?.ok) {
    button.disabled = false;
    complain(words.lost ?? "");
    return;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById(id)?.querySelector(".idea-steps");
  const steps = document.getElementById(id)?.querySelector(".idea-steps");
  if (!fresh || !steps) return location.reload();
  steps.replaceWith(document.adoptNode(fresh));
  /** @type {HTMLElement | null} */ (document.getElementById(id)?.querySelector(".idea-steps a"))?.focus();
  say(words.kept ?? "");
}

desk.addEventListener("click", (event) => {
  const link = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-starter]"));
  if (!link) return;
  event.preventDefault();
  const topic = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("topic"));
  topic.value = link.dataset.starter ?? "";
  topic.dispatchEvent(new Event("input"));
  topic.focus();
});

if (desk.dataset.running) {
  const id = desk.dataset.running;
  void run((mine) => mine.resume(id, onLine));
}
