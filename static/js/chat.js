// @ts-check
/** A conversation. Without this script a message is posted and the page comes back with the answer. */

import { GenerationClient, Lost, Refused } from "./generation.js";
import { Writer } from "./writer.js";

/** @typedef {import("./sse.js").Frame} Frame */

const NO_ID = "00000000-0000-4000-8000-000000000000";

/**
 * @template {HTMLElement} T
 * @param {string} name
 * @param {ParentNode} [root]
 * @returns {T}
 */
function part(name, root = document) {
  return /** @type {T} */ (root.querySelector(`[data-${name}]`));
}

const talk = part("talk");
const said = part("said");
const composer = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-composer]"));
const words = part("words-of-script").dataset;
/** @type {GenerationClient | null} */
let client = null;
let isStopping = false;

/** @returns {HTMLTextAreaElement} */
function field() {
  return /** @type {HTMLTextAreaElement} */ (composer?.elements.namedItem("message"));
}

/** @param {boolean} isWriting */
function enter(isWriting) {
  const isHere = [part("send"), part("stop")].some((each) => each === document.activeElement);
  talk.dataset.state = isWriting ? "writing" : "idle";
  part("send").hidden = isWriting;
  part("stop").hidden = !isWriting;
  if (isHere) stay();
}

/** Whoever works with the keyboard stays at the button that took the place of theirs. */
function stay() {
  part(part("stop").hidden ? "send" : "stop").focus({ preventScroll: true });
}

/** @param {string} sentence */
function say(sentence) {
  part("status").textContent = sentence;
}

/**
 * @param {string} name
 * @returns {HTMLElement}
 */
function fromTemplate(name) {
  const template = /** @type {HTMLTemplateElement} */ (part(`${name}-template`));
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  return /** @type {HTMLElement} */ (copy.firstElementChild);
}

/** What the composer covers of the text that arrives. */
function covered() {
  return composer ? Math.max(0, innerHeight - composer.getBoundingClientRect().top) : 0;
}

/** One answer on the page, from waiting for it to its end. */
class Answer {
  /** @param {HTMLElement} article */
  constructor(article) {
    this.article = article;
    this.writer = new Writer(part("written", article), part("spoken"), covered);
  }

  begin() {
    this.article.dataset.state = "writing";
    this.writer.begin();
    this.complain("");
    this.wait(words.waiting ?? "");
  }

  /** @param {string} sentence */
  wait(sentence) {
    part("waiting", this.article).textContent = sentence;
    part("waiting", this.article).hidden = !sentence;
  }

  /**
   * @param {string} sentence
   * @param {unknown} [error] where it comes from
   */
  complain(sentence, error) {
    part("trouble-text", this.article).textContent = sentence;
    part("plans", this.article).hidden = !(error instanceof Refused && error.isOfPlan);
    part("trouble", this.article).hidden = !sentence;
  }

  /** @param {Frame} frame */
  take({ event, data }) {
    if (event === "start" || event === "route") this.begun(data);
    else if (event === "delta") this.arrived(() => this.writer.append(data.text));
    else if (event === "snapshot") this.arrived(() => this.writer.replace(data.text));
    else if (event === "done") this.finished(data);
    else if (event === "error") this.complain(data.error);
  }

  /** @param {any} data */
  begun(data) {
    part("model", this.article).textContent = data.model;
    if (data.routeReason) part("model", this.article).title = data.routeReason;
    if (data.conversationId) locate(data.conversationId);
    if (data.id) this.name(data.id);
    if (data.id && isStopping) void client?.stop();
  }

  /** @param {string} id */
  name(id) {
    this.article.dataset.generation = id;
    part("written", this.article).id = `words-${id}`;
    part("copy-words", this.article).dataset.copy = `#words-${id}`;
    const form = /** @type {HTMLFormElement} */ (part("keep-form", this.article));
    form.action = (talk.dataset.keep ?? "").replace(NO_ID, id);
  }

  /** @param {() => void} change */
  arrived(change) {
    if (!part("waiting", this.article).hidden) {
      this.wait("");
      say(words.writing ?? "");
    }
    change();
  }

  /** @param {any} data */
  finished(data) {
    if (data.model) part("model", this.article).textContent = data.model;
    if (!this.writer.text.trim() && data.status !== "CANCELED") this.complain(words.empty ?? "");
    say((data.status === "CANCELED" ? words.stopped : words.finished) ?? "");
  }

  end() {
    this.writer.end();
    this.wait("");
    const isEmpty = !this.writer.text.trim();
    this.article.dataset.state = "written";
    part("when-written", this.article).hidden = false;
    part("keep-form", this.article).hidden = isEmpty;
    part("copy-words", this.article).hidden = isEmpty || !navigator.clipboard;
  }
}

