// worker: keeps the shell (styles, scripts, the offline page) for a network that comes and goes. Pages and everything
// that counts always come from the network: a kept balance or a kept question would be a lie.
/// <reference lib="webworker" />

const shell = "shell-1";
const self_ = self as unknown as ServiceWorkerGlobalScope;

self_.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => self_.skipWaiting()));
});

self_.addEventListener("activate", (event) => event.waitUntil(self_.clients.claim()));

self_.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) {
    event.respondWith(kept(event.request));
  } else if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match("/offline")) ?? Response.error()));
  }
});

// keepShell keeps the offline page with what it is painted with: no other page may have asked for it through here yet.
async function keepShell(): Promise<void> {
  const cache = await caches.open(shell);
  const page = await fetch("/offline");
  if (!page.ok) throw new Error("no offline page");
  await cache.put("/offline", page.clone());
  await cache.addAll((await page.text()).match(/\/assets\/[\w.-]+/g) ?? []);
}

// kept answers from the cache first: the name of an asset changes with its content.
async function kept(request: Request): Promise<Response> {
  const found = await caches.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) {
    const cache = await caches.open(shell);
    await cache.put(request, answer.clone());
  }
  return answer;
}
