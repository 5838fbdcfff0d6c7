// /verify/offline: takes a PDF or a credential, answers from what was fetched earlier, and keeps itself for later.
(() => {
  "use strict";

  const KEYS = "/verify/offline/keys.json";
  const CACHE = "verify-offline";
  const LARGEST = 2 * 1024 * 1024;
  const DAY = 24 * 3600 * 1000;
  const OLD = 7 * DAY;

  const main = document.querySelector("main");
  const answer = document.getElementById("answer");
  const pasted = document.getElementById("credential");
  const language = document.documentElement.lang;
  const said = (name) => document.getElementById("words").content.querySelector(`[data-name="${name}"]`).textContent;

  const day = (at) => new Date(at).toLocaleDateString("en-GB", { timeZone: main.dataset.zone });
  const time = (at) => new Date(at).toLocaleTimeString("en-GB", { timeZone: main.dataset.zone, timeStyle: "short" });

  function age(at) {
    const passed = Date.now() - new Date(at);
    const [count, unit] = passed < DAY ? [Math.floor(passed / 3600000), "hour"] : [Math.floor(passed / DAY), "day"];
    const words = count > 0 ? new Intl.RelativeTimeFormat(language).format(-count, unit) : "";
    return `${said("as-of").replace("#", `${time(at)}, ${day(at)}`)}${words && ` (${words})`}.`;
  }

  let trust = null;
  async function loadTrust() {
    try {
      trust = await (await fetch(KEYS, { cache: "no-cache" })).json();
    } catch {
      trust = null; // never fetched on this machine
    }
    const note = document.getElementById("age");
    note.textContent = trust ? age(trust.made_at) : said("no-keys");
  }

  // The page, its parts and the keys; parts of an older release go.
  async function keep() {
    if (!window.isSecureContext || !navigator.serviceWorker) return said("not-kept");
    await navigator.serviceWorker.register("/verify/offline/worker.js", { scope: "/verify/offline" });
    const cache = await caches.open(CACHE);
    await document.fonts.ready;
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    const linked = [...document.querySelectorAll("script[src], link[href]")].map((part) => part.src || part.href);
    const parts = new Set([...loaded, ...linked].filter((url) => url.startsWith(`${location.origin}/static/`)));
    await cache.addAll(["/verify/offline", KEYS, "/verify/offline/manifest.webmanifest", ...parts]);
    for (const request of await cache.keys()) {
      if (request.url.startsWith(`${location.origin}/static/`) && !parts.has(request.url)) await cache.delete(request);
    }
    return said("kept");
  }

  async function checkFile(file) {
    if (file.size > LARGEST) return { status: "unknown", reason: "too-large" };
    const bytes = new Uint8Array(await file.arrayBuffer());
    const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1024));
    if (!head.includes("%PDF-")) return checkText(new TextDecoder().decode(bytes));
    const seals = await Pdf.seals(bytes);
    if (!seals.length) return { status: "foreign", reason: "unsigned" };
    const own = seals.filter((seal) => Object.hasOwn(trust.seals, seal.fingerprint));
    if (!own.length) return { status: "foreign", reason: "stranger", seal: seals[0] };
    const seal = own.find((one) => one.isWhole && one.isIntact);
    const completed = own.find((one) => one.isCompleted);
    if (!seal && completed) return { status: "unclear", reason: "completed", seal: completed };
    if (!seal) return { status: "altered", reason: own.some((one) => one.isIntact) ? "added" : "changed", seal: own[0] };
    const token = await Pdf.credential(bytes);
    if (!token) return { status: "unclear", reason: "no-credential", seal };
    const found = await Credential.check(token, trust);
    return { ...found, reason: found.status, seal };
  }

  // A VC-JWT, or the address in a large QR, whose token stands after its #.
  async function checkText(typed) {
    const token = typed.replace(/\s+/g, "").split("#").pop();
    if (!Credential.isToken(token) && !Credential.isShort(token)) return { status: "unknown", reason: "no-pdf" };
    const found = await (Credential.isShort(token) ? Credential.checkShort : Credential.check)(token, trust);
    return { ...found, reason: `token-${found.status}` };
  }

  function rows({ facts = [], seal }) {
    const signed = seal ? [["signer", seal.signer], ["signed", seal.signedAt && `${time(seal.signedAt)}, ${day(seal.signedAt)}`]] : [];
    return [...facts, ...signed].filter(([, value]) => value);
  }

  function show(found) {
    const box = document.getElementById(`verdict-${found.status}`).content.cloneNode(true);
    const word = document.createElement("h1");
    word.textContent = box.querySelector("h2").textContent;
    box.querySelector("h2").replaceWith(word);
    const sentences = [said(found.reason)];
    if (trust) sentences.push(age(trust.made_at));
    if (trust && Date.now() - new Date(trust.made_at) > OLD) sentences.push(said("old"));
    box.querySelector("p").textContent = sentences.join(" ");
    const list = document.createElement("dl");
    list.className = "facts";
    for (const [name, value] of rows(found)) {
      const row = list.appendChild(document.createElement("div"));
      row.appendChild(document.createElement("dt")).textContent = said(`term-${name}`);
      row.appendChild(document.createElement("dd")).textContent = value instanceof Date ? day(value) : value;
    }
    answer.replaceChildren(box, ...(list.children.length ? [list] : []));
    document.getElementById("intro").hidden = true;
    main.dataset.status = found.status;
    answer.focus();
    answer.scrollIntoView({ block: "start" });
  }

  async function run(check) {
    delete main.dataset.status;
    try {
      if (!crypto.subtle) return show({ status: "unclear", reason: "insecure" });
      if (!trust) await loadTrust();
      show(trust ? await check() : { status: "unclear", reason: "no-keys" });
    } catch {
      show({ status: "unknown", reason: "no-pdf" });
    }
  }

  document.getElementById("file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) run(() => checkFile(file));
  });
  document.getElementById("paste").addEventListener("submit", (event) => {
    event.preventDefault();
    run(() => checkText(pasted.value));
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) run(() => checkFile(file));
  });

  const scanned = () => Credential.isShort(location.hash.slice(1)) && run(() => checkText(location.hash));
  addEventListener("hashchange", scanned);

  loadTrust()
    .then(scanned)
    .then(keep)
    .catch(() => said(trust ? "kept" : "not-kept"))
    .then((sentence) => { document.getElementById("kept").textContent = sentence; });
})();
