#!/usr/bin/env bash
# Calls the token API and spends the token, with curl, openssl and jose.
#
#     bash call.sh CARD [TYPE]
#
# Written from docs/protocol.md alone. The variables are those of the README. It prints one JSON
# line: the HTTP status, the result code, whether the correlation id came back, the seconds until
# the token expires, and how two attempts to spend the token ended.
#
# openssl makes the MAC and writes the keys out; it has no command for AES-GCM, so jose makes and
# opens the JWE. The secret key is an argument of openssl here, which others on the machine may see:
# fine for keys that everybody has, and for no others.
set -euo pipefail
LC_ALL=C
export LC_ALL
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Writes a number of a key, which openssl printed in hex with colons, as base64url (RFC 7518, 6.3).
number() { # NAME FILE
  local hex
  hex=$(awk -v name="$1:" '$0 == name { on = 1; next } /^[A-Za-z]/ { on = 0 } on' "$2" | tr -d ' :\n')
  printf '%b' "$(sed 's/^00//; s/../\\x&/g' <<<"$hex")" | base64 -w 0 | tr '+/' '-_' | tr -d =
}

write_keys() {
  local text=$folder/key.txt
  base64 -d <<<"$KONAPLATE_PLATFORM_PUBLIC_KEY" | openssl pkey -pubin -inform DER -noout -text >"$text"
  printf '{"kty":"RSA","e":"AQAB","n":"%s"}' "$(number Modulus "$text")" >"$folder/platform.jwk"
  base64 -d <<<"$KONAPLATE_CLIENT_PRIVATE_KEY" | openssl pkey -inform DER -noout -text >"$text"
  printf '{"kty":"RSA","e":"AQAB","n":"%s","d":"%s","p":"%s","q":"%s","dp":"%s","dq":"%s","qi":"%s"}' \
    "$(number modulus "$text")" "$(number privateExponent "$text")" "$(number prime1 "$text")" \
    "$(number prime2 "$text")" "$(number exponent1 "$text")" "$(number exponent2 "$text")" \
    "$(number coefficient "$text")" >"$folder/client.jwk"
}

# Reads a text or a number of a JSON object from standard input; nothing where it is absent.
member() { sed -n "s/.*\"$1\": *\"\{0,1\}\([^\",}]*\).*/\1/p"; }

spend() {
  curl -sS -d "{\"oneTimeToken\":\"$1\"}" "${KMCRYPTO_SANDBOX_URL%%/open-api/*}/sandbox/spend" | member result
}

write_keys

# S4: the plaintext, and the body around its JWE.
printf '{"cardNo":"%s"%s}' "$1" "${2:+,\"type\":\"$2\"}" >"$folder/plaintext"
protected='{"protected":{"enc":"A128GCM","alg":"RSA-OAEP-256"}}'
token=$(jose jwe enc -i "$protected" -I "$folder/plaintext" -k "$folder/platform.jwk" -c)
printf '{"encData":"%s"}' "$token" >"$folder/body"

# S1, S2, S3: the headers of the body, all times of one instant in KST.
now=$(TZ=KST-9 date +%Y%m%d%H%M%S%3N)
id=${now:2:12}-$(openssl rand -hex 4 | cut -c 2-)
mac=$(openssl dgst -sha256 -hmac "$KONAPLATE_SECRET_KEY" -binary "$folder/body" | base64)
status=$(curl -sS -o "$folder/answer" -D "$folder/headers" -w '%{http_code}' \
  -H "X-KM-User-AspId: $KONAPLATE_ASP_ID" -H "X-KM-Correlation-Id: $id" \
  -H "X-KM-Access-Key: $KONAPLATE_ACCESS_KEY" -H "X-KM-Crypto-Key-Id: $KONAPLATE_CRYPTO_KEY_ID" \
  -H "X-KM-Tran-Token: KMV1:$now:$mac" -H "X-KM-Tran-Time: ${now:0:14}" -H "X-KM-Time-Zone: KST" \
  -H "Content-Type: application/json" -H "Accept: application/json" \
  --data-binary "@$folder/body" "$KMCRYPTO_SANDBOX_URL")

member encData <"$folder/answer" | tr -d '\n' >"$folder/token"
jose jwe dec -i "$folder/token" -k "$folder/client.jwk" -O "$folder/opened"
echoed=false
! grep -qi "^X-KM-Correlation-Id: $id" "$folder/headers" || echoed=true
printf '{"status":%s,"code":"%s","echoed":%s' "$status" "$(member code <"$folder/opened")" "$echoed"
one_time_token=$(member oneTimeToken <"$folder/opened")
if [ -n "$one_time_token" ]; then
  left=$(($(member expiryTime <"$folder/opened") - $(date +%s%3N)))
  printf ',"seconds":%s,"spent":["%s","%s"]' $(((left + 500) / 1000)) \
    "$(spend "$one_time_token")" "$(spend "$one_time_token")"
fi
echo "}"
