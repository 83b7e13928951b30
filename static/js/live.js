// @ts-check
/**
 * Keeps open pages in step with what happens elsewhere (docs/live.md).
 *
 * The server's HTML is the one source: news only say which regions to fetch again. A region is an
 * element with an id and `data-live="<topics>"`.
 */

/** @typedef {{ event: string, seq: number, id: string | null, requestId: string | null, data: any }} News */

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const REFUSED_PAUSE_MS = 120_000;
const HIDDEN_MS = 60_000;
const GATHER_MS = 250;
const AGAIN_MS = 1_500;
/** Trying at once would be refused again: too many, not signed in. */
const REFUSALS = new Set([4400, 4401, 4403, 4429]);

const words = /** @type {HTMLTemplateElement} */ (document.querySelector("[data-live-words]"));
/** @type {WebSocket | null} */
let socket = null;
let pause = FIRST_PAUSE_MS;
let retry = 0;
let rest = 0;
/** What the page shows of the content, as the server counts changes. */
let changes = shown(document);

/** @param {ParentNode} root */
function shown(root) {
  return Number(/** @type {HTMLElement | null} */ (root.querySelector("[data-changes]"))?.dataset.changes);
}

function open() {
  clearTimeout(retry);
  if (socket || document.hidden || !navigator.onLine) return;
  const opened = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws/live`);
  socket = opened;
  opened.addEventListener("message", (message) => take(JSON.parse(message.data)));
  opened.addEventListener("close", (closed) => {
    if (socket !== opened) return;
    socket = null;
    const wait = REFUSALS.has(closed.code) ? REFUSED_PAUSE_MS : pause;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    // Not all at once, when a server has gone from under thousands of pages.
    retry = setTimeout(open, wait * (0.5 + Math.random() / 2));
  });
}

function leave() {
  clearTimeout(retry);
  const left = socket;
  socket = null;
  left?.close(1000);
}

/** @param {News} news */
function take(news) {
  const { event, data } = news;
  if (event === "hello") greet(data);
  else if (event === "ping") socket?.send('{"action":"pong"}');
  else if (event === "content") takeContent(data);
  else if (event === "usage") takeUsage(data);
  else if (event === "subscription") takePlan(data);
  else if (event === "notice") toast(data);
}

/** @param {any} state what holds now; the page was rendered, or last told, some time before */
function greet(state) {
  pause = FIRST_PAUSE_MS;
  if (state.content.changes !== changes) {
    changes = state.content.changes;
    refresh("content");
    void compareEditor();
  }
  takeUsage(state.usage);
  takePlan(state.subscription);
}

/** @param {any} piece */
function takeContent(piece) {
  const row = document.querySelector(`[data-content="${piece.id}"]`);
  const isKnown = row ? row.getAttribute("data-version") === String(piece.version) : piece.change === "deleted";
  if (!isKnown) refresh("content");
  markEditor(piece.id, piece.version, piece.change === "deleted");
}

/** @param {any} usage */
function takeUsage(usage) {
  const { used, reserved, limit } = usage.generations;
  for (const region of regions("usage")) {
    if (region.dataset.usage !== `${used} ${reserved} ${limit ?? ""}`) return refresh("usage");
  }
}

/**
 * Most regions show what the plan allows; the page of plans shows all that is known of it.
 *
 * @param {any} subscription
 */
function takePlan(subscription) {
  const { plan, status, interval, currentPeriodEnd, cancelAtPeriodEnd } = subscription;
  const state = [plan, status, interval, currentPeriodEnd, cancelAtPeriodEnd ? "ends" : ""].join(" ");
  for (const region of regions("subscription")) {
    const { plan: shownPlan, state: shownState = state } = region.dataset;
    if (shownPlan !== plan || shownState !== state) return refresh("subscription");
  }
}

/**
 * @param {string} topic
 * @returns {HTMLElement[]}
 */
function regions(topic) {
  return [...document.querySelectorAll(`[data-live~="${topic}"]`)].map((each) => /** @type {HTMLElement} */ (each));
}

/** @type {Set<string>} */
const wanted = new Set();
let gathering = 0;

/** @param {string} topic */
function refresh(topic) {
  if (!regions(topic).length) return;
  wanted.add(topic);
  clearTimeout(gathering);
  gathering = setTimeout(() => void fetchPage(), GATHER_MS);
}

/** Nothing moves under a pointer, a focus or an open menu: it waits until they have left. */
async function fetchPage() {
  if ([...wanted].flatMap(regions).some(isInUse)) {
    gathering = setTimeout(() => void fetchPage(), AGAIN_MS);
    return;
  }
  const topics = [...wanted];
  wanted.clear();
  // The header leaves messages to the page that comes next.
  const headers = { Accept: "text/html", "X-Live": "1" };
  const response = await fetch(location.href, { headers }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (topics.includes("content")) changes = shown(page);
  for (const topic of topics) {
    for (const region of regions(topic)) {
      const fresh = page.getElementById(region.id);
      if (fresh && isInUse(region)) refresh(topic);
      else if (fresh) replace(region, fresh);
    }
  }
}

/** @param {HTMLElement} region */
function isInUse(region) {
  // What somebody waits for comes also where the pointer happens to rest.
  const isAwaited = document.querySelector("[data-awaited]") !== null;
  const isPointedAt = !isAwaited && matchMedia("(hover: hover)").matches && region.matches(":hover");
  return isPointedAt || region.matches(":focus-within, :has(details.menu[open])");
}

/**
 * @param {HTMLElement} region
 * @param {HTMLElement} fresh
 */
function replace(region, fresh) {
  const here = document.importNode(fresh, true);
  // What the reader has opened stays open.
  for (const each of region.querySelectorAll("details[id][open]")) {
    here.querySelector(`#${CSS.escape(each.id)}`)?.setAttribute("open", "");
  }
  region.replaceWith(here);
  // @ts-ignore  (htmx is a plain script, and on some pages only)
  globalThis.htmx?.process(here);
  here.dispatchEvent(new CustomEvent("live:replaced", { bubbles: true }));
}

