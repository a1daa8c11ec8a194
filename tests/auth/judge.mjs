// A real identity provider over the secured example: tokens over every wire, keys that change, tokens that are revoked, and tokens
// that another implementation of JOSE has made wrong.
//
//   node judge.mjs SECURED PORT PORT       the example's program, and ports for the provider and the example
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { CompactEncrypt, CompactSign, SignJWT, UnsecuredJWT, exportJWK, exportPKCS8, exportSPKI } from "jose";
import { DESK, Identity, RESOURCE, SECRET, key } from "./identity.mjs";

const [program, port, own] = process.argv.slice(2);
const [first, second, foreign] = await Promise.all([key("first"), key("second"), key("first")]);
const names = { keyed: "ES256", "diary-keyed": "EdDSA", "desk-keyed": "RS256" };
const keyed = Object.fromEntries(await Promise.all(Object.entries(names).map(async ([id, alg]) => [id, await key(id, alg)])));
const identity = new Identity(Number(port), keyed);
await identity.start([first]);

const introspection = [`${identity.issuer}/token/introspection`, "diary", SECRET];
const serving = spawn(program, ["serve", identity.issuer, RESOURCE, ...introspection, "at", `127.0.0.1:${own}`], {
  stdio: ["ignore", "pipe", "inherit"],
});
process.on("exit", () => serving.kill());
const [http, native] = (await once(createInterface({ input: serving.stdout }), "line"))[0].split(" ");

// What the diary answers to a token.
async function asked(token, path = "/me", request = {}, of = http) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`http://${of}/v1/diary${path}`, { ...request, headers: { ...headers, ...request.headers } });
  const [challenge, nonce] = ["www-authenticate", "dpop-nonce"].map((name) => answer.headers.get(name));
  return { status: answer.status, body: await answer.text(), challenge, ...(nonce && { nonce }) };
}

async function step(name, check) {
  await check();
  console.log(`ok  ${name}`);
}

