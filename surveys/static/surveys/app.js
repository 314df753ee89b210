// The survey on one's own phone, kept after each answer, sent when it can be.
// Without this script the same form posts to the server and everything works there.

import { Outbox } from "./outbox.js";
import * as screens from "./screens.js";
import * as store from "./store.js";
import { Survey, admit, main, newDraft, normalise, screen, showProblem, words } from "./survey.js";

const { worker, answers } = main.dataset;
const TAB = "survey-place";

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
  if (!(await new Survey(onThisPhone(outbox), place, draft).begin())) showProblem(words.unavailable);
}

/** Drafts and finished answers stay on this phone, sealed, until they are sent. */
function onThisPhone(outbox) {
  const { readDraft, editDraft, finishDraft } = store;
  const clear = async ({ words: said }) => {
    const left = await store.waiting();
    if (left.length && !confirm(said.clearUnsent)) return;
    await store.clearAll();
    sessionStorage.removeItem(TAB);
    location.replace(location.pathname);
  };
  return {
    hasHistory: true,
    readDraft,
    editDraft,
    finishDraft,
    async send(tell) {
      sessionStorage.removeItem(TAB);
      outbox.addEventListener("change", ({ detail }) => tell(detail));
      await outbox.flush();
    },
    aside: (questionnaire) => screens.make("p", { class: "quiet" }, screens.make("button",
      { class: "link", type: "button", onclick: () => clear(questionnaire) }, questionnaire.words.clear)),
    thank: (questionnaire, message, draft) => screens.thanksScreen(questionnaire, message, draft, {
      clear: () => clear(questionnaire),
      another: () => location.replace(location.pathname),
    }),
  };
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
