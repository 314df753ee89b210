// Typing in paper: one key per question. A code that can mean nothing longer leads to the next field.

const fields = [...document.querySelectorAll(".paper .line input, .paper .line textarea")];

function isComplete({ value, dataset }) {
  const typed = value.trim().toUpperCase();
  const codes = dataset.codes?.split(" ") ?? [];
  return dataset.kind === "choice" && codes.includes(typed) && codes.filter((code) => code.startsWith(typed)).length === 1;
}

for (const [number, field] of fields.entries()) {
  field.addEventListener("input", () => {
    if (isComplete(field)) fields[number + 1]?.focus();
  });
  // Enter goes on, as on a keypad; the sheet is saved with the button.
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || field.tagName === "TEXTAREA" || !fields[number + 1]) return;
    event.preventDefault();
    fields[number + 1].focus();
  });
}
