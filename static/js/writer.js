// @ts-check
/** Puts arriving text on the sheet: evenly, with a warm tail and a caret, without moving what is read. */

const TAIL_CHARACTERS = 28;
const DRAIN_FRAMES = 7;
const NEAR_END_PX = 72;
const SENTENCE = /[.!?…:]["”»’)]*\s|\n/g;

export class Writer {
  /**
   * @param {HTMLElement} sheet where the text goes
   * @param {HTMLElement} spoken where whole sentences go, for those who listen
   * @param {() => number} footHeight how much of the window's foot covers the text
   */
  constructor(sheet, spoken, footHeight) {
    this.sheet = sheet;
    this.spoken = spoken;
    this.footHeight = footHeight;
    this.text = "";
    this.pending = "";
    this.unspoken = "";
    this.isRunning = false;
    this.settled = document.createTextNode("");
    this.tail = document.createElement("span");
    this.tail.className = "tail";
    this.caret = document.createElement("span");
    this.caret.className = "caret";
    this.isSlow = matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  /** A clean sheet with a caret. */
  begin() {
    this.text = this.pending = this.unspoken = "";
    this.settled.data = "";
    this.tail.textContent = "";
    this.spoken.replaceChildren();
    this.sheet.replaceChildren(this.settled, this.tail, this.caret);
  }

  /** @param {string} piece */
  append(piece) {
    this.text += piece;
    this.pending += piece;
    if (this.isSlow || document.hidden) this.show(this.pending.length);
    else if (!this.isRunning) {
      this.isRunning = true;
      requestAnimationFrame(() => this.tick());
    }
  }

  /** @param {string} text all of it so far, in place of what is there */
  replace(text) {
    this.text = text;
    this.pending = this.unspoken = "";
    this.settled.data = text;
    this.tail.textContent = "";
  }

  /** Show what is left and put the pen down. */
  end() {
    this.show(this.pending.length);
    this.say(this.unspoken);
    this.unspoken = "";
    this.sheet.replaceChildren(document.createTextNode(this.text));
  }

  /** A part of what is pending each frame, so that bursts of the network read as one flow. */
  tick() {
    this.show(Math.max(1, Math.ceil(this.pending.length / DRAIN_FRAMES)));
    this.isRunning = this.pending.length > 0;
    if (this.isRunning) requestAnimationFrame(() => this.tick());
  }

  /** @param {number} count */
  show(count) {
    if (!this.pending) return;
    const isFollowing = this.isAtEnd();
    const code = this.pending.charCodeAt(count - 1);
    const end = code >= 0xd800 && code <= 0xdbff ? count + 1 : count;
    const piece = this.pending.slice(0, end);
    this.pending = this.pending.slice(end);
    this.place(piece);
    this.listen(piece);
    if (isFollowing) this.follow();
  }

  /** @param {string} piece */
  place(piece) {
    const warm = (this.tail.textContent ?? "") + piece;
    // Cut between words, so that a word is never of two colours for long.
    const from = Math.max(0, warm.length - TAIL_CHARACTERS);
    const space = from ? warm.lastIndexOf(" ", from) + 1 : 0;
    this.settled.appendData(warm.slice(0, space));
    this.tail.textContent = warm.slice(space);
  }

  /** Whether the reader is where the writing is, and so wants to see it go on. */
  isAtEnd() {
    const foot = innerHeight - this.footHeight();
    const end = this.caret.getBoundingClientRect().bottom;
    return end <= foot + NEAR_END_PX && end >= 0;
  }

  follow() {
    const over = this.caret.getBoundingClientRect().bottom - (innerHeight - this.footHeight() - 24);
    if (over > 0) scrollBy({ top: over, behavior: "instant" });
  }

  /** @param {string} piece */
  listen(piece) {
    this.unspoken += piece;
    const ends = [...this.unspoken.matchAll(SENTENCE)];
    const last = ends.at(-1);
    if (!last) return;
    const cut = last.index + last[0].length;
    this.say(this.unspoken.slice(0, cut));
    this.unspoken = this.unspoken.slice(cut);
  }

  /** @param {string} sentences */
  say(sentences) {
    if (!sentences.trim()) return;
    const line = document.createElement("p");
    line.textContent = sentences.trim();
    this.spoken.append(line);
  }
}
