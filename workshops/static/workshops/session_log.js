// The session log with JavaScript: live counts, row numbers and keys, and a draft on this phone.
// Without it the page does the same; here nothing is decided that the server doesn't decide again.

const form = document.getElementById("log");
const roster = document.getElementById("roster");
const lines = roster ? [...roster.querySelectorAll("fieldset.line")] : [];
const all = form.elements.rest_present;
const key = `session-log-${form.dataset.session}`;
const ATTENDED = new Set(["p", "l"]);
const RETRY_MS = 15000;
// Names stay on the page and go to the server; the phone doesn't keep them.
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "walk_ins"]);

const radios = (line) => [...line.querySelectorAll("input[type=radio]")];
const markOf = (line) => radios(line).find((radio) => radio.checked)?.value ?? "";
const numberOf = (line) => Number(line.querySelector(".number").textContent);

function mark(line, value) {
  const radio = radios(line).find((one) => one.value === value);
  if (radio) radio.checked = true;
}

// Digits of every script count: Arabic and Persian ones too.
function toNumber(word) {
  const latin = [...word].map((digit) => {
    const code = digit.codePointAt(0);
    if (code >= 0x660 && code <= 0x669) return code - 0x660;
    if (code >= 0x6f0 && code <= 0x6f9) return code - 0x6f0;
    return digit;
  });
  return /^\d+$/.test(latin.join("")) ? Number(latin.join("")) : NaN;
}

function walkInCount() {
  return form.elements.walk_ins.value
    .split(/[,;،؛\n\r]+/)
    .map((entry) => entry.trim())
    .filter(Boolean)
    .reduce((sum, entry) => sum + (Number.isNaN(toNumber(entry)) ? 1 : toNumber(entry)), 0);
}

function count() {
  const marks = lines.map(markOf);
  const named = marks.filter((value) => ATTENDED.has(value)).length + walkInCount();
  const counted = form.elements.counted.value;
  const shown = {
    named,
    unnamed: counted === "" ? 0 : Number(counted) - named,
    absent: marks.filter((value) => value === "a").length,
    unmarked: marks.filter((value) => value === "").length,
  };
  for (const [name, number] of Object.entries(shown)) {
    form.querySelector(`[data-count=${name}]`).textContent = number;
  }
}

// "All present" fills only what is unmarked, and takes back only what it filled.
const filled = new Set();
function fillRest() {
  for (const line of lines) {
    if (all.checked && markOf(line) === "") {
      mark(line, "p");
      filled.add(line);
    } else if (!all.checked && filled.has(line) && markOf(line) === "p") {
      mark(line, "");
    }
  }
  if (!all.checked) filled.clear();
}

const byNumber = new Set();
function markAbsent() {
  const words = form.elements.absent_rows.value.split(/[\s,;.،؛]+/);
  const numbers = new Set(words.map(toNumber));
  for (const line of lines) {
    const asked = numbers.has(numberOf(line));
    if (asked && (markOf(line) === "" || ATTENDED.has(markOf(line)))) {
      mark(line, "a");
      byNumber.add(line);
    } else if (!asked && byNumber.delete(line) && markOf(line) === "a") {
      mark(line, all.checked ? "p" : "");
    }
  }
}

function onKey(event) {
  const here = lines.indexOf(event.target.closest("fieldset.line"));
  if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) {
    const letters = [...lines[here].querySelectorAll(".seg label")];
    const pressed = event.key.toLocaleLowerCase();
    const radio = radios(lines[here]).find(
      (one, index) =>
        one.value === pressed || letters[index].firstChild.textContent.toLocaleLowerCase() === pressed,
    );
    if (!radio || event.key.length !== 1) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }
  event.preventDefault();
  const next = lines[here + (step ?? 1)];
  (next ? radios(next).find((one) => one.checked) : event.target).focus();
}

// The draft -----------------------------------------------------------------------------------

function say(state) {
  for (const line of document.querySelectorAll("#phone [data-state]")) {
    line.hidden = line.dataset.state !== state;
  }
}

function keep(pending) {
  const fields = [...new FormData(form)].filter(([name]) => !NOT_KEPT.has(name));
  const draft = { fields, people: walkInCount(), pending };
  try {
    localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // Full or forbidden: the page itself still holds everything.
  }
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function restore(draft) {
  const values = new Map();
  for (const [name, value] of draft.fields) values.set(name, [...(values.get(name) ?? []), value]);
  for (const element of form.elements) {
    if (!element.name || NOT_KEPT.has(element.name)) continue;
    const given = values.get(element.name) ?? [];
    if (element.type === "radio" || element.type === "checkbox") {
      element.checked = given.includes(element.value);
    } else if (given.length) {
      element.value = given[0];
    }
  }
  if (draft.people) form.elements.walk_ins.value = String(draft.people);
}

// Sending -------------------------------------------------------------------------------------

let sending = false;
let waiting = 0;

async function freshToken() {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = page.querySelector("#log [name=csrfmiddlewaretoken]");
  if (token) form.elements.csrfmiddlewaretoken.value = token.value;
  return Boolean(token);
}

async function post() {
  const answer = await fetch(form.action || location.href, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    credentials: "same-origin",
  });
  const path = new URL(answer.url).pathname;
  if (answer.ok && path === form.dataset.done) return "sent";
  if (answer.status >= 500) return "queued";
  // Signing in again changes the token, so the page has to ask for the new one.
  if (answer.status === 403 || path !== location.pathname) {
    return (await freshToken()) ? "again" : "signed-out";
  }
  return "refused";
}

async function send() {
  if (sending) return;
  sending = true;
  clearTimeout(waiting);
  keep(true);
  say("sending");
  let state = "queued";
  try {
    state = await post();
    if (state === "again") state = await post();
  } catch {
    state = "queued";
  }
  sending = false;
  if (state === "sent") {
    localStorage.removeItem(key);
    say("sent");
    location.assign(form.dataset.done);
  } else if (state === "refused") {
    // The server has something to say: let it show its page. The same uuid can't save twice.
    localStorage.removeItem(key);
    form.submit();
  } else {
    say(state === "again" ? "queued" : state);
    waiting = setTimeout(send, RETRY_MS);
  }
}

function sendLater() {
  if (kept()?.pending && document.visibilityState === "visible") send();
}

// Starting ------------------------------------------------------------------------------------

form.addEventListener("input", (event) => {
  if (event.target === all) fillRest();
  if (event.target === form.elements.absent_rows) markAbsent();
  count();
  keep(false);
});
form.addEventListener("change", count);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
roster?.addEventListener("keydown", onKey);
form.elements.absent_rows.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault();
});
document.getElementById("discard").addEventListener("click", () => {
  localStorage.removeItem(key);
  location.reload();
});
addEventListener("online", sendLater);
document.addEventListener("visibilitychange", sendLater);

document.getElementById("counts").hidden = false;
const draft = kept();
const refused = document.getElementById("errors");
if (refused) {
  refused.focus();
} else if (draft) {
  restore(draft);
  say("draft");
  // The names of those who walked in have to be typed again first.
  if (!draft.people) sendLater();
}
count();
