// @ts-check
/** The writing desk. Without this script the brief is posted and the page comes back with the text. */

import { GenerationClient, Lost, Refused } from "./generation.js";
import { Verdict } from "./verdict.js";
import { Writer } from "./writer.js";

/** @typedef {import("./sse.js").Frame} Frame */

const NO_ID = "00000000-0000-4000-8000-000000000000";

/**
 * @template {HTMLElement} T
 * @param {string} name
 * @returns {T}
 */
function part(name) {
  return /** @type {T} */ (document.querySelector(`[data-${name}]`));
}

const desk = part("desk");
const words = part("words").dataset;
const brief = /** @type {HTMLFormElement} */ (part("brief"));
const foot = /** @type {HTMLElement} */ (document.querySelector(".sheet-foot"));
const writer = new Writer(part("written"), part("spoken"), () => {
  const bar = foot.getBoundingClientRect();
  return bar.height ? Math.max(0, innerHeight - bar.top) : 0;
});
const judge = new GenerationClient(desk.dataset.api ?? "");
const verdict = new Verdict(
  part("verdict-form"),
  (id, said) => judge.judge(id, said),
  () => say(words.noted ?? ""),
);
/** @type {GenerationClient | null} */
let client = null;
let isStopping = false;

/** @param {"idle" | "writing" | "written"} state */
function enter(state) {
  desk.dataset.state = state;
  part("while-writing").hidden = state !== "writing";
  part("when-written").hidden = state !== "written";
  part("keep-form").hidden = !writer.text.trim();
  part("verdict-form").hidden = !writer.text.trim();
  part("copy").hidden = !writer.text.trim() || !navigator.clipboard;
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (brief.querySelectorAll("button"))) {
    button.disabled = state === "writing";
  }
}

/** @param {string} sentence */
function say(sentence) {
  part("status").textContent = sentence;
}

/** @param {string} sentence */
function wait(sentence) {
  part("waiting").textContent = sentence;
  part("waiting").hidden = !sentence;
}

/**
 * @param {string} sentence
 * @param {unknown} [error] where it comes from
 */
function complain(sentence, error) {
  part("trouble-text").textContent = sentence;
  part("plans").hidden = !(error instanceof Refused && error.isOfPlan);
  part("trouble").hidden = !sentence;
}

/** @returns {Record<string, string>} */
function asked() {
  const fields = /** @type {[string, string][]} */ ([...new FormData(brief).entries()]);
  const wanted = Object.fromEntries(fields.filter(([name]) => name !== "csrfmiddlewaretoken"));
  sessionStorage.setItem("brief", JSON.stringify(wanted));
  return wanted;
}

/**
 * @param {(client: GenerationClient) => AsyncGenerator<Frame>} open
 * @param {boolean} isNew
 */
async function run(open, isNew) {
  client?.abort.abort();
  const mine = (client = new GenerationClient(desk.dataset.api ?? ""));
  prepare(isNew);
  try {
    for await (const frame of open(mine)) {
      if (mine !== client) return;
      take(frame);
    }
  } catch (error) {
    if (mine !== client) return;
    complain(explain(error), error);
  }
  writer.end();
  wait("");
  enter("written");
}

/** @param {boolean} isNew */
function prepare(isNew) {
  isStopping = false;
  complain("");
  document.querySelector("[data-starters]")?.remove();
  document.querySelector("[data-flaws]")?.remove();
  part("byline").hidden = true;
  part("cost").hidden = true;
  writer.begin();
  part("written").lang = String(new FormData(brief).get("language") ?? "");
  enter("writing");
  wait(words.waiting ?? "");
  if (isNew && matchMedia("(width < 64rem)").matches) part("sheet").scrollIntoView({ block: "start" });
}

/** @param {Frame} frame */
function take({ event, data }) {
  if (event === "start" || event === "route") begun(data);
  else if (event === "delta") arrived(() => writer.append(data.text));
  else if (event === "snapshot") arrived(() => writer.replace(data.text));
  else if (event === "done") finished(data);
  else if (event === "error") complain(data.error);
}

/** @param {() => void} change */
function arrived(change) {
  if (!part("waiting").hidden) {
    wait("");
    say(words.writing ?? "");
  }
  change();
}

/** @param {any} data */
function begun(data) {
  part("model").textContent = data.model;
  if (data.routeReason) part("reason").textContent = data.routeReason;
  part("byline").hidden = false;
  if (!data.id) return;
  desk.dataset.generation = data.id;
  verdict.begin(data.id);
  /** @type {HTMLFormElement} */ (part("verdict-form")).action = (desk.dataset.feedback ?? "").replace(NO_ID, data.id);
  const form = /** @type {HTMLFormElement} */ (part("keep-form"));
  form.action = (desk.dataset.keep ?? "").replace(NO_ID, data.id);
  const address = new URL(desk.dataset.page ?? "", location.href);
  address.searchParams.set("generation", data.id);
  history.replaceState(null, "", address);
  if (isStopping) void client?.stop();
}

/** @param {any} data */
function finished(data) {
  part("model").textContent = data.model ?? part("model").textContent;
  part("cost").textContent = costLine(data);
  part("cost").hidden = false;
  if (!writer.text.trim() && data.status !== "CANCELED") complain(words.empty ?? "");
  say((data.status === "CANCELED" ? words.stopped : words.finished) ?? "");
}

/** @param {any} data */
function costLine(data) {
  if (data.isReused) return words.reused ?? "";
  if (data.provider === "local") return words.free ?? "";
  const isCheaper = Number(data.costIfFullUsd) > Number(data.costUsd);
  return ((isCheaper ? words.saved : words.paid) ?? "")
    .replace("{cost}", money(data.costUsd))
    .replace("{full}", money(data.costIfFullUsd));
}

/** @param {string} amount */
function money(amount) {
  const value = Number(amount);
  const style = /** @type {const} */ ({ style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" });
  const small = value > 0 && value < 0.01 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 };
  return new Intl.NumberFormat(document.documentElement.lang, { ...style, ...small }).format(value);
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof Refused) return (error.code === "unauthorized" ? words.signedOut : "") || error.message;
  if (error instanceof Lost) return words.lost ?? "";
  throw error;
}

/** @param {boolean} isLost */
function onLine(isLost) {
  if (isLost) wait(words.reconnecting ?? "");
  else if (writer.text) wait("");
}

/** @param {boolean} reuse whether an identical earlier answer will do */
function write(reuse) {
  const wanted = { ...asked(), reuse };
  void run((mine) => mine.write(wanted, onLine), true);
}

brief.addEventListener("submit", (event) => {
  event.preventDefault();
  write(true);
});

brief.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) brief.requestSubmit();
});

part("stop").addEventListener("click", () => {
  isStopping = true;
  void client?.stop();
});

part("again").addEventListener("click", () => {
  if (!brief.reportValidity()) return;
  if (writer.text.trim()) void verdict.replaced();
  write(false);
});

for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("[data-starter]"))) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const prompt = /** @type {HTMLTextAreaElement} */ (brief.elements.namedItem("prompt"));
    prompt.value = link.dataset.starter ?? "";
    prompt.dispatchEvent(new Event("input"));
    prompt.focus();
  });
}

part("again").hidden = false;
if (desk.dataset.state === "writing") {
  const id = desk.dataset.generation ?? "";
  void run((mine) => mine.resume(id, onLine), false);
} else if (desk.dataset.state === "written") {
  writer.text = part("written").textContent ?? "";
  verdict.id = desk.dataset.generation ?? "";
} else {
  part("copy").hidden = true;
}
