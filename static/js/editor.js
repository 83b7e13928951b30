// @ts-check
/** The editor: knows what is not saved yet, guards it, and finds it again after an accident. */

const KEPT_DAYS = 30;
const PAUSE_MS = 400;

const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-editor]"));
const title = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("title"));
const body = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("body"));
const kind = /** @type {HTMLSelectElement} */ (form.elements.namedItem("type"));
const version = /** @type {HTMLInputElement} */ (form.elements.namedItem("version"));
const changed = /** @type {HTMLElement} */ (form.querySelector("[data-changed]"));
const saved = /** @type {HTMLElement | null} */ (form.querySelector("[data-saved]"));
const recovery = /** @type {HTMLElement} */ (document.querySelector("[data-recovery]"));
const key = `editor:${form.dataset.editor}`;
const opened = written();
let isLeaving = false;
let timer = 0;

function written() {
  return JSON.stringify([title.value, body.value, kind.value]);
}

function isChanged() {
  return written() !== opened || form.hasAttribute("data-unsaved");
}

function show() {
  form.classList.toggle("is-changed", isChanged());
  changed.hidden = !isChanged();
  if (saved) saved.hidden = isChanged();
}

/** On this device only, so that a closed lid or a lost session costs nothing. */
function remember() {
  try {
    if (isChanged()) {
      const kept = { title: title.value, body: body.value, version: version.value, at: Date.now() };
      localStorage.setItem(key, JSON.stringify(kept));
    } else {
      localStorage.removeItem(key);
    }
  } catch {
    // Private windows refuse storage; the guard below still stands.
  }
}

/** @returns {{ title: string, body: string, version: string, at: number } | null} */
function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "null");
    const isOld = !kept || Date.now() - kept.at > KEPT_DAYS * 86_400_000;
    return isOld ? null : kept;
  } catch {
    return null;
  }
}

function forget() {
  localStorage.removeItem(key);
  recovery.hidden = true;
}

function offer() {
  const kept = remembered();
  if (!kept) return;
  if (kept.title === title.value && kept.body === body.value) forget();
  else recovery.hidden = form.hasAttribute("data-unsaved");
}

form.addEventListener("input", () => {
  show();
  clearTimeout(timer);
  timer = setTimeout(remember, PAUSE_MS);
});

form.addEventListener("submit", () => {
  clearTimeout(timer);
  remember();
  isLeaving = true;
  // What happens elsewhere from now on is our own doing (live.js).
  form.setAttribute("data-leaving", "");
});

form.addEventListener("keydown", (event) => {
  if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit(/** @type {HTMLButtonElement} */ (form.querySelector(".button-save")));
});

addEventListener("beforeunload", (event) => {
  if (!isLeaving && isChanged()) event.preventDefault();
});

document.querySelector("[data-recover]")?.addEventListener("click", () => {
  const kept = remembered();
  if (!kept) return;
  title.value = kept.title;
  body.value = kept.body;
  // The version they were written on: if it moved on since, both texts are shown.
  if (kept.version) version.value = kept.version;
  recovery.hidden = true;
  form.dispatchEvent(new Event("input"));
  body.focus();
});

document.querySelector("[data-forget]")?.addEventListener("click", forget);

const history = /** @type {HTMLDetailsElement | null} */ (document.querySelector("[data-history]"));
if (history && matchMedia("(width < 68rem)").matches) history.open = false;

offer();
show();
