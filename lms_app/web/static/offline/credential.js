// A VC-JWT with ES256 (Open Badges 3.0 §8.2) and its bit in a Bitstring Status List, against keys fetched earlier.
const Credential = (() => {
  "use strict";

  const CURVE = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const LARGEST_LIST = 131072 / 8;

  const DAY = 24 * 3600 * 1000;
  const noon = (days) => new Date((days + 0.5) * DAY); // the same date in every zone

  const isShort = (text) => /^[\w-]{110,600}$/.test(text);
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

  // { status, facts }: valid, expired, revoked, unclear (no list that names it), altered or foreign.
  async function check(token, trust) {
    const found = await read(token, trust);
    if (found.status !== "ok") return found;
    const { credentialSubject: subject, credentialStatus: entry, issuer, validFrom, validUntil, id } = found.content;
    if (!subject.achievement) return { status: "foreign" };
    const facts = [
      ["name", subject.identifier[0].identityHash],
      ["course", subject.achievement.name],
      ["length", subject.achievement.description],
      ["result", subject.result[0].value],
      ["serial", subject.licenseNumber],
      ["issuer", issuer.name],
      ["issued", new Date(validFrom)],
      ["until", validUntil && new Date(validUntil)],
      ["code", id.split("/").pop().match(/.{1,4}/g).join("-")],
    ];
    const end = validUntil ? new Date(validUntil) : null;
    return { status: await standing(entry.statusListCredential, Number(entry.statusListIndex), end, trust), facts };
  }

  async function standing(address, index, end, trust) {
    const token = trust.lists[address];
    const list = token && (await read(token, trust));
    if (!list || list.status !== "ok" || list.content.id !== address) return "unclear";
    const bits = await unpacked(bytes(list.content.credentialSubject.encodedList.slice(1)), "gzip", LARGEST_LIST);
    if (bits[index >> 3] & (0x80 >> (index & 7))) return "revoked";
    return end && end < new Date() ? "expired" : "valid";
  }

  // The token of a large QR: see `Token` in badges.py.
  async function checkShort(text, trust) {
    const raw = bytes(text), body = raw.subarray(0, -64), view = new DataView(raw.buffer);
    const key = trust.badges[`${trust.did}#badge-${view.getUint8(1)}`];
    if (view.getUint8(0) !== 1 || !key) return { status: "foreign" };
    const imported = await crypto.subtle.importKey("jwk", key, CURVE, false, ["verify"]);
    if (!(await crypto.subtle.verify(CURVE, imported, raw.subarray(-64), body))) return { status: "altered" };
    const [issued, until, list] = [2, 4, 6].map((at) => view.getUint16(at));
    const [name, serial, course] = new TextDecoder().decode(body.subarray(12)).split("\x1f");
    const end = until ? new Date((until + 1) * DAY) : null;
    const facts = [
      ["name", name],
      ["course", course],
      ["serial", serial],
      ["issuer", trust.issuer],
      ["issued", noon(issued)],
      ["until", until && noon(until)],
    ];
    const address = `${trust.site}/credentials/status/${list}`;
    return { status: await standing(address, view.getUint32(8), end, trust), facts };
  }

  return { check, checkShort, isToken, isShort, unpacked };
})();
