// Calls the token API and spends the token, with nothing but Java's own classes.
//
//     java Call.java CARD [TYPE]
//
// Written from docs/protocol.md alone. The variables are those of the README. It prints one JSON
// line: the HTTP status, the result code, whether the correlation id came back, the seconds until
// the token expires, and how two attempts to spend the token ended.

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

public class Call {
    private static final int TAG_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

    // S4.2: SHA-256 for the hash and for MGF1, for which Java's default is SHA-1.
    private static final OAEPParameterSpec OAEP =
            new OAEPParameterSpec(
                    "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);

    public static void main(String[] arguments) throws Exception {
        String type = arguments.length > 1 ? ",\"type\":\"" + arguments[1] + "\"" : "";
        String payload = "{\"cardNo\":\"" + arguments[0] + "\"" + type + "}";
        byte[] body = ("{\"encData\":\"" + encrypt(payload) + "\"}").getBytes(UTF_8);
        HttpRequest request = sign(body);
        HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        String opened = decrypt(member(answer.body(), "encData"));

        String sentId = request.headers().firstValue("X-KM-Correlation-Id").orElseThrow();
        String cameId = answer.headers().firstValue("X-KM-Correlation-Id").orElse("");
        StringBuilder result = new StringBuilder();
        result.append("{\"status\":").append(answer.statusCode());
        result.append(",\"code\":\"").append(member(opened, "code")).append('"');
        result.append(",\"echoed\":").append(sentId.equals(cameId));
        String token = member(opened, "oneTimeToken");
        if (token != null) {
            long left = Long.parseLong(member(opened, "expiryTime")) - System.currentTimeMillis();
            result.append(",\"seconds\":").append(Math.round(left / 1000.0));
            result.append(",\"spent\":[\"").append(spend(token)).append("\",\"");
            result.append(spend(token)).append("\"]");
        }
        System.out.println(result.append('}'));
    }

    private static String encrypt(String plaintext) throws Exception {
        String header =
                BASE64URL.encodeToString(
                        "{\"enc\":\"A128GCM\",\"alg\":\"RSA-OAEP-256\"}".getBytes(US_ASCII));
        byte[] cek = randomBytes(16);
        byte[] iv = randomBytes(12);
        Cipher gcm = gcm(Cipher.ENCRYPT_MODE, cek, iv, header);
        byte[] sealed = gcm.doFinal(plaintext.getBytes(UTF_8)); // the tag is at its end
        int tagStart = sealed.length - TAG_BYTES;
        String[] parts = {
            header,
            BASE64URL.encodeToString(rsaEncrypt(cek)),
            BASE64URL.encodeToString(iv),
            BASE64URL.encodeToString(Arrays.copyOf(sealed, tagStart)),
            BASE64URL.encodeToString(Arrays.copyOfRange(sealed, tagStart, sealed.length)),
        };
        return String.join(".", parts);
    }

    private static String decrypt(String token) throws Exception {
        String[] parts = token.split("\\.");
        Base64.Decoder decoder = Base64.getUrlDecoder();
        byte[] cek = rsaDecrypt(decoder.decode(parts[1]));
        Cipher gcm = gcm(Cipher.DECRYPT_MODE, cek, decoder.decode(parts[2]), parts[0]);
        gcm.update(decoder.decode(parts[3]));
        return new String(gcm.doFinal(decoder.decode(parts[4])), UTF_8);
    }

    private static Cipher gcm(int mode, byte[] cek, byte[] iv, String header) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        GCMParameterSpec parameters = new GCMParameterSpec(8 * TAG_BYTES, iv);
        cipher.init(mode, new SecretKeySpec(cek, "AES"), parameters);
        cipher.updateAAD(header.getBytes(US_ASCII));
        return cipher;
    }

    private static byte[] rsaEncrypt(byte[] cek) throws Exception {
        byte[] der = Base64.getDecoder().decode(setting("KONAPLATE_PLATFORM_PUBLIC_KEY"));
        RSAPublicKey key =
                (RSAPublicKey)
                        KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der));
        Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
        cipher.init(Cipher.ENCRYPT_MODE, key, OAEP);
        return cipher.doFinal(cek);
    }

    private static byte[] rsaDecrypt(byte[] encryptedKey) throws Exception {
        byte[] der = Base64.getDecoder().decode(setting("KONAPLATE_CLIENT_PRIVATE_KEY"));
        RSAPrivateKey key =
                (RSAPrivateKey)
                        KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
        Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
        cipher.init(Cipher.DECRYPT_MODE, key, OAEP);
        return cipher.doFinal(encryptedKey);
    }

    // S1, S2, S3: the headers of a body, all times of one instant in KST.
    private static HttpRequest sign(byte[] body) throws Exception {
        ZonedDateTime now = ZonedDateTime.now(ZoneOffset.ofHours(9));
        String digits = DateTimeFormatter.ofPattern("yyyyMMddHHmmssSSS").format(now);
        int suffix = ByteBuffer.wrap(randomBytes(4)).getInt() >>> 4;
        Mac mac = Mac.getInstance("HmacSHA256");
        byte[] secret = setting("KONAPLATE_SECRET_KEY").getBytes(UTF_8);
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        String macText = Base64.getEncoder().encodeToString(mac.doFinal(body));
        return HttpRequest.newBuilder(URI.create(setting("KMCRYPTO_SANDBOX_URL")))
                .header("X-KM-User-AspId", setting("KONAPLATE_ASP_ID"))
                .header(
                        "X-KM-Correlation-Id",
                        String.format("%s-%07x", digits.substring(2, 14), suffix))
                .header("X-KM-Access-Key", setting("KONAPLATE_ACCESS_KEY"))
                .header("X-KM-Crypto-Key-Id", setting("KONAPLATE_CRYPTO_KEY_ID"))
                .header("X-KM-Tran-Token", "KMV1:" + digits + ":" + macText)
                .header("X-KM-Tran-Time", digits.substring(0, 14))
                .header("X-KM-Time-Zone", "KST")
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
    }

    private static String spend(String token) throws Exception {
        String body = "{\"oneTimeToken\":\"" + token + "\"}";
        URI url = URI.create(setting("KMCRYPTO_SANDBOX_URL")).resolve("/sandbox/spend");
        HttpRequest request =
                HttpRequest.newBuilder(url).POST(HttpRequest.BodyPublishers.ofString(body)).build();
        return member(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body(), "result");
    }

    // A text or number of a JSON object, which is enough for these answers; null if it is absent.
    private static String member(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":\\s*\"?([^\",}]*)").matcher(json);
        return matcher.find() ? matcher.group(1) : null;
    }

    private static byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private static String setting(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new IllegalStateException(name + " is not set");
        }
        return value;
    }
}
