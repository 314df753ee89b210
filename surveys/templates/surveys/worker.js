// What opens without a network: the entry page in each language, styles and scripts. Never a page
// that belongs to one person, and never anything but GET.
const FILES = [{% for file in files %}"{{ file|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const SHELL = "shell-{{ name }}";
// The page that begins an anonymous questionnaire: the same for everybody, one for each wave.
const OPEN = new URL("{{ open|escapejs }}", location).href;
const LISTED = new Set(FILES.map((file) => new URL(file, location).href));

// Without cookies: fetching a page in each language must not choose one.
const fresh = (file) => new Request(file, { credentials: "omit", cache: "reload" });

async function keep(file) {
  const answer = await fetch(fresh(file));
  if (answer.ok) await (await caches.open(SHELL)).put(file, answer);
}

self.addEventListener("install", (event) => {
  // One missing file must not keep the others from being there.
  event.waitUntil(Promise.allSettled(FILES.map(keep)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("shell-") && name !== SHELL) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !(LISTED.has(request.url) || request.url.startsWith(OPEN))) return;
  event.respondWith((async () => {
    try {
      const answer = await fetch(request);
      if (answer.ok && request.url.startsWith(OPEN)) {
        await (await caches.open(SHELL)).put(request.url, answer.clone());
      }
      return answer;
    } catch {
      return (await caches.match(request.url)) ?? Response.error();
    }
  })());
});
