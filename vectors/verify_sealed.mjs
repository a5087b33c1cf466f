// A second implementation of sealed project files, for checking sealed_v1.json. It is independent
// in code: it shares none with kmcrypto, nor with libsodium, which made the vectors. It is written
// from S14 and S4.10 of the contract that README.md describes.
//
//     npm install --prefix PACKAGES --no-save hash-wasm@4.12.0 @noble/ciphers@1.3.0
//     node verify_sealed.mjs [DIR [PACKAGES]]
//
// DIR holds sealed_v1.json; by default it is this folder. Node (18 or newer) has neither Argon2id
// nor XChaCha20-Poly1305 of its own, so they come from two packages: hash-wasm and @noble/ciphers,
// in PACKAGES/node_modules. PACKAGES is by default the current folder.
//
// Each difference is printed. It ends in exit status 1, and so does a missing file. A missing
// package ends in 2.
//
// It checks vectors and guards nothing: it makes no effort to hide which check failed, or how long
// that took.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import process from "node:process";

const [folder = dirname(process.argv[1]), packages = "."] = process.argv.slice(2);
const { argon2id, xchacha20poly1305 } = loadPrimitives();

const MAX_FILE = 1 << 20; // bytes (S13)
const HEADER_BYTES = 54;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const MAGIC = "KMSP";
const VERSION = 1;
const FROM_PASSPHRASE = 1;
const FROM_KEY = 0;
const [MIN_PASSES, MAX_PASSES] = [2, 10];
const [MIN_MEMORY, MAX_MEMORY] = [65_536, 1_048_576]; // KiB
const MAX_DEPTH = 64; // lists and objects (S4.10)
const MAX_DIGITS = 64; // of an integer

/** The file is refused. There is one failure for every reason: stage key (S14). */
class Refusal extends Error {
  stage = "key";
}

const refuseUnless = (right, reason) => {
  if (!right) throw new Refusal(reason);
};

function loadPrimitives() {
  const load = createRequire(join(resolve(packages), "here.cjs"));
  try {
    const { argon2id } = load("hash-wasm");
    const { xchacha20poly1305 } = load("@noble/ciphers/chacha");
    return { argon2id, xchacha20poly1305 };
  } catch (error) {
    console.error(`${packages} has no node_modules with hash-wasm and @noble/ciphers`);
    process.exit(2);
  }
}

// --- The file: a header of 54 bytes, ciphertext, tag ---------------------------------------------

function readHeader(file) {
  refuseUnless(file.length <= MAX_FILE, "longer than 1 MiB");
  refuseUnless(file.length >= HEADER_BYTES + TAG_BYTES, "shorter than its header and tag");
  const bytes = file.subarray(0, HEADER_BYTES);
  const header = {
    bytes,
    magic: bytes.toString("latin1", 0, 4),
    version: bytes[4],
    source: bytes[5],
    passes: bytes.readUInt32BE(6),
    memory: bytes.readUInt32BE(10),
    salt: bytes.subarray(14, 30),
    nonce: bytes.subarray(30),
  };
  refuseUnless(header.magic === MAGIC, "another magic");
  refuseUnless(header.version === VERSION, "another version");
  return header;
}

/** The key of a passphrase (S14.2). The costs are checked before they are spent (S14.1). */
async function deriveKey(header, passphrase) {
  const { source, passes, memory, salt } = header;
  refuseUnless(source === FROM_PASSPHRASE, "not sealed under a passphrase");
  refuseUnless(passes >= MIN_PASSES && passes <= MAX_PASSES, "passes out of bounds");
  refuseUnless(memory >= MIN_MEMORY && memory <= MAX_MEMORY, "memory out of bounds");
  const password = Buffer.from(passphrase.normalize("NFC"), "utf8");
  return runArgon2id(password, salt, passes, memory);
}

const derivedKeys = new Map(); // many tests change one thing behind the same derivation

