// A VC-JWT with ES256 (Open Badges 3.0 §8.2) and its bit in a Bitstring Status List, against keys fetched earlier.
const Credential = (() => {
  "use strict";

  const CURVE = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const LARGEST_LIST = 131072 / 8;

  const isToken = (text) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);

  function bytes(base64url) {
    return Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  }

  const json = (part) => JSON.parse(new TextDecoder().decode(bytes(part)));

  // gzip or deflate, no more than `limit` bytes.
  async function unpacked(packed, format, limit) {
    const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream(format)).getReader();
    const whole = new Uint8Array(limit);
    let size = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      whole.set(part.value, size); // throws when it is too long
      size += part.value.length;
    }
    return whole.subarray(0, size);
  }

  // { status: "altered" | "foreign" } or { status: "ok", content }.
  async function read(token, trust) {
    const [head, body, signature] = token.split(".");
    let header, key;
    try {
      header = json(head);
      key = header.alg === "ES256" && Object.hasOwn(trust.badges, header.kid) && trust.badges[header.kid];
      if (!key) return { status: "foreign" };
      const imported = await crypto.subtle.importKey("jwk", key, CURVE, false, ["verify"]);
      const signed = new TextEncoder().encode(`${head}.${body}`);
      if (!(await crypto.subtle.verify(CURVE, imported, bytes(signature), signed))) return { status: "altered" };
      const content = json(body);
      return content.iss === trust.did ? { status: "ok", content } : { status: "foreign" };
    } catch {
      return { status: "altered" };
    }
  }

  // { status, content }: valid, expired, revoked, unclear (no list that names it), altered or foreign.
  async function check(token, trust) {
    const found = await read(token, trust);
    if (found.status !== "ok") return found;
    const { content } = found;
    if (!content.credentialSubject.achievement) return { status: "foreign" };
    const bit = await revoked(content.credentialStatus, trust);
    if (bit === null) return { status: "unclear", content };
    if (bit) return { status: "revoked", content };
    return { status: content.validUntil && new Date(content.validUntil) < new Date() ? "expired" : "valid", content };
  }

  async function revoked(entry, trust) {
    const token = trust.lists[entry.statusListCredential];
    const list = token && (await read(token, trust));
    if (!list || list.status !== "ok" || list.content.id !== entry.statusListCredential) return null;
    const bits = await unpacked(bytes(list.content.credentialSubject.encodedList.slice(1)), "gzip", LARGEST_LIST);
    const at = Number(entry.statusListIndex);
    return Boolean(bits[at >> 3] & (0x80 >> (at & 7)));
  }

  return { check, isToken, unpacked };
})();
