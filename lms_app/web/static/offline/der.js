// Reads DER: as much as CMS signatures (RFC 5652) and X.509 certificates need. Throws on anything else.
const Der = (() => {
  "use strict";

  function read(bytes, at = 0) {
    let length = bytes[at + 1], body = at + 2;
    if (length > 0x84 || length === 0x80) throw new Error("DER length");
    if (length > 0x80) {
      const digits = length - 0x80;
      for (length = 0; body < at + 2 + digits; body++) length = length * 256 + bytes[body];
    }
    const end = body + length;
    if (!(end <= bytes.length)) throw new Error("DER end");
    return { tag: bytes[at], whole: bytes.subarray(at, end), value: bytes.subarray(body, end) };
  }

  function children(node) {
    const found = [];
    for (let at = 0; at < node.value.length; at += found[found.length - 1].whole.length) found.push(read(node.value, at));
    return found;
  }

  function oid(node) {
    const parts = [];
    let part = 0;
    for (const byte of node.value) {
      part = part * 128 + (byte & 0x7f);
      if (byte & 0x80) continue;
      if (parts.length) parts.push(part);
      else parts.push(Math.min(2, Math.floor(part / 40)), part - 40 * Math.min(2, Math.floor(part / 40)));
      part = 0;
    }
    return parts.join(".");
  }

  const BMP_STRING = 0x1e;
  function text(node) {
    return new TextDecoder(node.tag === BMP_STRING ? "utf-16be" : "utf-8").decode(node.value);
  }

  return { read, children, oid, text };
})();
