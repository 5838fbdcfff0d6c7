// Keeps /verify/offline at hand: the server's answer when there is one, else what was kept of the last.
"use strict";

const CACHE = "verify-offline";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(answer(event.request));
});

async function answer(request) {
  const cache = await caches.open(CACHE);
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await cache.put(request, fresh.clone());
    if (fresh.status < 500) return fresh;
  } catch {
    // no network: below
  }
  return (await cache.match(request, { ignoreVary: true })) || Response.error();
}
