// What a questionnaire looks like, one screen at a time. Nothing in here keeps or sends anything.

/** Make an element; text becomes text, never markup. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

const heading = (text) => make("h1", { tabindex: "-1" }, text);
const paragraphs = (texts) => texts.filter(Boolean).map((text) => make("p", {}, text));

const player = (address, words) => (address
  ? make("audio", { controls: true, preload: "none", src: address, "aria-label": words.listen })
  : null);

export function languagePicker(questionnaire, choose) {
  const current = questionnaire.languages.find(({ code }) => code === questionnaire.language);
  const buttons = questionnaire.languages.map(({ code, name, dir }) => make("li", {}, make("button", {
    type: "button",
    lang: code,
    dir,
    "aria-current": code === questionnaire.language ? "true" : undefined,
    onclick: () => choose(code),
  }, name)));
  return make("nav", { "aria-label": questionnaire.words.language },
    make("details", {}, make("summary", {}, current?.name ?? questionnaire.language), make("ul", { class: "languages" }, ...buttons)));
}

function option(input, text, symbol) {
  return make("label", { class: "option" }, input,
    symbol ? make("span", { class: "symbol", "aria-hidden": "true" }, symbol) : null,
    make("span", {}, text));
}

export function consentScreen(questionnaire, draft, act, isAloud) {
  const { words } = questionnaire;
  const consent = questionnaire.consent[draft.mode ?? "code_card"];
  const problem = make("div", { class: "problem", role: "alert", hidden: true }, make("p", { class: "error" }, words.needConsent));
  const boxes = consent.scopes.map((scope) => option(make("input", {
    type: "checkbox",
    name: scope.key,
    checked: draft.consent.includes(scope.key),
    onchange: () => act.consent(chosen()),
  }), scope.text));
  const chosen = () => consent.scopes.map(({ key }) => key).filter((key) => form.elements[key].checked);
  const submit = (event) => {
    event.preventDefault();
    const isGiven = consent.scopes.every(({ key, needed }) => !needed || form.elements[key].checked);
    problem.hidden = isGiven;
    if (isGiven) act.next();
    else form.elements[consent.scopes.find(({ needed }) => needed).key].focus();
  };
  const form = make("form", { onsubmit: submit },
    isAloud ? make("p", { class: "script" }, words.aloudScript) : null,
    heading(questionnaire.title),
    ...paragraphs([questionnaire.description]),
    player(questionnaire.audio, words),
    pictures(draft, words),
    make("fieldset", {}, make("legend", {}, words.consent), player(questionnaire.consentAudio, words), ...paragraphs(consent.introduction), problem, ...boxes),
    make("p", { class: "steps" }, make("button", { class: "button" }, words.start)));
  return form;
}

function pictures(draft, words) {
  if (!draft.pictures.length) return null;
  const names = draft.pictures.map(({ name }) => name).join(" – ");
  return make("figure", {},
    make("div", { class: "pictures" }, ...draft.pictures.map(({ source }) => make("img", { src: source, alt: "" }))),
    make("figcaption", {}, fill(words.yourCard, { pictures: names })));
}

export function questionScreen(questionnaire, place, { value: given, marks }, act) {
  const { words } = questionnaire;
  const { item, section, number, total } = place;
  const error = make("p", { class: "error", id: "error", role: "alert" });
  const state = make("p", { class: "quiet", role: "status" });
  const field = fieldOf(questionnaire, item, given);
  const reasons = item.notAnswered.map((reason) => option(make("input", {
    type: "radio", name: "reason", value: reason, checked: given === reason,
  }), questionnaire.notAnswered[reason]));

  const save = async (event) => {
    if (event.target.name === "mark") return act.assist(item.key, new FormData(form).getAll("mark"));
    keepApart(form, event.target);
    const { value, isPossible } = read(form, item);
    error.textContent = isPossible ? "" : fill(words.wrongNumber, item.numbers);
    if (isPossible && (await act.answer(item.key, value))) state.textContent = words.savedHere;
    return isPossible;
  };
  const submit = async (event) => {
    event.preventDefault();
    if (await save(event)) act.next();
    else form.elements.value.focus();
  };
  const form = make("form", { oninput: save, onsubmit: submit, novalidate: true, autocomplete: "off" },
    make("p", { class: "quiet" }, fill(words.progress, { number, total })),
    make("progress", { max: total, value: number, "aria-hidden": "true" }),
    marks ? make("p", { class: "script" }, words.aloud) : null,
    ...paragraphs([section.introduction]),
    player(section.audio, words),
    make("fieldset", { "aria-describedby": "hint error" },
      make("legend", {}, heading(item.text)),
      player(item.audio, words),
      make("p", { class: "hint", id: "hint" }, hintOf(item, words)),
      error,
      ...field,
      reasons.length ? make("div", { class: "apart" }, ...reasons) : null),
    marks ? trainerMarks(words, marks) : null,
    make("p", { class: "steps" },
      make("button", { class: "button second", type: "button", onclick: act.back }, words.back),
      make("button", { class: "button" }, words.next)),
    state);
  return form;
}

/** What a trainer who reads aloud notes down; it is no answer. */
function trainerMarks(words, marks) {
  const boxes = ["repeated", "explained"].map((mark) => option(
    make("input", { type: "checkbox", name: "mark", value: mark, checked: marks.includes(mark) }), words[mark]));
  return make("fieldset", { class: "script" }, make("legend", {}, words.marks), ...boxes);
}