/** The open text, when nobody knows what was missed. */
async function compareEditor() {
  const id = document.querySelector("[data-editor]")?.getAttribute("data-editor");
  if (!id || id === "new") return;
  const response = await fetch(`/api/content/${id}`).catch(() => null);
  if (response?.status === 404) markEditor(id, Infinity, true);
  if (response?.ok) markEditor(id, (await response.json()).version, false);
}

/**
 * A quiet note; what is being typed is never touched.
 *
 * @param {string} id
 * @param {number} version
 * @param {boolean} isDeleted
 */
function markEditor(id, version, isDeleted) {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector(`[data-editor="${id}"]`));
  const note = /** @type {HTMLElement | null} */ (document.querySelector("[data-elsewhere]"));
  if (!form || !note || form.hasAttribute("data-leaving")) return;
  const opened = /** @type {HTMLInputElement} */ (form.elements.namedItem("version"));
  if (!isDeleted && version <= Number(opened.value)) return;
  for (const each of parts(note, "when-changed")) each.hidden = isDeleted;
  for (const each of parts(note, "when-deleted")) each.hidden = !isDeleted;
  note.hidden = false;
  // Above the page: in it, it would push away the line that is being written.
  document.getElementById("toasts")?.append(note);
}

/**
 * @param {ParentNode} root
 * @param {string} name
 */
function parts(root, name) {
  return /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(`[data-${name}]`));
}

/**
 * @param {ParentNode} root
 * @param {string} name
 */
function part(root, name) {
  return parts(root, name)[0];
}

/** @param {{ level: string, message: string, url: string }} notice */
function toast(notice) {
  const shape = words.content.cloneNode(true);
  const made = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (shape).firstElementChild);
  made.classList.toggle("toast-bad", notice.level === "error");
  part(made, "toast-icon").hidden = notice.level !== "error";
  part(made, "toast-text").textContent = notice.message;
  const link = /** @type {HTMLAnchorElement} */ (part(made, "toast-link"));
  link.hidden = !notice.url.startsWith("/");
  if (!link.hidden) link.href = notice.url;
  document.getElementById("toasts")?.append(made);
  made.dispatchEvent(new CustomEvent("live:replaced", { bubbles: true }));
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(rest);
  if (document.hidden) rest = setTimeout(leave, HIDDEN_MS);
  else open();
});
addEventListener("offline", leave);
addEventListener("online", open);
// A page in the back-forward cache may hold no socket.
addEventListener("pagehide", () => {
  clearTimeout(gathering);
  leave();
});
addEventListener("pageshow", open);
open();