await step("client credentials over REST, gRPC, native RPC and WebSocket", async () => {
  const calling = spawn(program, ["call", `${identity.issuer}/token`, "billing", SECRET, RESOURCE, http, native], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = [];
  createInterface({ input: calling.stdout }).on("line", (line) => lines.push(line));
  const [code] = await once(calling, "exit");
  assert.equal(code, 0);
  assert.deepEqual(lines, ["REST billing", "gRPC billing", "native billing", "WebSocket billing"]);
});

await step("a token says who calls", async () => {
  assert.deepEqual(await asked(await identity.token("billing")), { status: 200, body: '"billing"', challenge: null });
  assert.equal((await asked()).status, 401);
});

await step("a token for another audience", async () => {
  const { status, challenge } = await asked(await identity.token("billing", "diary:read", "https://other.example"));
  assert.equal(status, 401);
  assert.match(challenge, /Bearer realm="secured.Diary", error="invalid_token"/);
  assert.match(challenge, /DPoP realm="secured.Diary", error="invalid_token", algs="EdDSA ES256 /);
});

await step("a token without the scope", async () => {
  const token = await identity.token("billing", "diary:read");
  assert.equal((await asked(token)).status, 200);
  const entry = { method: "PUT", headers: { "content-type": "application/json" }, body: '{"day":"2026-01-31","text":"x"}' };
  const { status, challenge } = await asked(token, "", entry);
  assert.equal(status, 403);
  assert.match(challenge, /error="insufficient_scope", scope="diary:write"/);
  assert.equal((await asked(token, "", { method: "DELETE" })).status, 403);
});

await step("an opaque token, and the same once it is revoked", async () => {
  const token = await identity.token("opaque");
  assert.equal(token.split(".").length, 1);
  assert.deepEqual((await asked(token)).body, '"opaque"');
  await identity.post("/token/revocation", { token }, "opaque");
  await sleep(1200);
  assert.equal((await asked(token)).status, 401);
  assert.equal((await asked("made-up")).status, 401);
});

const passing = spawn(program, ["desk", identity.issuer, DESK, `${identity.issuer}/token`, "desk", SECRET, RESOURCE, http], {
  stdio: ["ignore", "pipe", "inherit"],
});
process.on("exit", () => passing.kill());
const [desk] = (await once(createInterface({ input: passing.stdout }), "line"))[0].split(" ");

await step("token exchange: a desk calls in the name of its caller", async () => {
  const token = await identity.token("billing", "diary:read diary:write", DESK);
  assert.equal((await asked(token)).status, 401, "what is for the desk is not for the diary");
  assert.equal((await asked(await identity.token("billing"), "/me", {}, desk)).status, 401, "nor the other way around");
  const answers = await Promise.all([...Array(20)].map(() => asked(token, "/me", {}, desk)));
  for (const { status, body } of answers) assert.deepEqual([status, body], [200, '"billing"']);
  assert.equal(identity.exchanged.length, 1, "many calls of a caller are one exchange");
  const entry = { method: "PUT", headers: { "content-type": "application/json" }, body: '{"day":"2026-02-01","text":"x"}' };
  assert.equal(JSON.parse((await asked(token, "", entry, desk)).body).by, "billing");
  assert.equal(identity.exchanged.length, 1);
});

await step("token exchange: what is not taken is exchanged anew", async () => {
  const token = await identity.token("billing", "diary:read", DESK);
  assert.equal((await asked(token, "/me", {}, desk)).body, '"billing"');
  assert.equal(identity.exchanged.length, 2, "another token is exchanged by itself");
  await identity.post("/token/revocation", { token: identity.exchanged.at(-1) }, "desk");
  // The diary remembers it for a second.
  await sleep(1200);
  assert.equal((await asked(token, "/me", {}, desk)).body, '"billing"');
  assert.equal(identity.exchanged.length, 3);
});

await step("token exchange: who may not have one", async () => {
  const token = await identity.token("stranger", "diary:read", DESK);
  assert.equal((await asked(token, "/me", {}, desk)).status, 403);
  assert.equal((await asked(token, "/me", {}, desk)).status, 403);
  assert.equal((await asked(null, "/ping", {}, desk)).body, '"pong"');
});

await step("private_key_jwt: tokens, introspection and exchange for clients of a key", async () => {
  const place = await mkdtemp(join(tmpdir(), "wireloom-"));
  const file = async (id, { privateKey }) => {
    await writeFile(join(place, id), await exportPKCS8(privateKey));
    return `@${join(place, id)}`;
  };
  const started = async (...words) => {
    const started = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
    process.on("exit", () => started.kill());
    return [(await once(createInterface({ input: started.stdout }), "line"))[0].split(" ")[0], started];
  };
  try {
    const called = async (secret) => {
      const calling = spawn(program, ["call", `${identity.issuer}/token`, "keyed", secret, RESOURCE, http, native], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const lines = [];
      createInterface({ input: calling.stdout }).on("line", (line) => lines.push(line));
      const [code] = await once(calling, "exit");
      return [code, ...lines];
    };
    const all = [0, "REST keyed", "gRPC keyed", "native keyed", "WebSocket keyed"];
    assert.deepEqual(await called(await file("keyed", keyed.keyed)), all);
    assert.deepEqual(await called(await file("foreign", await key("keyed", "ES256"))), [1], "a key that is not the client's");

    const diary = await file("diary-keyed", keyed["diary-keyed"]);
    const [asking, server] = await started("serve", identity.issuer, RESOURCE, introspection[0], "diary-keyed", diary);
    assert.equal((await asked(await identity.token("opaque"), "/me", {}, asking)).body, '"opaque"');
    server.kill();

    const known = identity.exchanged.length;
    const secret = await file("desk-keyed", keyed["desk-keyed"]);
    const [desk, exchanging] = await started("desk", identity.issuer, DESK, `${identity.issuer}/token`, "desk-keyed", secret, RESOURCE, http);
    const token = await identity.token("billing", "diary:read", DESK);
    assert.equal((await asked(token, "/me", {}, desk)).body, '"billing"');
    assert.equal(identity.exchanged.length, known + 1);
    exchanging.kill();
  } finally {
    await rm(place, { recursive: true });
  }
});

await step("DPoP: calls prove to have the key of their token, over REST and gRPC, with the nonces of both servers", async () => {
  identity.wantsNonce = true;
  identity.refused = [];
  const calling = spawn(program, ["prove", `${identity.issuer}/token`, "billing", SECRET, RESOURCE, http], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = [];
  createInterface({ input: calling.stdout }).on("line", (line) => lines.push(line));
  const [code] = await once(calling, "exit");
  assert.equal(code, 0);
  assert.deepEqual(lines, ["REST billing", "gRPC billing"]);
  assert.deepEqual(identity.refused, ["use_dpop_nonce"], "it is told once what to prove");
  identity.wantsNonce = false;
});

await step("DPoP: a token of another client's key, its proofs, and what is none", async () => {
  const mine = await key("proof", "ES256");
  const theirs = await key("proof", "ES256");
  const proof = async (by, claims, head = {}) =>
    new SignJWT({ jti: crypto.randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims })
      .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: await exportJWK(by.publicKey), ...head })
      .sign(by.privateKey);
  const answer = await fetch(`${identity.issuer}/token`, {
    method: "POST",
    headers: {
      authorization: `Basic ${btoa(`billing:${encodeURIComponent(SECRET)}`)}`,
      dpop: await proof(mine, { htm: "POST", htu: `${identity.issuer}/token` }),
    },
    body: new URLSearchParams({ grant_type: "client_credentials", scope: "diary:read", resource: RESOURCE }),
  });
  const { access_token: token, token_type } = await answer.json();
  assert.equal(token_type, "DPoP");
  const ath = createHash("sha256").update(token).digest("base64url");
  const place = { htm: "GET", htu: `http://${http}/v1/diary/me`, ath };
  const brought = (dpop, scheme = "DPoP") => ({ headers: { authorization: `${scheme} ${token}`, ...(dpop && { dpop }) } });
  const unnamed = await asked(null, "/me", brought(await proof(mine, place)));
  assert.equal(unnamed.status, 401);
  assert.match(unnamed.challenge, /DPoP realm="secured.Diary", error="use_dpop_nonce", algs=/);
  const here = { ...place, nonce: unnamed.nonce };
  const good = await proof(mine, here);
  assert.equal((await asked(null, "/me", brought(good))).body, '"billing"');
  const refused = {
    "seen before": brought(good),
    "as whoever's": brought(null, "Bearer"),
    "as whoever's, with a proof": brought(await proof(mine, here), "Bearer"),
    "without a proof": brought(),
    "of another key": brought(await proof(theirs, here)),
    "of another request": brought(await proof(mine, { ...here, htm: "PUT" })),
    "of another server": brought(await proof(mine, { ...here, htu: "https://other.example/v1/diary/me" })),
    "of another token": brought(await proof(mine, { ...here, ath: "x" })),
    "too old": brought(await proof(mine, { ...here, iat: Math.floor(Date.now() / 1000) - 120 })),
    "of another's nonce": brought(await proof(mine, { ...here, nonce: here.nonce.replace(".", "0.") })),
    "that is another kind of token": brought(await proof(mine, here, { typ: "JWT" })),
  };
  for (const [attack, request] of Object.entries(refused)) {
    assert.equal((await asked(null, "/me", request)).status, 401, attack);
  }
  assert.equal((await asked(null, "/me", brought(await proof(mine, here)))).status, 200);
});

const now = Math.floor(Date.now() / 1000);
const claims = { iss: identity.issuer, aud: RESOURCE, sub: "mallory", exp: now + 300, scope: "diary:read" };
const head = { alg: "RS256", kid: "first", typ: "at+jwt" };
const signed = (payload, protect = head, by = first.privateKey) =>
  new CompactSign(new TextEncoder().encode(typeof payload === "string" ? payload : JSON.stringify(payload)))
    .setProtectedHeader(protect)
    .sign(by, { crit: { b64: true, exp: true } });
const but = (changes) => signed({ ...claims, ...changes });

await step("tokens of another JOSE: a good one, and attacks", async () => {
  assert.equal((await asked(await new SignJWT(claims).setProtectedHeader(head).sign(first.privateKey))).body, '"mallory"');
  const pem = new TextEncoder().encode(await exportSPKI(first.publicKey));
  const own = await exportJWK(foreign.publicKey);
  const ec = await key("first", "ES256");
  const encrypted = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", kid: "first" })
    .encrypt((await key("enc", "RSA-OAEP-256")).publicKey);
  const attacks = {
    "alg none": new UnsecuredJWT(claims).encode(),
    "hs256 with the public key as its secret": await signed(claims, { ...head, alg: "HS256" }, pem),
    "another key of that name": await signed(claims, head, foreign.privateKey),
    "another algorithm of that name": await signed(claims, { ...head, alg: "ES256" }, ec.privateKey),
    "its own key in its head": await signed(claims, { ...head, jwk: own }, foreign.privateKey),
    "a link to its own keys": await signed(claims, { ...head, jku: "http://127.0.0.1:9/jwks" }, foreign.privateKey),
    "a key that nobody has": await signed(claims, { ...head, kid: "nobody" }),
    "something critical": await signed(claims, { ...head, crit: ["exp"], exp: now + 300 }),
    "an id token": await signed(claims, { ...head, typ: "id+jwt" }),
    encrypted,
    expired: await but({ exp: now - 61 }),
    "an end as a text": await but({ exp: String(now + 300) }),
    "no end": await but({ exp: undefined }),
    "not yet": await but({ nbf: now + 120 }),
    "not before as a text": await but({ nbf: "0" }),
    "another issuer": await but({ iss: `${identity.issuer}/` }),
    "another audience": await but({ aud: ["https://other.example"] }),
    "no subject": await but({ sub: undefined }),
    "claims that are none": await signed("[]"),
  };
  const bodies = new Set();
  for (const [attack, token] of Object.entries(attacks)) {
    const { status, body } = await asked(token);
    assert.equal(status, 401, attack);
    bodies.add(body.replace(/"request_id":"[^"]*"/, ""));
  }
  assert.equal(bodies.size, 1, "no attack is told from another");
});

await step("keys that change: the new one is found, the old one stays for a while", async () => {
  const old = await identity.token("billing");
  await identity.stop();
  await identity.start([second]);
  await sleep(1100);
  const renewed = await identity.token("billing");
  assert.equal(JSON.parse(atob(renewed.split(".")[0])).kid, "second");
  assert.equal((await asked(renewed)).status, 200);
  assert.equal((await asked(old)).status, 200);
  // Not one that was remembered.
  assert.equal((await asked(await but({ sub: "alice" }))).body, '"alice"');
});

await step("a provider that is away: what is known stays known, and nobody guesses", async () => {
  const known = await identity.token("billing");
  const opaque = await identity.token("opaque");
  await identity.stop();
  await sleep(1100);
  assert.equal((await asked(known)).status, 200);
  assert.equal((await asked(opaque)).status, 503);
});
passing.kill();
serving.kill();