async function runArgon2id(password, salt, passes, memory) {
  const name = [password.toString("hex"), salt.toString("hex"), passes, memory].join(" ");
  if (!derivedKeys.has(name)) {
    const key = await argon2id({
      password,
      salt,
      parallelism: 1,
      iterations: passes,
      memorySize: memory,
      hashLength: KEY_BYTES,
      outputType: "binary",
    });
    derivedKeys.set(name, key);
  }
  return derivedKeys.get(name);
}

/** The caller's own key. The fields of Argon2id are zero then. */
function checkKey(header, key) {
  const { source, passes, memory, salt } = header;
  refuseUnless(source === FROM_KEY, "not sealed under a key");
  refuseUnless(passes === 0 && memory === 0, "costs beside a key");
  refuseUnless(salt.equals(Buffer.alloc(salt.length)), "a salt beside a key");
  refuseUnless(key.length === KEY_BYTES, "a key of another length");
  return key;
}

/** The key of 32 bytes. Whether a passphrase or a key is due is the caller's to say (S14.2). */
async function findSealingKey(header, passphrase, key) {
  if (key === null) return deriveKey(header, passphrase);
  return checkKey(header, Buffer.from(key, "hex"));
}

async function unseal({ blob, passphrase, key }) {
  const file = Buffer.from(blob, "hex");
  const header = readHeader(file);
  const sealingKey = await findSealingKey(header, passphrase, key);
  const cipher = xchacha20poly1305(sealingKey, header.nonce, header.bytes);
  let plaintext;
  try {
    plaintext = cipher.decrypt(file.subarray(HEADER_BYTES));
  } catch {
    throw new Refusal("another key, or a file that was changed");
  }
  return { document: readJson(plaintext), header, sealingKey: Buffer.from(sealingKey) };
}

// --- Strict JSON (S4.10) -------------------------------------------------------------------------

const TOKEN =
  /[ \t\n\r]*(?:([{}[\]:,])|("(?:[^"\\\0-\x1f]|\\.)*")|(true|false|null)|(-?\d[-+.\deE]*))/y;

/** The value of a JSON text: objects are Maps, integers BigInts, other numbers doubles. */
function readJson(bytes) {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refusal("not UTF-8");
  }
  const tokens = splitTokens(text);
  const value = readValue(tokens, MAX_DEPTH);
  refuseUnless(tokens.length === 0, "something behind the value");
  return value;
}

/** The tokens of a JSON text, the last one first, so that the next one is taken from the end. */
function splitTokens(text) {
  const tokens = [];
  const end = text.replace(/[ \t\n\r]+$/, "").length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    refuseUnless(match !== null, "a token that is not JSON's");
    tokens.push(match[0].trimStart());
  }
  return tokens.reverse();
}

function readValue(tokens, levels) {
  const token = tokens.pop() ?? "";
  refuseUnless(token !== "" && !"}]:,".includes(token), "no value where one is due");
  if (token === "{") return readObject(tokens, levels - 1);
  if (token === "[") return readList(tokens, levels - 1);
  if (token.startsWith('"')) return readString(token);
  const words = { true: true, false: false, null: null };
  return token in words ? words[token] : readNumber(token);
}

function readObject(tokens, levels) {
  refuseUnless(levels >= 0, "too many levels");
  const members = new Map();
  if (takeNext(tokens, "}")) return members;
  do {
    const token = tokens.pop() ?? "";
    refuseUnless(token.startsWith('"'), "no name where one is due");
    const name = readString(token);
    refuseUnless(tokens.pop() === ":", "no colon behind a name");
    refuseUnless(!members.has(name), "a member twice");
    members.set(name, readValue(tokens, levels));
  } while (hasMore(tokens, "}"));
  return members;
}

function readList(tokens, levels) {
  refuseUnless(levels >= 0, "too many levels");
  const items = [];
  if (takeNext(tokens, "]")) return items;
  do {
    items.push(readValue(tokens, levels));
  } while (hasMore(tokens, "]"));
  return items;
}

