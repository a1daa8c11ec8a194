// An identity provider on this machine: oidc-provider, with clients that get tokens for themselves. Its keys can be changed.
import { createServer } from "node:http";
import { once } from "node:events";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";

export const SECRET = "a secret of a client, and long enough for one";
export const RESOURCE = "https://diary.example";

export async function key(kid, alg = "RS256") {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(privateKey)), kid, alg, use: "sig" } };
}

const client = (client_id) => ({
  client_id,
  client_secret: SECRET,
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
});

export class Identity {
  constructor(port) {
    this.port = port;
    this.issuer = `http://127.0.0.1:${port}`;
  }

  // Begins to answer, with these keys.
  async start(keys) {
    const provider = new Provider(this.issuer, {
      clients: ["billing", "opaque", "diary"].map(client),
      jwks: { keys: keys.map(({ jwk }) => jwk) },
      scopes: ["diary:read", "diary:write"],
      features: {
        clientCredentials: { enabled: true },
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
    this.server = createServer(provider.callback()).listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
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
