// A second implementation of the wire contract, for checking the vectors. It shares no code with
// kmcrypto, and needs nothing but Node (18 or newer) and its built-in modules.
//
//     node verify_independent.mjs [DIR [NAME...]]
//
// DIR holds the *_v1.json files and keys/; by default it is this folder. With names (tran_token,
// say), only those files are read, else nine. Every test in them is run: it must be accepted, with
// the outputs that it states, or be refused at the stage that it states. Each difference is
// printed. A difference or a missing file ends in exit status 1. sealed_v1.json is not run:
// Argon2id and XChaCha20-Poly1305 are not among Node's own primitives.
//
// The sections stand in the order in which a receiver works: text, JSON, token, ids, headers, JWE,
// message, fields, requests, answers; then a function for each file. Rule ids (S3.5) are those of
// the contract that README.md describes.
//
// It checks vectors and guards nothing: it makes no effort to hide which check failed, or how long
// that took.
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
} from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

const MAX_BODY = 1 << 20; // bytes of a body, characters of a JWE, unless a test sets another limit
const MAX_HEADER_VALUE = 256;
const MAX_JWE_HEADER = 8 << 10; // bytes
const MAX_DEPTH = 64; // nested JSON containers
const MAX_DIGITS = 64; // of a JSON integer
// Of such a number, written with one digit before its point: 4.9E-324 is the least double.
const [MIN_EXPONENT, MAX_EXPONENT] = [-324n, 308n];
const MAX_DECIMAL = 128; // characters of a JSON number that is no integer, written as 1.10E+0
const MAX_SELECTOR = 1024; // characters
const MAX_INDEX = BigInt(Number.MAX_SAFE_INTEGER); // of either sign (RFC 9535, 2.1)
const MAX_ENCRYPTED_KEYS = 16; // S9.3

/** The input is refused: the stage, and further facts that a test may state of the refusal. */
class Refusal extends Error {
  constructor(stage, reason, facts = {}) {
    super(`${stage}: ${reason}`);
    Object.assign(this, { stage, facts });
  }
}

const refuseIf = (wrong, stage, reason, facts) => {
  if (wrong) throw new Refusal(stage, reason, facts);
};

// --- Text: one spelling of a value, and no other -------------------------------------------------

// JavaScript's $ without the m flag is the end of the text, and \d is ASCII: no line feed and no
// other script's digits.
const isAspId = (text) => /^[0-9A-Za-z]{15}$/.test(text); // S1.1
const isAccessKey = (text) => /^[0-9A-Za-z-]{40}$/.test(text); // S1.3
const isCryptoKeyId = (text) => /^[0-9A-Za-z]{32}$/.test(text); // S1.4

/**
 * The bytes of base64 (or base64url without padding) that encodes to the same text again, else null
 * (S3.5).
 */
function decodeCanonical(text, alphabet) {
  const raw = Buffer.from(text, alphabet); // reads far too much; the comparison is the check
  return raw.toString(alphabet) === text ? raw : null;
}

/**
 * Seconds from 1970 to the local time that yyyyMMddHHmmss names, or null where there is no such
 * time.
 */
function readSecond(digits) {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day); // not Date.UTC, which takes year 99 for 1999
  const real = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!real || hour > 23 || minute > 59 || second > 59) return null;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}

/** The 17 digits of a moment in a zone; only 2000 to 2099 there can be written (S1.11). */
function writeDigits(epochMs, zone) {
  const local = epochMs + zone.offsetMinutes * 60_000;
  refuseIf(local < Date.UTC(2000, 0) || local >= Date.UTC(2100, 0), "time", "not in 2000 to 2099");
  return new Date(local).toISOString().replace(/[-T:.Z]/g, "");
}

// --- JSON: RFC 8259, without texts that two readers could read in two ways -----------------------

/**
 * A number with a fraction or an exponent, by its digits: 1.10 differs from 1.1, and 1.10E+0 does
 * not.
 */
class Decimal {
  constructor(text) {
    const [, sign, whole, fraction = "", exponent = "0"] =
      /^(-?)(\d+)(?:\.(\d+))?(?:[eE](.+))?$/.exec(text);
    this.sign = sign;
    this.digits = (whole + fraction).replace(/^0+(?=\d)/, "");
    this.exponent = BigInt(exponent.replace("+", "")) - BigInt(fraction.length);
    this.number = Number(text);
  }

  equals(other, exactly) {
    if (!exactly) return this.number === other.number;
    return (
      this.sign === other.sign && this.digits === other.digits && this.exponent === other.exponent
    );
  }

  /** The exponent, where one digit stands before the point. */
  get first() {
    return this.exponent + BigInt(this.digits.length - 1);
  }

  /** Whether it lies in a double's range at both ends, and its exponent, also that of 0. */
  get isInRange() {
    const hasExponent = this.first >= MIN_EXPONENT && this.first <= MAX_EXPONENT;
    return hasExponent && (this.number !== 0 || this.digits === "0");
  }

  get length() {
    const { first } = this;
    // The point; E, and a plus sign where the exponent has no minus.
    const marks = (this.digits.length > 1 ? 1 : 0) + (first < 0n ? 1 : 2);
    return this.sign.length + this.digits.length + marks + `${first}`.length;
  }
}

/**
 * Reads one JSON text: objects become Maps, integers BigInts, other numbers Decimals. Throws
 * SyntaxError.
 */