/** Whether this token is next. It is taken then. */
function takeNext(tokens, token) {
  if (tokens.at(-1) !== token) return false;
  tokens.pop();
  return true;
}

/** Whether a comma follows. Otherwise the end of the list or object must. */
function hasMore(tokens, end) {
  const token = tokens.pop();
  refuseUnless(token === "," || token === end, "no comma and no end");
  return token === ",";
}

function readString(token) {
  let text;
  try {
    text = JSON.parse(token);
  } catch {
    throw new Refusal("an escape that is not JSON's");
  }
  refuseUnless(!/\p{Surrogate}/u.test(text), "half a surrogate pair");
  return text;
}

function readNumber(token) {
  refuseUnless(/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(token), "not a number of JSON");
  if (/^-?\d+$/.test(token)) {
    refuseUnless(token.replace("-", "").length <= MAX_DIGITS, "too many digits");
    return BigInt(token);
  }
  const number = Number(token);
  const isZero = /^-?[0.]+([eE]|$)/.test(token);
  refuseUnless(Number.isFinite(number) && (number !== 0 || isZero), "beyond a double's range");
  return number;
}

/** Whether two values are the same. The order of members does not count. */
function areSame(left, right) {
  if (left instanceof Map && right instanceof Map) {
    const names = [...left.keys()];
    return (
      left.size === right.size &&
      names.every((name) => right.has(name) && areSame(left.get(name), right.get(name)))
    );
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, at) => areSame(item, right[at]));
  }
  return left === right;
}

// --- The tests -----------------------------------------------------------------------------------

/** What is wrong with the values that came out of a valid test, by their names. */
function listDifferences(test, { document, header, sealingKey }) {
  const wrong = [];
  if (!areSame(document, readJson(Buffer.from(test.document, "utf8")))) wrong.push("document");
  const values = { header: header.bytes, salt: header.salt, nonce: header.nonce, sealingKey };
  for (const [name, value] of Object.entries(values)) {
    const stated = test.intermediate[name];
    if (stated !== undefined && stated !== value.toString("hex"))
      wrong.push(`intermediate ${name}`);
  }
  return wrong;
}

/** The outcome of a test in the words of its own `stage`: "accepted" or the stage, then faults. */
async function findOutcome(test) {
  try {
    const unsealed = await unseal(test);
    const wrong = test.result === "valid" ? listDifferences(test, unsealed) : [];
    return ["accepted", ...wrong].join(", wrong ");
  } catch (error) {
    return error instanceof Refusal ? error.stage : `error: ${error.message}`;
  }
}

async function main() {
  const file = JSON.parse(readFileSync(join(folder, "sealed_v1.json"), "utf8"));
  const tests = file.testGroups.flatMap((group) => group.tests);
  const problems = [];
  if (tests.length === 0 || tests.length !== file.numberOfTests)
    problems.push(`sealed: numberOfTests is not ${tests.length}`);
  let disagreed = 0;
  for (const test of tests) {
    const expected = test.result === "valid" ? "accepted" : test.stage;
    const actual = await findOutcome(test);
    if (actual === expected) continue;
    disagreed += 1;
    const place = `sealed: tcId ${test.tcId} ${test.id} (${test.rule})`;
    problems.push(`${place}: expected ${expected}, got ${actual}: ${test.comment}`);
  }
  const valid = tests.filter(({ result }) => result === "valid").length;
  const counts = `tests ${tests.length}, valid ${valid}, invalid ${tests.length - valid}`;
  console.log(`${counts}, agreed ${tests.length - disagreed}, disagreed ${disagreed}`);
  problems.forEach((problem) => console.log(problem));
  process.exitCode = problems.length === 0 ? 0 : 1;
}

try {
  await main();
} catch (error) {
  console.log(`sealed: cannot be read (${error.code ?? error.message})`);
  process.exitCode = 1;
}
