// A PDF's signatures (PAdES, ISO 32000-1 §12.8) and the credential attached to it.
const Pdf = (() => {
  "use strict";

  const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
  const SHA256 = "2.16.840.1.101.3.4.2.1";
  const RSA = ["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11"];
  const ECDSA = "1.2.840.10045.4.3.2";
  const COMMON_NAME = "2.5.4.3";
  const ORGANISATION = "2.5.4.10";
  const LARGEST_ATTACHMENT = 200000;
  const MOST_SIGNATURES = 20;

  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const isSame = (one, other) => hex(one) === hex(other);
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const perByte = (bytes) => new TextDecoder("latin1").decode(bytes);

  // Every signature of the file: { isWhole, isIntact, isCompleted, fingerprint, signer, signedAt }. Completed: something
  // was added after it that holds evidence for an archive (PAdES B-LT), whatever else it may hold.
  async function seals(bytes) {
    const text = perByte(bytes), found = [];
    const ranges = [...text.matchAll(/\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/g)];
    for (const match of ranges.slice(0, MOST_SIGNATURES)) {
      const range = match.slice(1, 5).map(Number);
      try {
        found.push(await seal(bytes, text, range, match.index));
      } catch {
        found.push({ isWhole: false, isIntact: false, isCompleted: false, fingerprint: "", signer: "", signedAt: null });
      }
    }
    return found;
  }

  async function seal(bytes, text, [start, first, second, last], at) {
    const hole = text.slice(first, second);
    const isFromStart = start === 0 && first < second && /^<[0-9A-Fa-f]*>$/.test(hole);
    const rest = text.slice(second + last);
    const cms = Uint8Array.from(hole.slice(1, -1).match(/../g), (pair) => parseInt(pair, 16));
    const signature = signedData(cms);
    const covered = new Uint8Array(first + last);
    covered.set(bytes.subarray(0, first));
    covered.set(bytes.subarray(second, second + last), first);
    const isIntact = isSame(await sha256(covered), signature.digest) && (await holds(signature));
    const object = text.slice(text.lastIndexOf(" obj", at), second + 4000).split("endobj")[0];
    return {
      isWhole: isFromStart && second + last === bytes.length,
      isIntact,
      isCompleted: isFromStart && isIntact && /\/DSS\b/.test(rest),
      fingerprint: hex(await sha256(signature.certificate)),
      signer: signature.signer,
      signedAt: moment((object.match(/\/M\s*\((D[^)]*)\)/) || [])[1]),
    };
  }

  // The one signer of a CMS, with the certificate that it names.
  function signedData(cms) {
    const [, wrapped] = Der.children(Der.read(cms));
    const parts = Der.children(Der.children(wrapped)[0]);
    const certificates = Der.children(parts.find((part) => part.tag === 0xa0)).map(certificate);
    const signer = Der.children(Der.children(parts[parts.length - 1])[0]);
    const [issuer, serial] = Der.children(signer[1]);
    const own = certificates.find((one) => isSame(one.issuer, issuer.whole) && isSame(one.serial, serial.value));
    if (Der.oid(Der.children(signer[2])[0]) !== SHA256) throw new Error("digest");
    const attributes = signer[3];
    const digest = Der.children(attributes).map(Der.children).find(([name]) => Der.oid(name) === MESSAGE_DIGEST);
    const signed = Uint8Array.from(attributes.whole);
    signed[0] = 0x31; // signed as a SET, stored as [0] (RFC 5652 §5.4)
    return {
      certificate: own.whole,
      key: own.key,
      signer: own.subject,
      digest: Der.children(digest[1])[0].value,
      signed,
      algorithm: Der.oid(Der.children(signer[4])[0]),
      value: signer[5].value,
    };
  }

  function certificate(node) {
    const fields = Der.children(Der.children(node)[0]);
    const [serial, , issuer, , subject, key] = fields[0].tag === 0xa0 ? fields.slice(1) : fields;
    const names = Der.children(subject).flatMap(Der.children).map(Der.children);
    const name = (wanted) => names.filter(([type]) => Der.oid(type) === wanted).map(([, value]) => Der.text(value));
    return {
      whole: node.whole,
      serial: serial.value,
      issuer: issuer.whole,
      subject: [...new Set([...name(COMMON_NAME), ...name(ORGANISATION)])].join(", "),
      key: key.whole,
    };
  }

  async function holds({ key, signed, algorithm, value }) {
    if (algorithm === ECDSA) {
      const curve = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
      const imported = await crypto.subtle.importKey("spki", key, curve, false, ["verify"]);
      return crypto.subtle.verify(curve, imported, plain(value), signed);
    }
    if (!RSA.includes(algorithm)) throw new Error("algorithm");
    const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    return crypto.subtle.verify(rsa, await crypto.subtle.importKey("spki", key, rsa, false, ["verify"]), value, signed);
  }

  // An ECDSA signature as WebCrypto wants it: r and s, 32 bytes each.
  function plain(der) {
    const both = new Uint8Array(64);
    Der.children(Der.read(der)).forEach(({ value }, at) => {
      const short = value.subarray(Math.max(0, value.length - 32));
      both.set(short, 32 * at + 32 - short.length);
    });
    return both;
  }

  // D:20261125090000+07'00' (ISO 32000-1 §7.9.4), any letter of it perhaps in octal; null when it is none.
  function moment(written = "") {
    const letters = written.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
    const found = letters.match(/^D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:([+-]\d\d)'(\d\d))?/);
    if (!found) return null;
    const [, year, month, date, hour, minute, second, ahead, rest] = found;
    return new Date(`${year}-${month}-${date}T${hour}:${minute}:${second}${ahead ? `${ahead}:${rest}` : "Z"}`);
  }

  // The attached VC-JWT, or "".
  async function credential(bytes) {
    const text = perByte(bytes);
    for (const match of text.matchAll(/\bstream\r?\n/g)) {
      const header = text.slice(text.lastIndexOf(" obj", match.index), match.index);
      if (!header.includes("/EmbeddedFile")) continue;
      const start = match.index + match[0].length;
      const length = (header.match(/\/Length (\d+)(?! \d+ R)/) || [])[1];
      const end = length ? start + Number(length) : start + text.slice(start).search(/\r?\nendstream/);
      const content = await inflated(bytes.subarray(start, end), header);
      if (Credential.isToken(content)) return content;
    }
    return "";
  }

  async function inflated(bytes, header) {
    try {
      const raw = header.includes("/FlateDecode") ? await Credential.unpacked(bytes, "deflate", LARGEST_ATTACHMENT) : bytes;
      return new TextDecoder().decode(raw).trim();
    } catch {
      return "";
    }
  }

  return { seals, credential };
})();
