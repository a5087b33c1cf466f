// Compact JWE (RFC 7516) with RSA-OAEP-256 and AES-GCM out of Node's built-in crypto: the other side of
// test_interop_jose.py. One JSON job on stdin, one JSON answer on stdout; whatever goes wrong ends the process.
import { constants, createCipheriv, createDecipheriv, privateDecrypt, publicEncrypt, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

const CIPHERS = { A128GCM: ["aes-128-gcm", 16], A256GCM: ["aes-256-gcm", 32] };
const TAG = { authTagLength: 16 };
// oaepHash is the hash of MGF1 too: Node sets no other.
const oaep = (key) => ({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" });
const encoded = (bytes) => Buffer.from(bytes).toString("base64url");

function seal({ header, key, plaintext }) {
  const [cipher, size] = CIPHERS[header.enc];
  const head = encoded(JSON.stringify(header));
  const cek = randomBytes(size);
  const iv = randomBytes(12);
  const content = createCipheriv(cipher, cek, iv, TAG).setAAD(Buffer.from(head, "ascii"));
  const ciphertext = Buffer.concat([content.update(Buffer.from(plaintext, "base64")), content.final()]);
  return [head, ...[publicEncrypt(oaep(key), cek), iv, ciphertext, content.getAuthTag()].map(encoded)].join(".");
}

function open({ token, key }) {
  const [head, ...rest] = token.split(".");
  const [encryptedKey, iv, ciphertext, tag] = rest.map((text) => Buffer.from(text, "base64url"));
  const header = JSON.parse(Buffer.from(head, "base64url").toString("utf8"));
  if (header.alg !== "RSA-OAEP-256" || rest.length !== 4) throw new Error("not of the profile");
  const [cipher, size] = CIPHERS[header.enc];
  const cek = privateDecrypt(oaep(key), encryptedKey);
  if (cek.length !== size) throw new Error("not a CEK of this enc");
  const content = createDecipheriv(cipher, cek, iv, TAG).setAAD(Buffer.from(head, "ascii")).setAuthTag(tag);
  return Buffer.concat([content.update(ciphertext), content.final()]).toString("base64");
}

const job = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({ seal, open }[job.do](job)));
