// Calls the token API and spends the token, with nothing but Node's own modules.
//
//     node call.mjs CARD [TYPE]
//
// Written from docs/protocol.md alone. The variables are those of the README. It prints one JSON
// line: the HTTP status, the result code, whether the correlation id came back, the seconds until
// the token expires, and how two attempts to spend the token ended.
import crypto from "node:crypto";

const env = process.env;
const [card, type] = process.argv.slice(2);
const TAG_BYTES = 16;

const pem = (label, base64) => `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
const platformKey = crypto.createPublicKey(
  pem("PUBLIC KEY", env.KONAPLATE_PLATFORM_PUBLIC_KEY),
);
const clientKey = crypto.createPrivateKey(pem("PRIVATE KEY", env.KONAPLATE_CLIENT_PRIVATE_KEY));

// S4.2 and S4.3: OAEP with SHA-256, which Node takes for MGF1, too.
const oaep = (key) => ({ key, padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" });

function encrypt(plaintext) {
  const header = Buffer.from('{"enc":"A128GCM","alg":"RSA-OAEP-256"}').toString("base64url");
  const cek = crypto.randomBytes(16);
  const iv = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv("aes-128-gcm", cek, iv);
  cipher.setAAD(Buffer.from(header));
  const ciphertext = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
  const encryptedKey = crypto.publicEncrypt(oaep(platformKey), cek);
  const parts = [encryptedKey, iv, ciphertext, cipher.getAuthTag()];
  return [header, ...parts.map((part) => part.toString("base64url"))].join(".");
}

function decrypt(token) {
  const [header, ...parts] = token.split(".");
  const [encryptedKey, iv, ciphertext, tag] = parts.map((part) => Buffer.from(part, "base64url"));
  const cek = crypto.privateDecrypt(oaep(clientKey), encryptedKey);
  const decipher = crypto.createDecipheriv("aes-128-gcm", cek, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(header));
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString("utf8");
}

// S1, S2, S3: the headers of a body, all times of one instant in KST.
function headers(body) {
  const digits = new Date(Date.now() + 9 * 3600_000).toISOString().replace(/\D/g, "");
  const mac = crypto.createHmac("sha256", env.KONAPLATE_SECRET_KEY).update(body).digest("base64");
  return {
    "X-KM-User-AspId": env.KONAPLATE_ASP_ID,
    "X-KM-Correlation-Id": `${digits.slice(2, 14)}-${crypto.randomBytes(4).toString("hex").slice(1)}`,
    "X-KM-Access-Key": env.KONAPLATE_ACCESS_KEY,
    "X-KM-Crypto-Key-Id": env.KONAPLATE_CRYPTO_KEY_ID,
    "X-KM-Tran-Token": `KMV1:${digits}:${mac}`,
    "X-KM-Tran-Time": digits.slice(0, 14),
    "X-KM-Time-Zone": "KST",
    "Content-Type": "application/json",
    Accept: "application/json",
  };
}

async function spend(oneTimeToken) {
  const url = new URL("/sandbox/spend", env.KMCRYPTO_SANDBOX_URL);
  const answer = await fetch(url, { method: "POST", body: JSON.stringify({ oneTimeToken }) });
  return (await answer.json()).result;
}

const payload = type ? { cardNo: card, type } : { cardNo: card };
const body = JSON.stringify({ encData: encrypt(JSON.stringify(payload)) });
const sent = headers(body);
const answer = await fetch(env.KMCRYPTO_SANDBOX_URL, { method: "POST", headers: sent, body });
const opened = JSON.parse(decrypt((await answer.json()).encData));
const result = {
  status: answer.status,
  code: opened.response.code,
  echoed: answer.headers.get("X-KM-Correlation-Id") === sent["X-KM-Correlation-Id"],
};
if (opened.oneTimeToken) {
  result.seconds = Math.round((opened.expiryTime - Date.now()) / 1000);
  result.spent = [await spend(opened.oneTimeToken), await spend(opened.oneTimeToken)];
}
console.log(JSON.stringify(result));
