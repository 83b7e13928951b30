// @ts-check
/** What a creator thinks of a text: said by two buttons, or seen when they ask for another one. */

export class Verdict {
  /**
   * @param {HTMLFormElement} form the two buttons
   * @param {(id: string, verdict: string) => Promise<boolean>} send
   * @param {() => void} onNoted
   */
  constructor(form, send, onNoted) {
    this.form = form;
    this.send = send;
    this.onNoted = onNoted;
    this.id = "";
    this.buttons = /** @type {HTMLButtonElement[]} */ ([...form.querySelectorAll("button")]);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
      if (button) void this.say(button.value);
    });
  }

  /** @param {string} id of a text that nobody has judged yet */
  begin(id) {
    this.id = id;
    this.press("");
  }

  /** The verdict that is pressed; empty for none. */
  get said() {
    return this.buttons.find((button) => button.getAttribute("aria-pressed") === "true")?.value ?? "";
  }

  /** @param {string} verdict */
  async say(verdict) {
    const before = this.said;
    if (verdict === before) return;
    this.press(verdict);
    if (await this.send(this.id, verdict)) this.onNoted();
    else this.press(before);
  }

  /** Another text was asked for in its place. */
  async replaced() {
    if (this.id && !this.said) await this.send(this.id, "regenerated");
  }

  /** @param {string} verdict */
  press(verdict) {
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.value === verdict));
  }
}
