// The shared tablet: one person after the other. Drafts are in memory alone; finished answers are
// sealed in the browser's storage until they have arrived, and nothing is left of them then.

import { Outbox } from "./outbox.js";
import * as screens from "./screens.js";
import { keepForSending } from "./store.js";
import { Survey, admit, main, newDraft, normalise, replace, screen, showProblem, words } from "./survey.js";

const idle = Number(main.dataset.idle);
const warning = Number(main.dataset.warning);
const first = { lang: document.documentElement.lang, dir: document.documentElement.dir, title: document.title };
// As it came from the server, before anybody typed anything.
const template = screen.cloneNode(true);
const outbox = new Outbox(main.dataset.answers);
let present = null;

/** One person at the tablet. What they do after they have left finds nobody. */
class Person {
  hasHistory = false;
  draft = null;
  questionnaire = null;

  #ifHere(value) {
    return present === this ? value : new Promise(() => {});
  }

  readDraft = async () => this.#ifHere(this.draft);

  editDraft = async (_place, edit) => {
    const draft = edit(this.draft);
    if (draft) this.draft = draft;
    return this.#ifHere(draft);
  };

  finishDraft = async (_place, toSubmission) => {
    if (!this.draft || present !== this) return this.#ifHere(false);
    const { draft } = this;
    this.draft = null;
    await keepForSending(toSubmission(draft), draft.uuid);
    return this.#ifHere(true);
  };

  send = async (tell) => {
    outbox.addEventListener("change", ({ detail }) => { if (present === this) tell(detail); });
    await outbox.flush();
  };

  aside = (questionnaire) => {
    this.questionnaire = questionnaire;
    return screens.make("p", { class: "quiet" }, screens.make("button",
      { class: "link", type: "button", onclick: nextPerson }, questionnaire.words.newPerson));
  };

  thank = (questionnaire, message, draft) => screens.thanksScreen(questionnaire, message, draft, { next: nextPerson });
}

/** Forget whoever was here, and show the first screen as it was when the page was loaded. */
function nextPerson() {
  present = null;
  warn(null);
  document.documentElement.lang = first.lang;
  document.documentElement.dir = first.dir;
  document.title = first.title;
  document.querySelector("header nav").hidden = false;
  document.querySelector("footer").hidden = false;
  document.querySelector("#leave").reset();
  document.querySelector("footer details").open = false;
  replace(...template.cloneNode(true).childNodes);
  forgetLanguage();
}

/** Take a language that was chosen on the first screen out of the address: it was one person's. */
async function forgetLanguage() {
  if (!location.search) return;
  // Without a network the screen stays: the browser's own error page would be no way on.
  const answer = await fetch(location.pathname, { method: "HEAD" }).catch(() => null);
  if (answer?.ok && isUntouched()) location.replace(location.pathname);
}

async function begin(form) {
  const code = form.elements.code ? normalise(form.elements.code.value) : "";
  const admission = await admit({ action: location.href }, code);
  if (!admission) return showProblem(words.offline);
  if (admission.error) return showProblem(admission.error);
  if (admission.answered) return showProblem(main.dataset.answered);
  present = new Person();
  present.draft = newDraft(admission);
  if (await new Survey(present, null, present.draft).begin()) return touched();
  present = null;
  showProblem(words.unavailable);
}

async function leave(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams({ pin: form.elements.pin.value }),
    redirect: "manual",
  });
  form.reset();
  if (answer.type === "opaqueredirect") return location.replace(main.dataset.exit);
  showProblem((await answer.json()).error);
}

// Whoever has left without a word -----------------------------------------------------------------

let touchedAt = performance.now();
let dialog = null;

function touched() {
  touchedAt = performance.now();
  warn(null);
}

/** Say how many seconds are left, or nothing. */
function warn(seconds) {
  if (seconds === null) {
    dialog?.remove();
    dialog = null;
    return;
  }
  const said = present?.questionnaire?.words ?? main.dataset;
  if (!dialog) {
    dialog = screens.make("div", { class: "still-there", role: "alertdialog", "aria-labelledby": "still", "aria-describedby": "left" },
      screens.make("h2", { id: "still" }, said.stillThere),
      screens.make("p", { id: "left" }),
      screens.make("button", { class: "button", type: "button", onclick: touched }, said.goOn));
    document.body.append(dialog);
    dialog.querySelector("button").focus();
  }
  dialog.querySelector("#left").textContent = screens.fill(said.startsAnew, { seconds });
}

function isUntouched() {
  const fields = document.querySelectorAll("#enter input, #leave input");
  return !present && [...fields].every(({ value }) => !value);
}

function tick() {
  if (isUntouched()) return touched();
  const left = Math.ceil(idle - (performance.now() - touchedAt) / 1000);
  if (left <= 0) nextPerson();
  else if (left <= warning) warn(left);
}

for (const event of ["pointerdown", "keydown", "input", "scroll"]) {
  document.addEventListener(event, ({ target }) => { if (!dialog?.contains(target)) touched(); }, { capture: true, passive: true });
}
setInterval(tick, 500);

// A page that the browser kept for its back button must not show the person before.
window.addEventListener("pageshow", ({ persisted }) => { if (persisted) nextPerson(); });
document.addEventListener("submit", (event) => {
  const work = { enter: begin, leave }[event.target.id];
  if (!work) return;
  event.preventDefault();
  work(event.target);
});
outbox.flush();
