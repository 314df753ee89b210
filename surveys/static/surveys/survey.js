// One person's way through a questionnaire: one question per screen, kept after each answer.
// Where the draft is kept, and what happens after sending, is for whoever begins it to say.

import * as screens from "./screens.js";

export const main = document.querySelector("#main");
export const screen = document.querySelector("#screen");
export const words = JSON.parse(document.querySelector("#words").textContent);
const { questions } = main.dataset;

/** The code as it is printed, as the server reads it. */
export function normalise(typed) {
  return typed
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => digit.charCodeAt(0) & 15)
    .toUpperCase()
    .replace(/[\s\-‐–.·]/g, "")
    .replace(/[1I]/g, "L")
    .replace(/U/g, "V");
}

/** Download a questionnaire in one language, and keep it for when there is no network. */
async function download(hash, language) {
  const address = `${questions}${hash}/${language}.json`;
  const kept = await caches.open("questions");
  try {
    const answer = await fetch(address);
    if (answer.ok) {
      await kept.put(address, answer.clone());
      return await answer.json();
    }
  } catch {
    // No network: what was kept will do.
  }
  return (await kept.match(address))?.json();
}

export class Survey {
  #home;
  #place;
  #draft;
  #questionnaire;

  /**
   * `home` keeps the draft (`readDraft`, `editDraft`, `finishDraft`), sends (`send`), says thanks
   * (`thank`), and has what else is on a screen (`aside`). `hasHistory`: the browser's back works.
   */
  constructor(home, place, draft) {
    this.#home = home;
    this.#place = place;
    this.#draft = draft;
  }