function hintOf(item, words) {
  if (item.hint) return item.hint;
  if (item.kind === "multiple") return words.several;
  return item.kind === "number" ? fill(words.number, item.numbers) : "";
}

function fieldOf(questionnaire, item, given) {
  const isReason = item.notAnswered.includes(given);
  if (item.kind === "number") {
    return [make("input", { class: "field", name: "value", inputmode: "numeric", "aria-label": item.text, value: isReason ? "" : given ?? "" })];
  }
  if (item.kind === "text") {
    return [make("textarea", { class: "field", name: "value", rows: "5", maxlength: "2000", "aria-label": item.text }, isReason ? "" : given ?? "")];
  }
  const isMultiple = item.kind === "multiple";
  return questionnaire.choices[item.choices].map(({ value, text, symbol }) => option(make("input", {
    type: isMultiple ? "checkbox" : "radio",
    name: "value",
    value,
    checked: isMultiple ? Array.isArray(given) && given.includes(value) : given === value,
  }), text, symbol));
}

/** An answer and a reason for having none exclude each other. */
function keepApart(form, changed) {
  if (!changed.name) return;
  const isReason = changed.name === "reason";
  for (const input of form.elements) {
    if (input.name !== (isReason ? "value" : "reason")) continue;
    if (input.type === "radio" || input.type === "checkbox") input.checked = false;
    else input.value = "";
  }
}

// Arabic and Persian digits are numbers too.
const western = (typed) => typed.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => digit.charCodeAt(0) & 15);

function read(form, item) {
  const data = new FormData(form);
  const reason = data.get("reason");
  const values = data.getAll("value");
  if (reason) return { value: reason, isPossible: true };
  if (item.kind === "multiple") return { value: values.length ? values.map(Number) : undefined, isPossible: true };
  if (item.kind === "text") return { value: values[0] || undefined, isPossible: true };
  if (item.kind === "choice") return { value: values.length ? Number(values[0]) : undefined, isPossible: true };
  const typed = western(values[0].trim());
  const value = typed === "" ? undefined : Number(typed);
  const { minimum, maximum, step } = item.numbers;
  const isPossible = value === undefined
    || (Number.isInteger(value) && value >= minimum && value <= maximum && (value - minimum) % step === 0);
  return { value, isPossible };
}

export function supportScreen(questionnaire, act) {
  const { words, support } = questionnaire;
  return make("form", { onsubmit: (event) => { event.preventDefault(); act.next(); } },
    heading(support.title), ...paragraphs([support.text]),
    make("p", { class: "steps" },
      make("button", { class: "button second", type: "button", onclick: act.back }, words.back),
      make("button", { class: "button" }, words.next)));
}

