// Keeps the page and the last answers, so that both are there without a network. The version changes with any file.
const SHELL = "wick-shell-__VERSION__";
const ANSWERS = "wick-answers";
const FILES = ["__SHELL__"];
// Answers that are kept, at most: one for each question that the page asks.
const MOST = 64;
// Milliseconds for which a kept answer waits for a new one: far fewer than the page itself is ready to wait.
const PATIENCE = 5_000;
// The same where one has not come in time, until one does: who asks ten things waits once.
const SHORT = 250;
let late = false;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(SHELL)
      .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== SHELL && name !== ANSWERS).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || url.pathname === "/api/v1/live") return;
  if (url.pathname.startsWith("/api/")) event.respondWith(answer(event));
  else event.respondWith(file(event.request));
});

// A file of the page: the kept one, which belongs to the others that are kept; else whoever answers.
async function file(request) {
  const cache = await caches.open(SHELL);
  const kept = await cache.match(request.mode === "navigate" ? "/" : request, { ignoreSearch: request.mode === "navigate" });
  return kept ?? fetch(request);
}

// An answer of the gateway: the newest there is, and the kept one, marked with its time, where there is none, or none yet.
async function answer(event) {
  const asked = Date.now();
  const fresh = ask(event.request).then((found) => {
    late = Date.now() - asked > PATIENCE;
    return found;
  });
  // One that comes late is kept all the same.
  event.waitUntil(fresh);
  const soon = await Promise.race([fresh, new Promise((enough) => setTimeout(enough, late ? SHORT : PATIENCE))]);
  late ||= !soon;
  if (soon && !soon.away) return soon.response;
  const kept = await caches.open(ANSWERS).then((cache) => cache.match(event.request));
  return kept ?? (await fresh).response;
}

// What the gateway says, and whether it is away.
async function ask(request) {
  try {
    const response = await fetch(request);
    if (response.ok) await keep(request, response.clone());
    return { response, away: response.status === 502 };
  } catch {
    const detail = '{"code":"offline","detail":"there is no network"}';
    return { response: new Response(detail, { status: 503, headers: { "content-type": "application/problem+json" } }), away: true };
  }
}

async function keep(request, response) {
  try {
    const headers = new Headers({ "content-type": response.headers.get("content-type") ?? "", "x-wick-kept-at": String(Date.now()) });
    const cache = await caches.open(ANSWERS);
    await cache.put(request, new Response(await response.blob(), { headers }));
    const keys = await cache.keys();
    await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST)).map((key) => cache.delete(key)));
  } catch {
    // A full disk: the answer is shown all the same.
  }
}
