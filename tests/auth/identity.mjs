// An identity provider on this machine: oidc-provider, with clients that get tokens for themselves. Its keys can be changed.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { once } from "node:events";
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from "jose";
import { Provider, errors } from "oidc-provider";

export const SECRET = "a secret of a client, and long enough for one";
export const RESOURCE = "https://diary.example";
export const DESK = "https://desk.example";
export const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

export async function key(kid, alg = "RS256") {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(privateKey)), kid, alg, use: "sig" } };
}

const client = (client_id) => ({
  client_id,
  client_secret: SECRET,
  grant_types: client_id.startsWith("desk") ? [EXCHANGE] : ["client_credentials"],
  redirect_uris: [],
  response_types: [],
});

// One that is known by a key, of which the provider has what is public.
const keyed = async ([client_id, { publicKey, kid, alg }]) => ({
  ...client(client_id),
  client_secret: undefined,
  token_endpoint_auth_method: "private_key_jwt",
  jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg }] },
});

export class Identity {
  // Clients of a key by their names, beside those of a secret.
  constructor(port, keyed = {}) {
    this.port = port;
    this.keyed = keyed;
    // Tokens that were given for others.
    this.exchanged = [];
    // Whether proofs of a key are to have a nonce of its own, and why it gave no tokens.
    this.wantsNonce = false;
    this.refused = [];
    this.issuer = `http://127.0.0.1:${port}`;
  }

  // Begins to answer, with these keys.
  async start(keys) {
    const provider = new Provider(this.issuer, {
      clients: [...["billing", "opaque", "diary", "desk", "stranger"].map(client), ...(await Promise.all(Object.entries(this.keyed).map(keyed)))],
      jwks: { keys: keys.map(({ jwk }) => jwk) },
      scopes: ["diary:read", "diary:write"],
      features: {
        clientCredentials: { enabled: true },
        dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => this.wantsNonce },
        devInteractions: { enabled: false },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true, allowedPolicy: () => true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_, audience, { clientId }) => ({
            audience,
            scope: "diary:read diary:write",
            accessTokenTTL: 300,
            accessTokenFormat: clientId === "opaque" ? "opaque" : "jwt",
            jwt: { sign: { alg: "RS256" } },
          }),
        },
      },
    });
    provider.on("grant.error", (_, { error }) => this.refused.push(error));
    const known = createLocalJWKSet({ keys: await Promise.all(keys.map(async ({ publicKey, kid, alg }) => ({ ...(await exportJWK(publicKey)), kid, alg }))) });
    const fields = ["subject_token", "subject_token_type", "requested_token_type", "resource", "scope"];
    provider.registerGrantType(EXCHANGE, (ctx) => this.exchange(provider, known, ctx), fields);
    this.server = createServer(provider.callback()).listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
  }

  // Gives a token of whom another one is of, for another resource (RFC 8693).
  async exchange(provider, known, ctx) {
    const { client, params } = ctx.oidc;
    if (params.subject_token_type !== ACCESS_TOKEN || params.requested_token_type !== ACCESS_TOKEN) {
      throw new errors.InvalidRequest("it exchanges access tokens");
    }
    // For whoever exchanges it, and nobody else.
    const expected = { issuer: this.issuer, audience: DESK, typ: "at+jwt" };
    const { payload } = await jwtVerify(params.subject_token, known, expected).catch(() => {
      throw new errors.InvalidRequest("the subject's token is not taken");
    });
    if (payload.sub === "stranger" || params.resource !== RESOURCE) throw new errors.InvalidTarget();
    const token = new provider.AccessToken({ accountId: payload.sub, client, gty: EXCHANGE, scope: params.scope });
    // Opaque, so that it can be revoked.
    const resource = { audience: params.resource, scope: params.scope, accessTokenTTL: 300, accessTokenFormat: "opaque" };
    token.resourceServer = new provider.ResourceServer(params.resource, resource);
    const access_token = await token.save();
    this.exchanged.push(access_token);
    ctx.body = { access_token, issued_token_type: ACCESS_TOKEN, token_type: "Bearer", expires_in: token.expiration };
  }

  // Answers nobody any more.
  async stop() {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async post(path, form, id = "diary") {
    const answer = await fetch(this.issuer + path, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${id}:${encodeURIComponent(SECRET)}`)}` },
      body: new URLSearchParams(form),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${text}`);
    return text && JSON.parse(text);
  }

  async token(id, scope = "diary:read diary:write", resource = RESOURCE) {
    return (await this.post("/token", { grant_type: "client_credentials", scope, resource }, id)).access_token;
  }
}