  async begin() {
    if (!(await this.#load(this.#draft.language))) return false;
    document.querySelector("header nav").hidden = true;
    document.querySelector("footer").hidden = true;
    if (this.#home.hasHistory) {
      window.addEventListener("popstate", (event) => this.#show(event.state?.position ?? "consent"));
      history.replaceState({ position: this.#draft.position }, "");
    }
    await this.#show(this.#draft.position);
    for (const language of this.#draft.languages) await download(this.#draft.questions, language);
    return true;
  }

  async #load(language) {
    const questionnaire = await download(this.#draft.questions, language);
    if (!questionnaire) return false;
    this.#questionnaire = questionnaire;
    document.documentElement.lang = questionnaire.language;
    document.documentElement.dir = questionnaire.dir;
    document.title = questionnaire.title;
    return true;
  }

  get #items() {
    return this.#questionnaire.sections.flatMap((section) => section.items.map((item) => ({ item, section })));
  }

  /** All screens in their order. */
  get #positions() {
    const { support } = this.#questionnaire;
    const positions = this.#questionnaire.sections.flatMap((section) => [
      ...section.items.map((item) => item.key),
      ...(support?.after === section.key ? ["support"] : []),
    ]);
    return ["consent", ...positions, ...(this.#draft.asksRecovery ? ["recovery"] : []), "review"];
  }

  async #edit(change) {
    const draft = await this.#home.editDraft(this.#place, (now) => now && { ...now, ...change(now) });
    if (draft) this.#draft = draft;
    else this.#thank(this.#questionnaire.words.elsewhere);
    return Boolean(draft);
  }

  async #go(position) {
    if (!(await this.#edit(() => ({ position })))) return;
    if (this.#home.hasHistory) history.pushState({ position }, "");
    await this.#show(position);
  }

  #step(position, distance) {
    const positions = this.#positions;
    return positions[positions.indexOf(position) + distance];
  }

  async #show(position) {
    // Another window may have answered meanwhile, or finished.
    const draft = await this.#home.readDraft(this.#place);
    if (!draft) {
      location.replace(location.pathname);
      return;
    }
    this.#draft = draft;
    const act = {
      next: () => this.#go(this.#step(position, 1)),
      back: () => this.#go(this.#step(position, -1)),
      go: (key) => this.#go(key),
      consent: (consent) => this.#edit(() => ({ consent })),
      answer: (key, value) => this.#answer(key, value),
      remember: (recovery) => this.#edit(() => ({ recovery })),
      assist: (key, marks) => this.#edit(({ assistance }) => ({ assistance: { ...assistance, [key]: marks } })),
      send: () => this.#send(),
    };
    const picker = screens.languagePicker(this.#questionnaire, async (language) => {
      await this.#switchTo(language, position);
    });
    replace(picker, this.#screen(position, act), this.#home.aside(this.#questionnaire));
  }

  #screen(position, act) {
    const questionnaire = this.#questionnaire;
    if (position === "consent") return screens.consentScreen(questionnaire, this.#draft, act, main.dataset.aloud !== undefined);
    if (position === "support") return screens.supportScreen(questionnaire, act);
    if (position === "recovery") return screens.recoveryScreen(questionnaire, this.#draft.recovery ?? {}, act);
    if (position === "review") return screens.reviewScreen(questionnaire, this.#draft, act);
    const items = this.#items;
    const number = items.findIndex(({ item }) => item.key === position);
    const place = { ...items[number], number: number + 1, total: items.length };
    const marks = main.dataset.aloud === undefined ? undefined : this.#draft.assistance?.[position] ?? [];
    return screens.questionScreen(questionnaire, place, { value: this.#draft.answers[position]?.value, marks }, act);
  }

  #answer(key, value) {
    const { language } = this.#questionnaire;
    return this.#edit(({ answers: given }) => ({ answers: { ...given, [key]: { value, language } } }));
  }

  async #switchTo(language, position) {
    if ((await this.#load(language)) && (await this.#edit(() => ({ language })))) await this.#show(position);
  }

  async #send() {
    const isMine = await this.#home.finishDraft(this.#place, toSubmission);
    const { words: said } = this.#questionnaire;
    this.#thank(isMine ? said.sending : said.elsewhere);
    if (!isMine) return;
    if (this.#home.hasHistory) history.replaceState(null, "");
    const { uuid } = this.#draft;
    await this.#home.send((left) => {
      const mine = left.find((entry) => entry.uuid === uuid);
      const status = document.querySelector("#sent");
      if (!status) return;
      if (!mine) status.textContent = said.sent;
      else status.textContent = mine.refused ?? `${said.waits} ${said.waitsHint}`;
    });
  }

  #thank(message) {
    replace(this.#home.thank(this.#questionnaire, message, this.#draft));
  }
}

function toSubmission(draft) {
  const given = Object.entries(draft.answers).filter(([, { value }]) => value !== undefined);
  return {
    ticket: draft.ticket,
    consent: draft.consent,
    assistance: draft.assistance,
    recovery: draft.recovery,
    language: draft.language,
    answers: Object.fromEntries(given.map(([key, { value }]) => [key, value])),
    answerLanguages: Object.fromEntries(
      given.filter(([, { language }]) => language !== draft.language).map(([key, { language }]) => [key, language]),
    ),
  };
}

export function replace(...children) {
  screen.replaceChildren(...children);
  window.scrollTo(0, 0);
  screen.querySelector("h1")?.focus({ preventScroll: true });
}

export function showProblem(message) {
  screen.querySelector(".problem")?.remove();
  const problem = screens.make("div", { class: "problem", role: "alert", tabindex: "-1" },
    screens.make("h2", {}, words.problem), screens.make("p", {}, message));
  screen.prepend(problem);
  problem.focus();
}

export function newDraft(admission) {
  const { ticket, uuid, receipt, mode, asksRecovery, wave, questions: hash, languages, pictures } = admission;
  const language = languages.includes(document.documentElement.lang) ? document.documentElement.lang : languages[0];
  return {
    ticket, uuid, receipt, mode, asksRecovery, wave, questions: hash, languages, pictures, language,
    position: "consent", consent: [], answers: {},
  };
}

/** Ask the server what the card is for; undefined where it can't be reached. */
export async function admit(form, code) {
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ code }),
    });
    return answer.status >= 500 ? undefined : await answer.json();
  } catch {
    return undefined;
  }
}
