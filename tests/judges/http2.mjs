// node's http2 and https over TLS: http2.mjs localhost:8443, with the authority in NODE_EXTRA_CA_CERTS.
import assert from "node:assert/strict";
import http2 from "node:http2";
import { gunzipSync } from "node:zlib";

const host = process.argv[2];
const session = http2.connect(`https://${host}`);
await new Promise((resolve, reject) => session.once("connect", resolve).once("error", reject));
assert.equal(session.alpnProtocol, "h2");
assert.ok(session.socket.authorized);

const ask = (headers) =>
  new Promise((resolve, reject) => {
    const stream = session.request({ ":path": "/v1/orders?size=500", ...headers });
    const pieces = [];
    stream.on("response", (head) => (pieces.head = head)).on("data", (piece) => pieces.push(piece));
    stream.on("end", () => resolve({ head: pieces.head, body: Buffer.concat(pieces) })).on("error", reject).end();
  });

// Many at once on the one connection.
const all = await Promise.all(Array.from({ length: 100 }, () => ask({})));
assert.ok(all.every(({ head }) => head[":status"] === 200));

// fetch over HTTP/1.1 places enough for an answer that is worth compressing.
const euro = (amount) => ({ amount, currency: "EUR" });
const line = { sku: "TEA-1", quantity: 2, price: euro("3.50") };
const draft = { customer: "6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01", lines: [line], total: euro("7.00"), payment: "cash" };
for (let turn = 0; turn < 10; turn++) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": `node-${process.pid}-${turn}` };
  const placed = await fetch(`https://${host}/v1/orders`, { method: "POST", headers, body: JSON.stringify(draft) });
  assert.equal(placed.status, 201);
}
const plain = await ask({});
const coded = await ask({ "accept-encoding": "gzip" });
assert.equal(coded.head["content-encoding"], "gzip");
assert.deepEqual(gunzipSync(coded.body), plain.body);
assert.ok(coded.body.length * 2 < plain.body.length);
const known = await ask({ "accept-encoding": "gzip", "if-none-match": coded.head.etag });
assert.deepEqual([known.head[":status"], known.body.length], [304, 0]);
session.close();
console.log(`113 requests over HTTP/2 and HTTP/1.1, ${plain.body.length} bytes in ${coded.body.length} of gzip, 0 failed`);
