// Sends finished answers from the page, and forgets them only when the server says that it has them.

import { forget, markRefused, readWaiting, waiting } from "./store.js";

const FIRST_DELAY = 5_000;
const LONGEST_DELAY = 60_000;

// The server has looked at it and will say the same again: trying on would help nobody.
const FINAL = new Set([403, 410, 413, 422]);

export class Outbox extends EventTarget {
  #address;
  #delay = FIRST_DELAY;
  #timer;

  constructor(address) {
    super();
    this.#address = address;
    window.addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.flush();
    });
  }

  /** Try to send everything once. One window at a time, or each would send each entry. */
  async flush() {
    clearTimeout(this.#timer);
    await navigator.locks.request("survey-outbox", async () => {
      for (const { uuid, refused } of await waiting()) {
        if (!refused) await this.#send(uuid);
      }
    });
    const left = await waiting();
    this.dispatchEvent(new CustomEvent("change", { detail: left }));
    if (left.some((entry) => !entry.refused)) this.#tryLater();
    else this.#delay = FIRST_DELAY;
    return left;
  }

  async #send(uuid) {
    const submission = await readWaiting(uuid);
    if (!submission) return;
    try {
      const answer = await fetch(this.#address, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(submission),
      });
      const said = await answer.json();
      // 409: other answers were there first; these are kept beside them for a person to decide.
      const isKept = answer.ok || answer.status === 409;
      if (isKept && said.uuid === uuid) await forget(uuid);
      else if (FINAL.has(answer.status)) await markRefused(uuid, said.error);
    } catch {
      // No network, or not our server: it stays, and is tried again.
    }
  }

  #tryLater() {
    this.#timer = setTimeout(() => this.flush(), this.#delay);
    this.#delay = Math.min(2 * this.#delay, LONGEST_DELAY);
  }
}
