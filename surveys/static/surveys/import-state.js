// Asks every 1.5 seconds how far the import is, and shows the page anew when it is further.
const place = document.querySelector("[data-state-url]");
const before = place?.dataset.state;

async function ask() {
  try {
    const answer = await fetch(place.dataset.stateUrl, { headers: { Accept: "application/json" } });
    const { state, label } = await answer.json();
    if (state !== before) {
      location.reload();
      return;
    }
    place.querySelector("[data-label]").textContent = label;
  } catch {
    // No network for a moment: the next question will get through.
  }
  setTimeout(ask, 1500);
}

if (place) {
  setTimeout(ask, 1500);
}
