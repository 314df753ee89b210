// The survey on a phone: one question per screen, kept after each answer, sent when it can be.
// Without this script the same form posts to the server and everything works there.

import { Outbox } from "./outbox.js";
import * as screens from "./screens.js";
import * as store from "./store.js";

const main = document.querySelector("#main");
const screen = document.querySelector("#screen");
const { worker, answers, questions } = main.dataset;
const TAB = "survey-place";
const words = JSON.parse(document.querySelector("#words").textContent);

/** The code as it is printed, as the server reads it. */
function normalise(typed) {
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

class Survey {
  #place;
  #draft;
  #questionnaire;
  #outbox;

  constructor(place, draft, outbox) {
    this.#place = place;
    this.#draft = draft;
    this.#outbox = outbox;
  }

  async begin() {
    if (!(await this.#load(this.#draft.language))) return false;
    document.querySelector("header nav").hidden = true;
    document.querySelector("footer").hidden = true;
    window.addEventListener("popstate", (event) => this.#show(event.state?.position ?? "consent"));
    history.replaceState({ position: this.#draft.position }, "");
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
    return ["consent", ...positions, "review"];
  }

  async #edit(change) {
    const draft = await store.editDraft(this.#place, (now) => now && { ...now, ...change(now) });
    if (draft) this.#draft = draft;
    else this.#thank(this.#questionnaire.words.elsewhere);
    return Boolean(draft);
  }

  async #go(position) {
    if (!(await this.#edit(() => ({ position })))) return;
    history.pushState({ position }, "");
    await this.#show(position);
  }

  #step(position, distance) {
    const positions = this.#positions;
    return positions[positions.indexOf(position) + distance];
  }

  async #show(position) {
    // Another window may have answered meanwhile, or finished.
    const draft = await store.readDraft(this.#place);
    if (!draft) {
      location.replace(location.pathname);
      return;
    }
    this.#draft = draft;
    const act = {
      next: () => this.#go(this.#step(position, 1)),
      back: () => history.back(),
      go: (key) => this.#go(key),
      consent: (consent) => this.#edit(() => ({ consent })),
      answer: (key, value) => this.#answer(key, value),
      send: () => this.#send(),
    };
    if (position !== "consent") act.back = () => this.#go(this.#step(position, -1));
    const picker = screens.languagePicker(this.#questionnaire, async (language) => {
      await this.#switchTo(language, position);
    });
    const clear = screens.make("p", { class: "quiet" }, screens.make("button",
      { class: "link", type: "button", onclick: () => this.#clear() }, this.#questionnaire.words.clear));
    replace(picker, this.#screen(position, act), clear);
  }

  #screen(position, act) {
    const questionnaire = this.#questionnaire;
    if (position === "consent") return screens.consentScreen(questionnaire, this.#draft, act);
    if (position === "support") return screens.supportScreen(questionnaire, act);
    if (position === "review") return screens.reviewScreen(questionnaire, this.#draft, act);
    const items = this.#items;
    const number = items.findIndex(({ item }) => item.key === position);
    const place = { ...items[number], number: number + 1, total: items.length };
    return screens.questionScreen(questionnaire, place, this.#draft.answers[position]?.value, act);
  }

  #answer(key, value) {
    const { language } = this.#questionnaire;
    return this.#edit(({ answers: given }) => ({ answers: { ...given, [key]: { value, language } } }));
  }

  async #switchTo(language, position) {
    if ((await this.#load(language)) && (await this.#edit(() => ({ language })))) await this.#show(position);
  }

  async #send() {
    const isMine = await store.finishDraft(this.#place, toSubmission);
    sessionStorage.removeItem(TAB);
    const { words: said } = this.#questionnaire;
    this.#thank(isMine ? said.sending : said.elsewhere);
    if (!isMine) return;
    history.replaceState(null, "");
    const { uuid } = this.#draft;
    this.#outbox.addEventListener("change", ({ detail: left }) => {
      const mine = left.find((entry) => entry.uuid === uuid);
      const status = document.querySelector("#sent");
      if (!status) return;
      if (!mine) status.textContent = said.sent;
      else status.textContent = mine.refused ?? `${said.waits} ${said.waitsHint}`;
    });
    await this.#outbox.flush();
  }

  #thank(message) {
    const another = () => location.replace(location.pathname);
    replace(screens.thanksScreen(this.#questionnaire, message, this.#draft, { clear: () => this.#clear(), another }));
  }

  async #clear() {
    const left = await store.waiting();
    if (left.length && !confirm(this.#questionnaire.words.clearUnsent)) return;
    await store.clearAll();
    sessionStorage.removeItem(TAB);
    location.replace(location.pathname);
  }
}

function toSubmission(draft) {
  const given = Object.entries(draft.answers).filter(([, { value }]) => value !== undefined);
  return {
    ticket: draft.ticket,
    consent: draft.consent,
    language: draft.language,
    answers: Object.fromEntries(given.map(([key, { value }]) => [key, value])),
    answerLanguages: Object.fromEntries(
      given.filter(([, { language }]) => language !== draft.language).map(([key, { language }]) => [key, language]),
    ),
  };
}

function replace(...children) {
  screen.replaceChildren(...children);
  window.scrollTo(0, 0);
  screen.querySelector("h1")?.focus({ preventScroll: true });
}

function showProblem(message) {
  screen.querySelector(".problem")?.remove();
  const problem = screens.make("div", { class: "problem", role: "alert", tabindex: "-1" },
    screens.make("h2", {}, words.problem), screens.make("p", {}, message));
  screen.prepend(problem);
  problem.focus();
}

function showOutbox(left, outbox) {
  const box = document.querySelector("#outbox");
  const unsent = left.filter((entry) => !entry.refused);
  const lines = unsent.length ? [screens.make("p", { class: "invented" }, screens.fill(words.waiting, { count: unsent.length }))] : [];
  for (const { uuid, refused } of left.filter((entry) => entry.refused)) {
    const discard = async () => { await store.forget(uuid); await outbox.flush(); };
    lines.push(screens.make("p", { class: "problem" }, screens.fill(words.refused, { reason: refused }), " ",
      screens.make("button", { class: "link", type: "button", onclick: discard }, words.discard)));
  }
  if (!left.length && box.childElementCount) lines.push(screens.make("p", { class: "invented" }, words.sentNow));
  box.replaceChildren(...lines);
}

function newDraft(admission) {
  const { ticket, uuid, receipt, mode, wave, questions: hash, languages, pictures } = admission;
  const language = languages.includes(document.documentElement.lang) ? document.documentElement.lang : languages[0];
  return {
    ticket, uuid, receipt, mode, wave, questions: hash, languages, pictures, language,
    position: "consent", consent: [], answers: {},
  };
}

/** Ask the server what the card is for; undefined where it can't be reached. */
async function admit(form, code) {
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

/** What opens a draft where there is no card: known to this window alone, and gone with it. */
function tabSecret() {
  if (!sessionStorage.getItem(TAB)) sessionStorage.setItem(TAB, crypto.randomUUID());
  return `${location.pathname} ${sessionStorage.getItem(TAB)}`;
}

async function enter(form, outbox) {
  const code = form.elements.code ? normalise(form.elements.code.value) : tabSecret();
  const place = await store.placeOf(code);
  const admission = await admit(form, code);
  if (admission?.error) return showProblem(admission.error);
  if (admission?.answered) {
    await store.dropDraft(place);
    return location.assign(`${location.pathname}thanks/?state=answered`);
  }
  // An unfinished draft of the same wave goes on, with its own ticket.
  const draft = admission
    ? await store.editDraft(place, (now) => (now?.wave === admission.wave ? now : newDraft(admission)))
    : await store.readDraft(place);
  if (!draft) return showProblem(words.offline);
  if (!(await new Survey(place, draft, outbox).begin())) showProblem(words.unavailable);
}

function start() {
  const form = document.querySelector("#enter");
  // A QR code carries the code behind the #, which no server ever sees. It must not stay there.
  const scanned = decodeURIComponent(location.hash.slice(1));
  if (scanned && form.elements.code) {
    form.elements.code.value = scanned;
    history.replaceState(null, "", location.pathname + location.search);
  }
  if (!store.isSupported()) return;
  const outbox = new Outbox(answers);
  outbox.addEventListener("change", ({ detail }) => showOutbox(detail, outbox));
  outbox.flush();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    enter(form, outbox);
  });
  navigator.serviceWorker?.register(worker);
}

start();