/** @param {string} id the conversation that this page is from now on */
function locate(id) {
  const address = `${talk.dataset.page}/${id}`;
  if (composer) composer.action = address;
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("[data-again-form]"))) {
    form.action = `${address}/again`;
  }
  if (talk.dataset.conversation === id) return;
  talk.dataset.conversation = id;
  history.replaceState(null, "", address);
  void frame(address);
}

/**
 * What stands around a thread that has just begun: its title, its menu, the others beside it.
 * @param {string} address
 */
async function frame(address) {
  const response = await fetch(address, { headers: { Accept: "text/html", "X-Live": "1" } }).catch(() => null);
  if (!response?.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  document.title = page.title;
  for (const name of [".thread-head", ".talks"]) {
    const fresh = page.querySelector(name);
    const old = document.querySelector(name);
    if (fresh && old && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(fresh));
  }
}

/**
 * @param {HTMLElement} article
 * @param {(client: GenerationClient, onLine: (isLost: boolean) => void) => AsyncGenerator<Frame>} open
 * @param {() => void} [onRefused] what to put back when the message was not taken
 */
async function run(article, open, onRefused) {
  client?.abort.abort();
  const mine = (client = new GenerationClient(talk.dataset.api ?? ""));
  const answer = new Answer(article);
  let isRefused = false;
  isStopping = false;
  enter(true);
  answer.begin();
  /** @param {boolean} isLost */
  const onLine = (isLost) => {
    if (isLost) answer.wait(words.reconnecting ?? "");
    else if (answer.writer.text) answer.wait("");
  };
  try {
    for await (const frame of open(mine, onLine)) {
      if (mine !== client) return;
      answer.take(frame);
    }
  } catch (error) {
    if (mine !== client) return;
    answer.complain(explain(error), error);
    isRefused = !mine.id;
  }
  answer.end();
  if (isRefused) {
    // It was no answer: what stays of it is the reason, until the next attempt.
    article.dataset.refused = "";
    part("answer-foot", article).remove();
    onRefused?.();
  }
  enter(false);
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof Refused) return (error.code === "unauthorized" ? words.signedOut : "") || error.message;
  if (error instanceof Lost) return words.lost ?? "";
  throw error;
}

/** @returns {HTMLElement} a new answer at the end of the thread */
function addAnswer() {
  const article = fromTemplate("answer");
  said.append(article);
  if (talk.dataset.conversation) locate(talk.dataset.conversation);
  return article;
}

function send() {
  const message = field().value.trim();
  if (!message || talk.dataset.state === "writing") return;
  document.querySelector("[data-starters]")?.remove();
  forgetRefusals();
  const question = fromTemplate("question");
  part("words", question).textContent = message;
  said.append(question);
  const article = addAnswer();
  fill("");
  question.scrollIntoView({ block: "start" });
  const id = talk.dataset.conversation;
  const body = id ? { conversationId: id, message } : { message };
  void run(
    article,
    (mine, onLine) => mine.ask("/chat", body, onLine),
    () => {
      // It was not taken: back into the composer with it, unless something else is there by now.
      question.remove();
      if (!field().value) fill(message);
    },
  );
}

function forgetRefusals() {
  for (const refused of document.querySelectorAll("[data-refused]")) refused.remove();
}

/** @param {string} message */
function fill(message) {
  field().value = message;
  field().dispatchEvent(new Event("input"));
}

function again() {
  const id = talk.dataset.conversation;
  if (!id || talk.dataset.state === "writing") return;
  forgetRefusals();
  const last = said.querySelector("[data-answer]:last-of-type");
  const isHere = last?.contains(document.activeElement);
  last?.remove();
  const article = addAnswer();
  void run(
    article,
    (mine, onLine) => mine.ask(`/conversations/${id}/regenerate`, {}, onLine),
    () => {
      // It was not taken: the answer that there was still stands.
      if (last) article.before(last);
    },
  );
  if (isHere) stay();
}

composer?.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

composer?.addEventListener("keydown", (event) => {
  // While a word is being composed (Japanese, accents), Enter ends the word.
  if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.altKey) return;
  if (/** @type {Element} */ (event.target).closest("textarea")) {
    event.preventDefault();
    composer.requestSubmit();
  }
});

said.addEventListener("submit", (event) => {
  const form = /** @type {HTMLElement} */ (event.target);
  if (!form.matches("[data-again-form]")) return;
  event.preventDefault();
  again();
});

if (composer) {
  part("stop").addEventListener("click", () => {
    isStopping = true;
    void client?.stop();
  });
}

for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("[data-starter]"))) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    fill(link.dataset.starter ?? "");
    field().focus();
  });
}

const running = /** @type {HTMLElement | null} */ (said.querySelector('[data-answer][data-state="writing"]'));
if (composer && running) {
  const id = running.dataset.generation ?? "";
  void run(running, (mine, onLine) => mine.resume(id, onLine));
}
if (composer && said.children.length) scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