/** What would find a lost card again; all of it may be left out. */
export function recoveryScreen(questionnaire, given, act) {
  const { words, recovery } = questionnaire;
  const number = (name) => make("p", {}, make("label", { for: name }, recovery[name]),
    make("input", { class: "field", id: name, name, inputmode: "numeric", maxlength: "2", autocomplete: "off", value: given[name] ?? "" }));
  const pictures = recovery.pictures.map(({ value, name, source }) => make("label", { class: "picture" },
    make("input", { type: "radio", name: "picture", value, checked: given.picture === value }),
    make("img", { src: source, alt: name })));
  const save = () => {
    const entries = [...new FormData(form)].filter(([, value]) => /^\d+$/.test(western(value.trim())));
    return act.remember(Object.fromEntries(entries.map(([name, value]) => [name, Number(western(value.trim()))])));
  };
  const form = make("form", { oninput: save, autocomplete: "off", onsubmit: (event) => { event.preventDefault(); act.next(); } },
    heading(recovery.title), ...paragraphs([recovery.introduction]),
    number("siblings"), number("languages"),
    make("fieldset", {}, make("legend", {}, recovery.picture), make("div", { class: "pictures" }, ...pictures)),
    make("p", { class: "steps" },
      make("button", { class: "button second", type: "button", onclick: act.back }, words.back),
      make("button", { class: "button" }, words.next)));
  return form;
}

export function reviewScreen(questionnaire, draft, act) {
  const { words } = questionnaire;
  const lines = questionnaire.sections.flatMap((section) => section.items).flatMap((item) => {
    const name = `review-${item.key}`;
    return [
      make("dt", { id: name }, item.text),
      make("dd", {}, make("span", {}, inWords(questionnaire, item, draft.answers[item.key]?.value)),
        make("button", { class: "link", type: "button", "aria-describedby": name, onclick: () => act.go(item.key) }, words.change)),
    ];
  });
  return make("form", { onsubmit: (event) => { event.preventDefault(); act.send(); } },
    heading(words.review), ...paragraphs([words.reviewHint]),
    make("dl", { class: "review" }, ...lines),
    make("p", { class: "steps" },
      make("button", { class: "button second", type: "button", onclick: act.back }, words.back),
      make("button", { class: "button" }, words.send)));
}

function inWords(questionnaire, item, value) {
  if (value === undefined) return questionnaire.words.noAnswer;
  if (item.notAnswered.includes(value)) return questionnaire.notAnswered[value];
  const choices = questionnaire.choices[item.choices] ?? [];
  const chosen = choices.filter((choice) => choice.value === value || (Array.isArray(value) && value.includes(choice.value)));
  return chosen.map(({ text }) => text).join(", ") || String(value);
}

/** The receipt reads from left to right, also within Arabic: it is copied by hand, group by group. */
function receiptLine(sentence, receipt) {
  const [before, after] = sentence.split("{receipt}");
  return make("p", {}, before, make("strong", { class: "receipt", dir: "ltr" }, receipt), after);
}

export function thanksScreen(questionnaire, message, { mode, receipt }, act) {
  const { words, supportContact } = questionnaire;
  return make("div", {},
    heading(words.thanks),
    make("p", { id: "sent", role: "status" }, message),
    receipt ? receiptLine(words.receipt, receipt) : null,
    ...paragraphs(mode === "anonymous" ? [] : [words.keepCard, words.withdrawHint]),
    ...paragraphs([supportContact && fill(words.support, { contact: supportContact })]),
    make("p", { class: "steps wide" }, ...(act.next
      ? [make("button", { class: "button", type: "button", onclick: act.next }, words.newPerson)]
      : [make("button", { class: "button second", type: "button", onclick: act.another }, words.another),
        make("button", { class: "button", type: "button", onclick: act.clear }, words.clear)])));
}