class JsonReader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  static read(bytes) {
    const text = bytes.toString("utf8"); // a byte order mark stays in it, where it is no JSON
    const reader = new JsonReader(text);
    // Else U+FFFD stands for bytes that are no UTF-8.
    reader.must(Buffer.from(text, "utf8").equals(bytes));
    const value = reader.value(0);
    reader.blanks();
    reader.must(reader.at === text.length);
    return value;
  }

  must(right) {
    if (!right) throw new SyntaxError("not strict JSON");
  }

  take(pattern) {
    pattern.lastIndex = this.at; // the patterns are sticky: they match here or not at all
    const match = pattern.exec(this.text);
    if (match) this.at = pattern.lastIndex;
    return match;
  }

  blanks() {
    this.take(/[ \t\n\r]*/y);
  }

  comes(mark) {
    this.blanks();
    if (!this.text.startsWith(mark, this.at)) return false;
    this.at += mark.length;
    return true;
  }

  value(depth) {
    if (this.comes("{")) return this.object(depth + 1);
    if (this.comes("[")) return this.array(depth + 1);
    if (this.comes('"')) return this.string();
    const word = this.take(/true|false|null/y);
    return word ? { true: true, false: false, null: null }[word[0]] : this.number();
  }

  object(depth) {
    this.must(depth <= MAX_DEPTH);
    const members = new Map(); // no plain object: "__proto__" is a name like any other
    if (this.comes("}")) return members;
    do {
      this.must(this.comes('"'));
      const name = this.string();
      // Names are compared as they read: "\u0061" repeats "a".
      this.must(!members.has(name) && this.comes(":"));
      members.set(name, this.value(depth));
    } while (this.comes(","));
    this.must(this.comes("}"));
    return members;
  }

  array(depth) {
    this.must(depth <= MAX_DEPTH);
    const values = [];
    if (this.comes("]")) return values;
    do values.push(this.value(depth));
    while (this.comes(","));
    this.must(this.comes("]"));
    return values;
  }

  string() {
    const match = this.take(
      /([^"\\\0-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\0-\x1f]*)*)"/y,
    );
    this.must(match);
    // The pattern above has checked the text; this undoes the escapes.
    const text = JSON.parse(`"${match[1]}"`);
    // With the u flag this finds half of a surrogate pair, which has no UTF-8.
    this.must(!/[\ud800-\udfff]/u.test(text));
    return text;
  }

  number() {
    const match = this.take(/-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y);
    this.must(match);
    const [text, whole, fraction, exponent] = match;
    if (fraction === undefined && exponent === undefined) {
      this.must(whole.length <= MAX_DIGITS);
      return BigInt(text);
    }
    const decimal = new Decimal(text);
    // 1e999 and 1e-400 are JSON, but no numbers that most readers have.
    this.must(Number.isFinite(decimal.number));
    this.must(decimal.number !== 0 || !/[1-9]/.test(text.split(/[eE]/)[0]));
    return decimal;
  }
}

/** The value of a JSON text, or `stage` where it is not strict. */
function readJson(bytes, stage) {
  try {
    return JsonReader.read(bytes);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal(stage, "not strict JSON");
    throw error;
  }
}

/**
 * A JSON text in which every number must be kept digit by digit, so that it can be written again
 * (S9.2).
 */
function readExactJson(bytes, stage) {
  const value = readJson(bytes, stage);
  const isOutside = (inner) =>
    inner instanceof Decimal
      ? inner.length > MAX_DECIMAL || !inner.isInRange
      : listChildren(inner).some(([, child]) => isOutside(child));
  refuseIf(isOutside(value), stage, "a decimal of too many digits, or out of range");
  return value;
}

/** The names or indices and values that are directly in a JSON value, in its order. */
const listChildren = (value) =>
  value instanceof Map || Array.isArray(value) ? [...value.entries()] : [];

/**
 * Whether two JSON values are the same, the order of members aside; decimals digit by digit, or
 * else as numbers.
 */
function same(left, right, exactly) {
  if (left instanceof Decimal && right instanceof Decimal) return left.equals(right, exactly);
  const containers = [Map, Array].some((kind) => left instanceof kind && right instanceof kind);
  if (!containers) return left === right;
  const [leftMembers, rightMembers] = [new Map(left.entries()), new Map(right.entries())];
  const isThere = ([key, value]) =>
    rightMembers.has(key) && same(value, rightMembers.get(key), exactly);
  return leftMembers.size === rightMembers.size && [...leftMembers].every(isThere);
}

// --- Tran token (S3) -----------------------------------------------------------------------------

/**
 * HMAC-SHA256 over the exact bytes of the body, under the UTF-8 bytes of the secret's text (S3.2,
 * S3.3).
 */
const computeMac = (secret, body) =>
  createHmac("sha256", Buffer.from(secret, "utf8")).update(body).digest();

/** SHA-256 over texts and bytes, one after the other. */
const sha256 = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

const signToken = (secret, time, body) =>
  `KMV1:${time}:${computeMac(secret, body).toString("base64")}`;

/** The parts of a token in its one canonical form (S3.4, S3.5). */
function parseToken(token) {
  const match = /^KMV1:(\d{14})(\d{3}):([A-Za-z0-9+/]{43}=)$/.exec(token);
  refuseIf(!match, "token", "not KMV1:, 17 digits, :, 44 characters");
  const [, digits, milliseconds, base64] = match;
  const second = readSecond(digits);
  const mac = decodeCanonical(base64, "base64");
  refuseIf(
    second === null || mac === null,
    "token",
    "no real time, or base64 that is not canonical",
  );
  return { second, milliseconds: Number(milliseconds), mac };
}

/** Straight and typographic quotes in pairs, which a bad copy leaves around a secret (S5.4). */
const QUOTED = /^(?:".*"|'.*'|\u201c.*\u201d|\u2018.*\u2019)$/u;

/** Unicode's White_Space, and U+FEFF, which a bad copy leaves around a secret, too (S5.4). */
const WHITE = "[\\p{White_Space}\\ufeff]";
const WRAPPED = new RegExp(`^${WHITE}|${WHITE}$`, "u");
const CONTROLS = /[\0-\x1f\x7f-\x9f]/;

function verifyToken(secret, token, body) {
  refuseIf(secret === "", "key", "an empty secret");
  refuseIf(QUOTED.test(secret), "key", "a secret in quotes");
  refuseIf(WRAPPED.test(secret), "key", "white space around a secret");
  refuseIf(CONTROLS.test(secret), "key", "a control character in a secret");
  refuseIf(!parseToken(token).mac.equals(computeMac(secret, body)), "token", "another MAC");
}

// --- Correlation id (S2) -------------------------------------------------------------------------

function parseCorrelationId(text) {
  const real =
    // S1.11, S2.1
    /^\d{12}-[0-9A-Fa-f]{7}$/.test(text) && readSecond(`20${text.slice(0, 12)}`) !== null;
  refuseIf(!real, "headers", "not a correlation id");
  return text;
}

const sameCorrelationId = (left, right) => left.toLowerCase() === right.toLowerCase(); // S2.1

// --- Headers (S1) --------------------------------------------------------------------------------

const KM_HEADERS = [
  "x-km-user-aspid",
  "x-km-correlation-id",
  "x-km-access-key",
  "x-km-crypto-key-id",
  "x-km-tran-token",
  "x-km-tran-time",
  "x-km-time-zone",
];

/**
 * Headers of these names by lower-case name: each once, each 1 to 256 visible ASCII characters
 * (S1.11). Other headers are not looked at.
 */
function readKmHeaders(pairs, names = KM_HEADERS) {
  const headers = new Map();
  for (const [spelled, value] of pairs) {
    const name = spelled.toLowerCase();
    if (/[^\0-\x7f]/.test(spelled) || !names.includes(name)) continue;
    refuseIf(headers.has(name), "headers", `${name} came twice`);
    const visible = value.length <= MAX_HEADER_VALUE && /^[!-~]+$/.test(value);
    refuseIf(!visible, "headers", `${name} is not visible ASCII`);
    headers.set(name, value);
  }
  return headers;
}

/** A header that must be there and of its form. */
function readRequired(headers, name, isOfItsForm) {
  refuseIf(!headers.has(name), "headers", `${name} is missing`);
  refuseIf(!isOfItsForm(headers.get(name)), "headers", `${name} is not of its form`);
  return headers.get(name);
}

/** A header that may be absent, which is null, and else must be of its form. */
const readOptional = (headers, name, isOfItsForm) =>
  headers.has(name) ? readRequired(headers, name, isOfItsForm) : null;

function readRequestHeaders(pairs, zones, hasAccessKey) {
  const headers = readKmHeaders(pairs);
  // S1.6
  const tranTime = readRequired(headers, "x-km-tran-time", (text) => readSecond(text) !== null);
  const isKnown = (text) => zones.some(({ name }) => name === text);
  const zoneName = readRequired(headers, "x-km-time-zone", isKnown); // S1.7
  const aspId = readRequired(headers, "x-km-user-aspid", isAspId); // S1.1
  const correlationId = parseCorrelationId(
    readRequired(headers, "x-km-correlation-id", () => true),
  ); // S1.2
  const cryptoKeyId = readOptional(headers, "x-km-crypto-key-id", isCryptoKeyId); // S1.4
  const accessKey = readOptional(headers, "x-km-access-key", isAccessKey); // S1.3
  refuseIf(
    (accessKey !== null) !== hasAccessKey,
    "headers",
    "the access key must be present, or must be absent",
  ); // S1.3, S10.1
  const token = parseToken(readRequired(headers, "x-km-tran-token", () => true)); // S1.5
  // Two readings of one clock may lie between them, and no more (S1.10).
  refuseIf(
    Math.abs(readSecond(tranTime) - token.second) > 5,
    "time",
    "tran time is not the token's time",
  );
  const zone = zones.find(({ name }) => name === zoneName);
  return { aspId, correlationId, accessKey, cryptoKeyId, tranTime, zone, token };
}

/** An answer's correlation id is null if it cannot be read; its crypto key id must be of its form. */
function readAnswerHeaders(pairs) {
  const headers = readKmHeaders(pairs, ["x-km-crypto-key-id"]);
  const cryptoKeyId = readOptional(headers, "x-km-crypto-key-id", isCryptoKeyId);
  return { correlationId: readAnswerId(pairs), cryptoKeyId };
}

function readAnswerId(pairs) {
  try {
    const headers = readKmHeaders(pairs, ["x-km-correlation-id"]);
    return parseCorrelationId(readRequired(headers, "x-km-correlation-id", () => true)); // S1.9
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

// --- JWE: compact serialization of one profile (S4.2 to S4.4; steps of RFC 7516, 5.2) ------------

const CIPHERS = {
  A128GCM: { name: "aes-128-gcm", bytes: 16 },
  A256GCM: { name: "aes-256-gcm", bytes: 32 },
};
const REFUSED_PARAMETERS = ["crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "epk", "p2c"];

/** Steps 1 to 7: the five parts, and a header within the profile. */
function parseJwe(text, maxLength) {
  refuseIf(text.length > maxLength, "decrypt", "too long");
  const parts = text.split(".");
  refuseIf(parts.length !== 5, "decrypt", "not five parts"); // step 1
  const raw = decodeCanonical(parts[0], "base64url"); // step 2
  refuseIf(
    raw === null || raw.length > MAX_JWE_HEADER,
    "decrypt",
    "the header is not base64url, or too long",
  );
  const header = readJson(raw, "decrypt"); // step 3
  refuseIf(!(header instanceof Map), "decrypt", "the header is no object");
  refuseIf(header.get("alg") !== "RSA-OAEP-256", "decrypt", "another alg"); // S4.2
  refuseIf(!["A128GCM", "A256GCM"].includes(header.get("enc")), "decrypt", "another enc"); // S4.3
  // These change the meaning of a token, or bring a key. Others are ignored (RFC 7516, 4).
  refuseIf(
    REFUSED_PARAMETERS.some((name) => header.has(name)),
    "decrypt",
    "a parameter that is refused",
  );
  refuseIf(header.has("kid") && typeof header.get("kid") !== "string", "decrypt", "kid is no text");
  const [head, encryptedKey, iv, ciphertext, tag] = parts;
  return { header, headerText: raw.toString("utf8"), head, encryptedKey, iv, ciphertext, tag };
}

/** A part of a JWE as bytes, of the expected length if there is one. */
function decodePart(part, length = null) {
  const raw = decodeCanonical(part, "base64url");
  refuseIf(
    raw === null || (length !== null && raw.length !== length),
    "decrypt",
    "a part of another length or form",
  );
  return raw;
}

/** Steps 9 to 13: the CEK. */
function unwrapKey({ header, encryptedKey }, privateKey) {
  const { modulusLength: bits } = privateKey.asymmetricKeyDetails;
  const wrapped = decodePart(encryptedKey, Math.ceil(bits / 8));
  let cek;
  try {
    // oaepHash is the hash of MGF1, too (S4.2): Node sets no other.
    cek = privateDecrypt(
      { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" },
      wrapped,
    );
  } catch {
    throw new Refusal("decrypt", "OAEP");
  }
  refuseIf(cek.length !== CIPHERS[header.get("enc")].bytes, "decrypt", "a CEK of another length");
  return cek;
}

/** Steps 14 to 19: the plaintext. The AAD is the header's text as it came (S4.3). */
function decryptContent(jwe, cek) {
  const [iv, ciphertext, tag] = [
    decodePart(jwe.iv, 12),
    decodePart(jwe.ciphertext),
    decodePart(jwe.tag, 16),
  ];
  const cipher = createDecipheriv(CIPHERS[jwe.header.get("enc")].name, cek, iv, {
    authTagLength: 16,
  });
  cipher.setAAD(Buffer.from(jwe.head, "ascii")).setAuthTag(tag);
  try {
    return Buffer.concat([cipher.update(ciphertext), cipher.final()]);
  } catch {
    throw new Refusal("decrypt", "the tag");
  }
}

/** A key must have 2048 to 8192 bits, and an odd exponent from 65537 on (S4.2). */
function checkKey(privateKey) {
  const { modulusLength: bits, publicExponent: exponent } = privateKey.asymmetricKeyDetails;
  refuseIf(bits < 2048 || bits > 8192, "key", "an RSA key of another size");
  const isRight = exponent >= 65537n && exponent < 1n << 64n && exponent % 2n === 1n;
  refuseIf(!isRight, "key", "another RSA exponent");
  return privateKey;
}

function decryptJwe(jwe, privateKey, kid) {
  refuseIf(
    kid !== null && jwe.header.has("kid") && jwe.header.get("kid") !== kid,
    "decrypt",
    "another kid",
  ); // S4.4
  const cek = unwrapKey(jwe, privateKey);
  return { plaintext: decryptContent(jwe, cek), cek };
}

/**
 * A decrypted JWE by the names in a test's `intermediate`: header and plaintext as text, the others
 * in hex.
 */
function describeJwe(jwe, cek, plaintext) {
  const hex = (name) => [name, Buffer.from(jwe[name], "base64url").toString("hex")];
  const parts = Object.fromEntries(["encryptedKey", "iv", "ciphertext", "tag"].map(hex));
  const aad = Buffer.from(jwe.head, "ascii").toString("hex");
  return {
    header: jwe.headerText,
    aad,
    cek: cek.toString("hex"),
    ...parts,
    plaintext: plaintext.toString("utf8"),
  };
}

// --- Message: {"encData": "..."} (S4.1) ----------------------------------------------------------

function readPayload(bytes) {
  const payload = readJson(bytes, "payload");
  refuseIf(!(payload instanceof Map), "payload", "not a JSON object");
  return payload;
}

/** The JWE in a body of exactly one member, encData; null for a plain body (S4.1, S4.8). */
function readEnvelope(payload) {
  if (payload.size !== 1 || !payload.has("encData")) return null;
  refuseIf(typeof payload.get("encData") !== "string", "payload", "encData is no text");
  return payload.get("encData");
}

/**
 * The payload in a message's JWE. The body was measured, so the token needs no limit of its own.
 */
function decryptMessage(token, privateKey, kid) {
  const jwe = parseJwe(token, Infinity);
  refuseIf(jwe.header.has("km-path"), "decrypt", "a field in a message's place"); // S9.4
  const { plaintext, cek } = decryptJwe(jwe, privateKey, kid);
  return { payload: readPayload(plaintext), parts: describeJwe(jwe, cek, plaintext) };
}

// --- Selectors: a subset of RFC 9535 (S9) --------------------------------------------------------

const CODE_POINT = /^u(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})/;
const SURROGATES = /^u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})/;
const ESCAPES = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", "/": "/", "\\": "\\" };
const isNameStart = (character) => /^(?:[A-Za-z_]|[^\0-\x7f\ud800-\udfff])$/u.test(character);

/**
 * Reads `$`, `.name`, `['name']`, `["name"]`, `[n]`, `[-n]`, `.*`, `[*]` and `..name`. It refuses
 * at the first character that these do not allow: of a bad escape, that is the backslash, and of an
 * index out of range, its first digit or sign.
 */
class SelectorReader {
  constructor(text) {
    this.characters = [...text]; // positions count characters, not UTF-16 units
    this.at = 0;
  }

  static read(text) {
    const reader = new SelectorReader(text);
    reader.must(reader.characters.length <= MAX_SELECTOR, MAX_SELECTOR);
    reader.must(reader.comes("$"));
    const segments = [];
    while (reader.at < reader.characters.length) segments.push(reader.segment());
    return segments;
  }

  must(right, position = this.at) {
    refuseIf(!right, "headers", `the selector leaves the subset at ${position}`, { position });
  }

  get next() {
    return this.characters[this.at] ?? "";
  }

  comes(character) {
    const matches = this.next === character;
    if (matches) this.at += 1;
    return matches;
  }

  blanks() {
    while (this.next !== "" && " \t\n\r".includes(this.next)) this.at += 1;
  }

  /** One segment: its key is a name, an index (a BigInt), or null for every child. */
  segment() {
    this.blanks(); // RFC 9535, 2.1.1: blanks may stand before a segment, but not at the end
    if (this.comes("[")) return { deep: false, key: this.bracketed() };
    this.must(this.comes("."));
    if (this.comes("*")) return { deep: false, key: null };
    const deep = this.comes(".");
    return { deep, key: this.name() };
  }

  name() {
    const start = this.at;
    this.must(isNameStart(this.next));
    while (isNameStart(this.next) || /^[0-9]$/.test(this.next)) this.at += 1;
    return this.characters.slice(start, this.at).join("");
  }

  bracketed() {
    this.blanks();
    const [start, first] = [this.at, this.next];
    const key =
      this.comes("'") || this.comes('"')
        ? this.string(first)
        : this.comes("*")
          ? null
          : this.index();
    this.blanks();
    this.must(this.comes("]"));
    this.must(typeof key !== "bigint" || (key <= MAX_INDEX && -key <= MAX_INDEX), start);
    return key;
  }

  index() {
    const [text] = /^(?:0|-?[1-9][0-9]*)?/.exec(this.characters.slice(this.at).join(""));
    this.must(text !== "");
    this.at += text.length;
    return BigInt(text);
  }

  string(quote) {
    let text = "";
    while (this.next !== quote) {
      if (this.next === "\\") {
        text += this.escape(quote);
      } else {
        // At the end of the text, `next` is "", which fails.
        this.must(/^[^\0-\x1f\ud800-\udfff]$/u.test(this.next));
        text += this.next;
        this.at += 1;
      }
    }
    this.at += 1;
    return text;
  }

  /**
   * RFC 9535, 2.3.1.1: only the string's own quote may be escaped, and surrogates come in pairs.
   */
  escape(quote) {
    const rest = this.characters.slice(this.at + 1, this.at + 12).join("");
    const short = rest.slice(0, 1);
    if (short !== "" && (short === quote || short in ESCAPES)) {
      this.at += 2;
      return ESCAPES[short] ?? quote;
    }
    const match = CODE_POINT.exec(rest) ?? SURROGATES.exec(rest);
    this.must(match);
    this.at += 1 + match[0].length;
    return String.fromCharCode(...match.slice(1).map((hex) => parseInt(hex, 16)));
  }
}

const SHORT = {
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  "'": "\\'",
  "\\": "\\\\",
};
const escapeCharacter = (character) =>
  SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The step of a normalized path: the one way to write it (RFC 9535, 2.7). */
const step = (key) =>
  typeof key === "number" ? `[${key}]` : `['${key.replace(/[\0-\x1f'\\]/g, escapeCharacter)}']`;

/** The children that a key takes of a value; of the wrong kind of value, none (RFC 9535, 2.3). */
function pickChildren(key, value) {
  if (key === null) return listChildren(value);
  if (typeof key === "string")
    return value instanceof Map && value.has(key) ? [[key, value.get(key)]] : [];
  if (!Array.isArray(value)) return [];
  const index = Number(key < 0n ? key + BigInt(value.length) : key);
  return index >= 0 && index < value.length ? [[index, value[index]]] : [];
}

/** Gathers a node and all that is in it, parents first (RFC 9535, 2.5.2.2), each node once. */
function gather(path, value, nodes) {
  if (nodes.has(path)) return;
  nodes.set(path, value);
  for (const [key, child] of listChildren(value)) gather(path + step(key), child, nodes);
}

/**
 * The nodes that a selector selects: normalized path -> value, each once, at its first place in the
 * RFC's order.
 */
function select(segments, document) {
  let nodes = new Map([["$", document]]);
  for (const { deep, key } of segments) {
    const within = deep ? new Map() : nodes;
    if (deep) for (const [path, value] of nodes) gather(path, value, within);
    nodes = new Map();
    for (const [path, value] of within) {
      for (const [name, child] of pickChildren(key, value)) {
        if (!nodes.has(path + step(name))) nodes.set(path + step(name), child);
      }
    }
  }
  return nodes;
}

/** A copy of a document with other values at some normalized paths. */
function replaceValues(value, changes, path = "$") {
  if (changes.has(path)) return changes.get(path);
  const children = listChildren(value).map(([key, child]) => [
    key,
    replaceValues(child, changes, path + step(key)),
  ]);
  if (value instanceof Map) return new Map(children);
  return Array.isArray(value) ? children.map(([, child]) => child) : value;
}

// --- Fields (S9) ---------------------------------------------------------------------------------

const isCompactJwe = (value) => typeof value === "string" && value.split(".").length === 5;

/** The JWE header that stands before the first dot of a value, or null where none does (S9.6). */
function findJweHeader(value) {
  if (typeof value !== "string" || !value.includes(".")) return null;
  const raw = decodeCanonical(value.slice(0, value.indexOf(".")), "base64url");
  if (raw === null || raw.length > MAX_JWE_HEADER) return null;
  try {
    const header = JsonReader.read(raw);
    if (!(header instanceof Map)) return null;
    const hasText = (name) => typeof header.get(name) === "string";
    return hasText("alg") && hasText("enc") ? header : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The nodes that the selectors select: `nodesOf` is selector -> nodes, `values` path -> value. */
function selectFields(group, document) {
  const nodesOf = new Map(
    group.selectors.map((text) => [text, select(SelectorReader.read(text), document)]),
  );
  const values = new Map([...nodesOf.values()].flatMap((nodes) => [...nodes]));
  for (const [text, nodes] of nodesOf) {
    refuseIf(
      nodes.size === 0 && !group.optional.includes(text),
      "payload",
      "a selector selects nothing",
    );
  }
  // A path is inside another one if that, and the bracket of a further step, are its beginning.
  const within = (path) => [...values.keys()].some((outer) => path.startsWith(`${outer}[`));
  refuseIf([...values.keys()].some(within), "payload", "a selected value is inside another one");
  return { nodesOf, values };
}

/** The JWE of a field, if it says that it is for this place and record (S9.4). */
function parseField(value, path, context) {
  refuseIf(!isCompactJwe(value), "payload", "a plain value where a field must be"); // S9.4
  const jwe = parseJwe(value, Infinity);
  refuseIf(jwe.header.get("km-path") !== path, "decrypt", "another place");
  const isSame =
    context === null ? !jwe.header.has("km-ctx") : jwe.header.get("km-ctx") === context;
  refuseIf(!isSame, "decrypt", "another context");
  return jwe;
}

/** Fields with one key id, enc and encrypted key have one CEK. */
const wrappingId = ({ header, encryptedKey }) =>
  [header.get("kid") ?? "", header.get("enc"), encryptedKey].join(" ");

function unwrapFields(group, fields, keys) {
  const wrapped = new Map([...fields.values()].map((jwe) => [wrappingId(jwe), jwe]));
  refuseIf(wrapped.size > MAX_ENCRYPTED_KEYS, "payload", "more than 16 encrypted keys"); // S9.3
  const side =
    { gateway: "platform", client: "client" }[group.side] ??
    group.storageSide ??
    findOwnSide(group.ring);
  const withKeys = [...wrapped].map(([id, jwe]) => {
    const key = requireUsable(
      findKey(group.ring, jwe.header.get("kid") ?? null),
      group.acceptInactive,
    ); // S9.1
    return [id, jwe, findPrivateKey(keys, key, side)];
  });
  return new Map(withKeys.map(([id, jwe, privateKey]) => [id, unwrapKey(jwe, privateKey)]));
}

/** The side whose key pair a storage ring holds, where it holds only one. */
const findOwnSide = (ring) =>
  ["platform", "client"].find((side) => findKey(ring, ring.primary)[side] !== null);

function decryptFields(group, document, context, keys) {
  const { nodesOf, values } = selectFields(group, document);
  const strict = [...nodesOf].filter(([text]) => !group.plain.includes(text));
  const mustBeFields = new Set(strict.flatMap(([, nodes]) => [...nodes.keys()]));
  const fields = new Map();
  for (const [path, value] of values) {
    if (mustBeFields.has(path) || findJweHeader(value))
      fields.set(path, parseField(value, path, context));
  }
  const ceks = unwrapFields(group, fields, keys);
  const decrypted = new Map();
  const parts = new Map();
  for (const [path, jwe] of fields) {
    const cek = ceks.get(wrappingId(jwe));
    const plaintext = decryptContent(jwe, cek);
    decrypted.set(path, readExactJson(plaintext, "payload")); // S9.2
    parts.set(path, describeJwe(jwe, cek, plaintext));
  }
  const count = (nodes) => [...nodes.keys()].filter((path) => decrypted.has(path)).length;
  const report = Object.fromEntries([...nodesOf].map(([text, nodes]) => [text, count(nodes)]));
  return { document: replaceValues(document, decrypted), report, parts };
}

/** How many values each selector encrypts; fields are refused, of whatever place (S9.6). */
function countEncrypted(group, document) {
  const { nodesOf, values } = selectFields(group, document);
  for (const value of values.values())
    refuseIf(findJweHeader(value)?.has("km-path"), "payload", "a field already");
  return Object.fromEntries([...nodesOf].map(([text, nodes]) => [text, nodes.size]));
}

// --- Crypto keys (S5) ----------------------------------------------------------------------------

/** The private key files in a folder, each read once. */
class Keys {
  constructor(folder) {
    this.folder = folder;
    this.read = new Map();
  }

  private(path) {
    if (!this.read.has(path))
      this.read.set(path, createPrivateKey(readFileSync(join(this.folder, path))));
    return this.read.get(path);
  }

  /** The files of public keys that do not belong to the private key beside them. */
  mismatchedFiles() {
    const names = readdirSync(join(this.folder, "keys")).filter((name) =>
      name.endsWith(".pub.pem"),
    );
    const spki = (key) => key.export({ type: "spki", format: "pem" });
    return names.filter((name) => {
      const publicKey = createPublicKey(readFileSync(join(this.folder, "keys", name)));
      return (
        spki(publicKey) !==
        spki(createPublicKey(this.private(join("keys", name.replace(".pub.", ".")))))
      );
    });
  }
}

/** The key of that id, compared exactly (S1.4), or undefined. */
const findKey = (ring, id) =>
  id === null || ring === null ? undefined : ring.keys.find((key) => key.id === id);

/** The key, which must exist, and whose state must allow it to decrypt (S5.1). */
function requireUsable(key, acceptInactive) {
  refuseIf(key === undefined || key.state === "discarded", "key", "no such crypto key");
  refuseIf(key.state === "inactive" && !acceptInactive, "key", "an inactive crypto key");
  return key;
}

function findPrivateKey(keys, key, side) {
  refuseIf(key[side] === null, "key", `the crypto key has no ${side} private key`);
  return keys.private(join("keys", `${key[side]}.pem`));
}

// --- Requests: Gateway and callback receiver (S1 to S5, S10) -------------------------------------

const DEFAULTS = {
  toleranceS: 300,
  acceptInactive: false,
  allowEmptyBody: false,
  anyKey: false,
  maxBody: MAX_BODY,
  callbackSecrets: [],
  zones: [],
  retentionS: 86_400, // of claims that do not follow the tolerance (S11.4)
};
const BUILT_IN_ZONES = [
  { name: "UTC", offsetMinutes: 0 },
  { name: "KST", offsetMinutes: 540 },
]; // S1.7

const GRACE_S = 1; // that a claim is kept longer than its lifetime (S11.4)

// The answers to refusals by their stage, once the sender is known: any texts that differ (S6.3).
const REFUSALS = ["time", "replay", "key", "decrypt", "payload"];

/**
 * A receiver of one project's requests; `claims` are the keys that its replay guard remembers, and
 * until when. Receivers of one gateway share them.
 */
class Receiver {
  constructor(project, clockMs, isCallback, settings, keys) {
    Object.assign(this, {
      project,
      clockMs,
      isCallback,
      keys,
      settings: { ...DEFAULTS, ...settings },
    });
    this.zones = [...BUILT_IN_ZONES, ...this.settings.zones];
    this.claims = new Map();
  }

  /** The whole order of a receiver: a request with several faults ends at the first of them. */
  accept(request) {
    this.isSenderKnown = false;
    this.claimed = null;
    const body = readBytes(request.body);
    refuseIf(body.length > this.settings.maxBody, "headers", "the body is too long");
    // S3.7
    refuseIf(body.length === 0 && !this.settings.allowEmptyBody, "headers", "an empty body");
    const read = readRequestHeaders(request.headers, this.zones, !this.isCallback);
    this.authenticate(read, body);
    this.isSenderKnown = true;
    const isInactive = this.project.state === "inactive" && !this.settings.acceptInactive;
    refuseIf(isInactive, "key", "an inactive project key"); // S5.1
    this.checkTime(read);
    const payload = body.length === 0 ? new Map() : readPayload(body);
    const token = readEnvelope(payload);
    refuseIf(
      (token !== null) !== request.encrypted,
      "payload",
      "plain for encrypted, or the other way round",
    ); // S4.8
    const key = this.cryptoKey(read, request);
    const claim = this.makeClaim(read, request, key);
    this.takeClaim(claim);
    const message =
      token === null ? { payload } : decryptMessage(token, this.privateKey(key), key.id);
    const parts = { mac: read.token.mac.toString("hex"), ...message.parts };
    return {
      payload: message.payload,
      cryptoKeyId: key?.id ?? null,
      replayProtected: request.encrypted || request.uniqueBody,
      claim,
      read,
      parts,
    };
  }

  /**
   * The receiver's private key: requests are encrypted to the platform, callbacks to the client
   * (S4.5).
   */
  privateKey(key) {
    return findPrivateKey(this.keys, key, this.isCallback ? "client" : "platform");
  }

  /** Unknown access key, discarded key, wrong MAC and wrong asp id are one refusal. */
  authenticate(read, body) {
    const known = this.isCallback || read.accessKey === this.project.accessKey;
    const secrets = [
      this.project.secret,
      ...(this.isCallback ? this.settings.callbackSecrets : []),
    ]; // S10.2
    const signed = secrets.some((secret) => computeMac(secret, body).equals(read.token.mac));
    const right =
      known && signed && this.project.state !== "discarded" && read.aspId === this.project.aspId;
    refuseIf(!right, "token", "the sender is unknown");
  }

  /** The token's time lies within the tolerance of the clock, on both sides. */
  checkTime({ token, zone }) {
    writeDigits(this.clockMs, { offsetMinutes: 0 }); // S12, step 10: the clock's years are UTC's
    const sentMs = (token.second - zone.offsetMinutes * 60) * 1000 + token.milliseconds;
    refuseIf(
      Math.abs(this.clockMs - sentMs) > this.settings.toleranceS * 1000,
      "time",
      "too far from the clock",
    );
    writeDigits(sentMs, zone); // S1.12: a time that could not be written is none
  }

  /**
   * The crypto key that the request names, where it or its answer is encrypted, or it names one
   * (S1.4, S5.2).
   */
  cryptoKey({ cryptoKeyId }, { encrypted, answerEncrypted }) {
    if (cryptoKeyId === null && !encrypted && !answerEncrypted) return undefined;
    const { ring } = this.project;
    const first = ring === null ? undefined : ring.keys[0]; // in the order of their issue (S5.3)
    const named = cryptoKeyId === null && this.isCallback ? first : findKey(ring, cryptoKeyId);
    refuseIf(
      this.isCallback && !this.settings.anyKey && named !== first,
      "key",
      "not the first issued",
    ); // S10.3
    const key = requireUsable(named, this.settings.acceptInactive);
    if (encrypted) this.privateKey(key);
    if (answerEncrypted) findPrivateKey(this.keys, key, this.isCallback ? "platform" : "client");
    return key;
  }

  /** A claim is free until it is taken, and from the end of its lifetime and one second more. */
  takeClaim(claim) {
    this.claimed = claim;
    refuseIf((this.claims.get(claim.key) ?? 0) > this.clockMs, "replay", "taken before");
    this.claims.set(claim.key, this.clockMs + (claim.lifetimeS + GRACE_S) * 1000);
  }

  /** What the sender of a refused request is told: nothing, before the sender is known (S6.3). */
  refuse(stage) {
    return this.isSenderKnown && REFUSALS.includes(stage) ? stage : "unauthenticated";
  }

  /** The claim is on what cannot rightly repeat: a label, ids and the MAC (S11). */
  makeClaim({ token, correlationId }, { encrypted, uniqueBody }, key) {
    const { accessKey } = this.project; // a callback carries none
    const { retentionS } = this.settings;
    const claimOn = (scope, lifetimeS) => ({
      key: sha256(scope, token.mac).toString("hex"),
      lifetimeS,
      owner: sha256("kmcrypto owner:", accessKey).toString("hex", 0, 8),
    });
    if (encrypted) return claimOn(`kmcrypto encrypted claim:${this.firstOfPair(key)}`, retentionS);
    if (uniqueBody) return claimOn("kmcrypto unique claim:", retentionS);
    const scope = `kmcrypto plain claim:${accessKey}${correlationId.toLowerCase()}`;
    return claimOn(scope, Math.max(1, Math.ceil(2 * this.settings.toleranceS)));
  }

  /** The first id under which the project has the pair that decrypts (S5.2, S11.2). */
  firstOfPair(key) {
    const side = this.isCallback ? "client" : "platform";
    return this.project.ring.keys.find((issued) => issued[side] === key[side]).id;
  }
}

// --- Answers (S4.7, S4.8, S6) --------------------------------------------------------------------

/** response.code, a text that is not empty (S6.1). */
function readResultCode(payload) {
  const response = payload.get("response");
  const code = response instanceof Map ? response.get("code") : undefined;
  refuseIf(typeof code !== "string" || code === "", "result", "no response.code");
  return code;
}

/**
 * A body that is no JSON, or has no form of an answer, is no answer of this API: the last row of
 * S4.8.
 */
function refuseAsNoAnswer(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal && error.stage === "payload")
      throw new Refusal("result", "no answer of this API");
    throw error;
  }
}

/** The answer to a request; `decryptsWith` is the side whose private key decrypts it. */
function openAnswer(answer, { project, settings, keys, decryptsWith }) {
  const body = readBytes(answer.body);
  refuseIf(body.length > settings.maxBody, "headers", "the answer is too long");
  let payload = refuseAsNoAnswer(() => readPayload(body));
  const token = refuseAsNoAnswer(() => readEnvelope(payload));
  // This comes before the headers, which a proxy's page does not have.
  if (token === null) readResultCode(payload);
  const read = readAnswerHeaders(answer.headers);
  const asked = readKmHeaders(answer.request);
  // S4.8
  refuseIf(token !== null && !answer.encrypted, "payload", "encrypted where plain is expected");
  let [cryptoKeyId, parts] = [null, {}];
  if (token !== null) {
    cryptoKeyId = read.cryptoKeyId ?? asked.get("x-km-crypto-key-id") ?? null; // S4.7
    const key = requireUsable(findKey(project.ring, cryptoKeyId), settings.acceptInactive);
    ({ payload, parts } = refuseAsNoAnswer(() =>
      decryptMessage(token, findPrivateKey(keys, key, decryptsWith), key.id),
    ));
  }
  checkResult(readResultCode(payload), answer.status, token !== null || !answer.encrypted);
  const echoed = sameCorrelationId(read.correlationId ?? "", asked.get("x-km-correlation-id"));
  refuseIf(answer.requireEcho && !echoed, "headers", "another correlation id"); // S1.9
  return { payload, cryptoKeyId, read, parts };
}

/** The rest of S4.8. `isProtected`: the answer was encrypted, or need not be. */
function checkResult(code, status, isProtected) {
  // Plain or encrypted: whether the platform encrypts its errors is written nowhere.
  refuseIf(code !== "000_000", "result", "another result", { resultCode: code });
  refuseIf(!isProtected, "payload", "a success that is plain where encrypted is expected");
  refuseIf(status !== 200, "result", "000_000 with another status");
}

// --- A function for each file gives the names of wrong outputs, or throws Refusal ----------------

/** The bytes that a test describes. */
function readBytes(described) {
  if (described.text !== undefined) return Buffer.from(described.text, "utf8");
  if (described.join !== undefined) return Buffer.concat(described.join.map(readBytes));
  if (described.jwe !== undefined) return assembleJwe(described.jwe);
  const { hex, times } = described.repeat ?? { hex: described.hex, times: 1 };
  const raw = Buffer.from(hex, "hex");
  return Buffer.alloc(raw.length * times, raw);
}

/** The compact JWE of a large plaintext: its ciphertext and tag are computed, not stated. */
function assembleJwe({ header, encryptedKey, iv, cek, plaintext }) {
  const key = Buffer.from(cek, "hex");
  const cipher = createCipheriv(`aes-${key.length * 8}-gcm`, key, Buffer.from(iv, "base64url"));
  cipher.setAAD(Buffer.from(header, "ascii"));
  const ciphertext = Buffer.concat([cipher.update(readBytes(plaintext)), cipher.final()]);
  const computed = [ciphertext, cipher.getAuthTag()].map((part) => part.toString("base64url"));
  return Buffer.from([header, encryptedKey, iv, ...computed].join("."), "ascii");
}

const readJsonText = (text) => readJson(Buffer.from(text, "utf8"), "a JSON text of the vectors");

/** The names of the outputs that are not as the test states them. */
const listFailed = (checks) => Object.keys(checks).filter((name) => !checks[name]);

/** Whether an object has these members, with these values, and no others. */
const haveSameMembers = (left, right) =>
  Object.keys(left).length === Object.keys(right).length &&
  Object.keys(left).every((name) => left[name] === right[name]);

/** The names of intermediate values that a test states and that were computed otherwise. */
const listWrongIntermediates = (stated, computed) =>
  listFailed(
    Object.fromEntries(
      Object.entries(computed).map(([name, value]) => [
        `intermediate ${name}`,
        [undefined, value].includes(stated[name]),
      ]),
    ),
  );

/** The same for the fields of a document, which `intermediate` has by their paths. */
function listWrongFields(stated, parts) {
  if (stated === undefined) return [];
  const areStated = [...parts.keys()].sort().join() === Object.keys(stated).sort().join();
  const wrong = [...parts].flatMap(([path, part]) =>
    listWrongIntermediates(stated[path] ?? {}, part),
  );
  return [...listFailed({ "intermediate fields": areStated }), ...wrong];
}

/** Whether a test that was accepted must be refused: it states no outputs to compare. */
const isWronglyAccepted = ({ result }) => result === "invalid";

const RUNS = {
  tran_token({ secret }, test) {
    const body = readBytes(test.body);
    verifyToken(secret, test.token, body);
    if (isWronglyAccepted(test)) return [];
    const signed = { token: signToken(secret, test.time, body) === test.token };
    const bodySha256 = createHash("sha256").update(body).digest("hex");
    const computed = { bodySha256, mac: computeMac(secret, body).toString("hex") };
    return [...listFailed(signed), ...listWrongIntermediates(test.intermediate, computed)];
  },

  correlation_id(group, test) {
    if (test.operation === "format") {
      const digits = writeDigits(test.epochMs, test.zone).slice(2, 14);
      if (isWronglyAccepted(test)) return [];
      const value = parseCorrelationId(`${digits}-${test.suffix}`) === test.value;
      return [...listFailed({ value }), ...listWrongIntermediates(test.intermediate, { digits })];
    }
    const id = parseCorrelationId(test.value);
    const isSame = (other) => sameCorrelationId(parseCorrelationId(other), id);
    return listFailed({
      equals: (test.equals ?? []).every(isSame),
      differs: !(test.differs ?? []).some(isSame),
    });
  },

  headers(group, test, keys) {
    const { role, project, clockMs, zones } = group;
    const settings = { ...DEFAULTS, zones };
    const message = {
      ...test,
      body: group.body,
      request: group.request,
      status: 200,
      encrypted: false,
    };
    const { read } =
      role === "client"
        ? openAnswer(message, { project, settings, keys, decryptsWith: "client" })
        : new Receiver(project, clockMs, role === "callback", settings, keys).accept(message);
    if (isWronglyAccepted(test)) return [];
    const { token, zone, ...plain } = read;
    return listFailed({
      read: haveSameMembers(zone === undefined ? plain : { ...plain, zone: zone.name }, test.read),
    });
  },

  jwe(group, test, keys) {
    const privateKey = checkKey(keys.private(group.privateKey));
    const text = typeof test.jwe === "string" ? test.jwe : readBytes(test.jwe).toString("ascii");
    const jwe = parseJwe(text, MAX_BODY);
    const { plaintext, cek } = decryptJwe(jwe, privateKey, test.kid);
    if (isWronglyAccepted(test)) return [];
    const wrong = listFailed({ plaintext: plaintext.equals(readBytes(test.plaintext)) });
    return [
      ...wrong,
      ...listWrongIntermediates(test.intermediate, describeJwe(jwe, cek, plaintext)),
    ];
  },

  message(group, test, keys) {
    const body = readBytes(test.body);
    refuseIf(body.length > (test.maxBody ?? MAX_BODY), "headers", "the body is too long");
    const token = readEnvelope(readPayload(body));
    refuseIf(token === null, "payload", "plain where encrypted is expected"); // S4.8
    const { payload, parts } = decryptMessage(token, keys.private(group.privateKey), test.kid);
    if (isWronglyAccepted(test)) return [];
    const wrong = listFailed({ payload: same(payload, readJsonText(test.payload), false) });
    return [...wrong, ...listWrongIntermediates(test.intermediate, parts)];
  },

  fields(group, test, keys) {
    if (test.operation === "select") {
      const selector = SelectorReader.read(test.selector);
      const paths = [
        ...select(selector, readExactJson(Buffer.from(test.document), "payload")).keys(),
      ];
      if (isWronglyAccepted(test)) return [];
      return listFailed({ paths: paths.join("\n") === test.paths.join("\n") });
    }
    const document = readExactJson(Buffer.from(test.document), "payload");
    if (test.operation === "encrypt") {
      const report = countEncrypted(group, document);
      return listFailed({ report: haveSameMembers(report, test.report ?? report) });
    }
    const decrypted = decryptFields(group, document, test.context, keys);
    if (isWronglyAccepted(test)) return [];
    const plain = same(decrypted.document, readJsonText(test.plain), true);
    const wrong = listFailed({ plain, report: haveSameMembers(decrypted.report, test.report) });
    return [...wrong, ...listWrongFields(test.intermediate.fields, decrypted.parts)];
  },

  order(group, test, keys) {
    // Intermediate values are not stated there.
    const isDocument = group.role === "message" || group.role === "fields";
    if (isDocument) return RUNS[group.role](group, test, keys);
    if (test.requests === undefined) return RUNS.exchange(group, test, keys);
    const { role, project, clockMs, settings } = group;
    const receiver = new Receiver(project, clockMs, role === "callback-receiver", settings, keys);
    const answers = test.requests.map((request) => {
      acceptEarlier(receiver, request);
      return receiver.refuse(request.stage);
    });
    return listFailed({ alike: (new Set(answers).size === 1) === test.alike });
  },

  claims(group, test, keys) {
    const receivers = makeReceivers(group, keys);
    const verdicts = test.requests.map((request) => receiveAt(receivers, request));
    const areSame = (left, right) =>
      left.stage === right.stage &&
      (left.claim === null || right.claim === null
        ? left.claim === right.claim
        : haveSameMembers(left.claim, right.claim));
    const hashed = test.intermediate.claimed.map((hex) =>
      hex === "" ? null : sha256(Buffer.from(hex, "hex")).toString("hex"),
    );
    return listFailed({
      verdicts:
        verdicts.length === test.verdicts.length &&
        verdicts.every((verdict, at) => areSame(verdict, test.verdicts[at])),
      "intermediate claimed":
        hashed.length === verdicts.length &&
        hashed.every((key, at) => key === (verdicts[at].claim?.key ?? null)),
    });
  },

  exchange(group, test, keys) {
    const { role, project, clockMs } = group;
    const settings = { ...DEFAULTS, ...group.settings };
    const decryptsWith = { client: "client", "callback-opener": "platform" }[role];
    const result =
      decryptsWith === undefined
        ? acceptAll()
        : openAnswer(test, { project, settings, keys, decryptsWith });
    if (isWronglyAccepted(test)) return [];
    const payload = same(result.payload, readJsonText(test.payload), false);
    const cryptoKeyId = result.cryptoKeyId === test.cryptoKeyId;
    const wrong = listFailed({
      payload,
      cryptoKeyId,
      replayProtected: result.replayProtected === test.replayProtected,
      claim: haveSameMembers(result.claim ?? {}, test.claim ?? {}),
    });
    return [...wrong, ...listWrongIntermediates(test.intermediate, result.parts)];

    function acceptAll() {
      const projects = [project, ...(group.otherProjects ?? [])];
      const receivers = makeReceivers({ role, projects, clockMs, settings }, keys);
      for (const earlier of test.before) acceptEarlier(findReceiver(receivers, earlier), earlier);
      return findReceiver(receivers, test).accept(test);
    }
  },
};

/** The receivers of a gateway's projects, which share their claims; or one of callbacks. */
function makeReceivers({ role, projects, clockMs, settings }, keys) {
  const isCallback = role === "callback-receiver";
  const claims = new Map();
  return projects.map((project) =>
    Object.assign(new Receiver(project, clockMs, isCallback, settings, keys), { claims }),
  );
}

/** The receiver of the project whose access key a request has; any one, where none has it. */
function findReceiver(receivers, { headers }) {
  const named = headers.find(([name]) => name.toLowerCase() === "x-km-access-key")?.[1];
  return receivers.find(({ project }) => project.accessKey === named) ?? receivers[0];
}

/** The verdict on a request that arrives when the clock says `atMs`. */
function receiveAt(receivers, request) {
  const receiver = findReceiver(receivers, request);
  receiver.clockMs = request.atMs;
  const stage = findStage(receiver, request);
  return { stage, claim: receiver.claimed };
}

/** The stage that refuses a request, or null where it is accepted. */
function findStage(receiver, request) {
  try {
    receiver.accept(request);
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.stage;
    throw error;
  }
}

/**
 * A request that comes before the test's own, and must be refused at its stage, or accepted if that
 * is null. Its refusal is not the one that the test may state.
 */
function acceptEarlier(receiver, request) {
  const stage = findStage(receiver, request);
  if (stage !== request.stage) throw new Error(`a request in "before" ended at ${stage}`);
}

// --- The table -----------------------------------------------------------------------------------

/**
 * The outcome of a test in the words of its own `stage`: "accepted" or the stage, then everything
 * else that is wrong.
 */
function outcome(run, group, test, keys) {
  try {
    return ["accepted", ...run(group, test, keys)];
  } catch (error) {
    if (!(error instanceof Refusal)) return [`error: ${error.message}`];
    // A test may leave out the position of a fault that can be seen in two ways, but not the result
    // of an answer.
    const mustBeStated = (name) => name in test || name === "resultCode";
    const wrong = Object.entries(error.facts).filter(
      ([name, fact]) => mustBeStated(name) && test[name] !== fact,
    );
    if (test.resultCode !== undefined && error.facts.resultCode === undefined)
      wrong.push(["resultCode", "is not told"]);
    return [error.stage, ...wrong.map(([name, fact]) => `${name} ${fact}`)];
  }
}

/** Faults of a file's own making: of counts, ids, or tests that contradict themselves. */
function findFaults(file, tests) {
  const valid = new Set(tests.filter(({ result }) => result === "valid").map(({ tcId }) => tcId));
  const faults =
    file.numberOfTests === tests.length ? [] : [`numberOfTests is not ${tests.length}`];
  const ids = tests.map(({ tcId }) => tcId).sort((left, right) => left - right);
  if (ids.some((id, at) => id !== at + 1)) faults.push("tcIds are not each number from 1 once");
  if (new Set(tests.map(({ id }) => id)).size < tests.length) faults.push("an id occurs twice");
  tests.forEach((test) => {
    if ((test.stage === null) !== valid.has(test.tcId))
      faults.push(`tcId ${test.tcId}: result and stage disagree`);
    if (test.twin !== null && !valid.has(test.twin))
      faults.push(`tcId ${test.tcId}: its twin is no valid test`);
    const unknown = test.flags.find((flag) => !Object.hasOwn(file.notes, flag));
    if (unknown !== undefined)
      faults.push(`tcId ${test.tcId}: no note explains the flag ${unknown}`);
  });
  return faults;
}

/** Runs a file: its counts, and a line for each disagreement. */
function verify(name, keys) {
  const file = JSON.parse(readFileSync(join(keys.folder, `${name}_v1.json`), "utf8"));
  const tests = file.testGroups.flatMap((group) => group.tests);
  const lines = findFaults(file, tests).map((fault) => `${name}: ${fault}`);
  let agreed = 0;
  for (const group of file.testGroups) {
    for (const test of group.tests) {
      const expected = test.result === "valid" ? "accepted" : test.stage;
      const actual = outcome(RUNS[name], group, test, keys).join(", wrong ");
      agreed += actual === expected;
      const place = `${name}: tcId ${test.tcId} ${test.id} (${test.rule})`;
      if (actual !== expected)
        lines.push(`${place}: expected ${expected}, got ${actual}: ${test.comment}`);
    }
  }
  const valid = tests.filter(({ result }) => result === "valid").length;
  return {
    counts: [tests.length, valid, tests.length - valid, agreed, tests.length - agreed],
    lines,
  };
}

const row = (name, cells) =>
  name.padEnd(16) + cells.map((cell) => String(cell).padStart(11)).join("");

/** The result of a function, or null and a line that says why there is none. */
function attempt(name, problems, run) {
  try {
    return run();
  } catch (error) {
    problems.push(`${name}: cannot be read (${error.code ?? error.message})`);
    return null;
  }
}

function main([folder = dirname(process.argv[1]), ...names]) {
  const keys = new Keys(folder);
  const totals = [0, 0, 0, 0, 0];
  const problems = [];
  console.log(row("file", ["tests", "valid", "invalid", "agreed", "disagreed"]));
  for (const name of names.length === 0 ? Object.keys(RUNS) : names) {
    const { counts, lines } = attempt(name, problems, () => verify(name, keys)) ?? {
      counts: ["-"],
      lines: [],
    };
    console.log(row(name, counts));
    problems.push(...lines);
    totals.forEach((total, at) => (totals[at] = total + (Number(counts[at]) || 0)));
  }
  const mismatched = attempt("keys", problems, () => keys.mismatchedFiles()) ?? [];
  mismatched.forEach((name) =>
    problems.push(`keys: ${name} is not the public half of the private key beside it`),
  );
  console.log(row("all", totals));
  problems.forEach((line) => console.log(line));
  process.exitCode = problems.length === 0 ? 0 : 1;
}

main(process.argv.slice(2));
