// One RSA key out of Node's built-in crypto in every form that it writes: the Node side of test_key_formats.py.
// The passphrase is the only argument; one JSON object of base64 texts on stdout; whatever goes wrong ends the process.
import { generateKeyPairSync } from "node:crypto";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const sealed = { cipher: "aes-256-cbc", passphrase: process.argv[2] };
const made = {};
for (const format of ["pem", "der"]) {
  for (const type of ["spki", "pkcs1"]) made[`public ${type} ${format}`] = publicKey.export({ type, format });
  for (const type of ["pkcs8", "pkcs1"]) made[`private ${type} ${format}`] = privateKey.export({ type, format });
  made[`private encrypted-pkcs8 ${format}`] = privateKey.export({ type: "pkcs8", format, ...sealed });
}
made["public jwk json"] = JSON.stringify(publicKey.export({ format: "jwk" }));
made["private jwk json"] = JSON.stringify(privateKey.export({ format: "jwk" }));
const texts = Object.entries(made).map(([form, data]) => [form, Buffer.from(data).toString("base64")]);
process.stdout.write(JSON.stringify(Object.fromEntries(texts)));
