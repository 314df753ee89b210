const bar = document.getElementById("progress");
const state = document.getElementById("state");

async function look() {
  try {
    const answer = await fetch(bar.dataset.from, { headers: { Accept: "application/json" } });
    const run = await answer.json();
    if (!["waiting", "running"].includes(run.state)) {
      location.reload();
      return;
    }
    bar.value = run.done;
    state.textContent = state.dataset.words
      .replace("{done}", run.done)
      .replace("{total}", run.total);
  } catch {
    // The network was away; the next look may find it again.
  }
  setTimeout(look, 1000);
}

setTimeout(look, 500);
