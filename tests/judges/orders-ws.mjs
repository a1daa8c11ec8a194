// The frames of loom.v1.json, one by one, with nothing but the platform's WebSocket: node orders-ws.mjs 127.0.0.1:8080 [secured]
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Peer } from "./peer.mjs";

const [host, secured] = process.argv.slice(2);
const over = (scheme) => `${scheme}${secured ? "s" : ""}://${host}`;
const url = `${over("ws")}/v1/orders/live`;
const orders = "shop.orders.Orders/";
const nobody = "00000000-0000-4000-8000-000000000000";
const euro = (amount) => ({ amount, currency: "EUR" });
const line = { sku: "TEA-1", quantity: 2, price: euro("3.50") };
const card = { card: { token: "t", last4: "4242" } };
const draft = { customer: "6f2c1f8e-3d0f-4f9c-9c37-0d9f5b1f9a01", lines: [line], total: euro("7.00"), payment: card };

const peer = await Peer.ready(url, { version: 1, window: 2 });
const known = Object.fromEntries(peer.ready.operations.map(({ name, shape }) => [name.split("/").at(-1), shape]));
assert.deepEqual(known, {
  place: "unary", get: "unary", find: "unary", change: "unary", cancel: "unary",
  watch: "server_stream", upload: "client_stream", chat: "duplex", "shop.orders.OrderPlaced": "server_stream",
});
assert.equal(peer.ready.version, 1);

// What is placed over REST is told to those who subscribed.
const events = peer.open("shop.orders.OrderPlaced");
assert.deepEqual(await peer.of(events), { t: "res", id: events });
const headers = { "Content-Type": "application/json", "Idempotency-Key": randomUUID() };
const answered = await fetch(`${over("http")}/v1/orders`, { method: "POST", headers, body: JSON.stringify(draft) });
assert.equal(answered.status, 201);
const order = await answered.json();
assert.deepEqual(await peer.of(events), { t: "item", id: events, d: { order } });
peer.say({ t: "cancel", id: events });

// A call, the same again by its key, and by the operation's number; a patch that clears.
const place = async (more = {}, token = randomUUID()) => peer.answer(orders + "place", { draft: { ...draft, ...more }, token });
const placed = await place({ note: "ring twice", tags: { gift: "yes" } }, "k-1" + order.id);
assert.deepEqual(placed.d, { ...order, id: placed.d.id, placed_at: placed.d.placed_at, note: "ring twice", tags: { gift: "yes" } });
assert.equal((await place({ note: "ring twice", tags: { gift: "yes" } }, "k-1" + order.id)).d.id, placed.d.id);
const number = peer.ready.operations.findIndex(({ name }) => name.endsWith("/get"));
const get = peer.open("", { id: order.id }, { m: number });
assert.deepEqual((await peer.of(get)).d, order);
const { note, ...bare } = placed.d;
assert.deepEqual((await peer.answer(orders + "change", { id: bare.id, patch: { note: null } })).d, bare);
assert.deepEqual(await peer.answer(orders + "cancel", { id: bare.id }).then(({ t, d }) => [t, d]), ["res", undefined]);

// Faults with their fields, violations with their paths.
const failure = async (m, d, more) => {
  const { t, id, message, ...fault } = await peer.answer(m, d, more);
  return (assert.equal(t, "err"), assert.ok(message), fault);
};
const missing = { code: "not_found", kind: "shop.orders.NotFound", fields: { id: nobody } };
assert.deepEqual(await failure(orders + "get", { id: nobody }), missing);
const soldOut = () => ({ draft: { ...draft, lines: [{ ...line, sku: "SOLD-OUT-1" }] }, token: randomUUID() });
const { code, kind, fields } = await failure(orders + "place", soldOut());
assert.deepEqual([code, kind, fields], ["failed_precondition", "shop.orders.OutOfStock", { sku: "SOLD-OUT-1", available: 0 }]);
const violations = async (draft, token) => (await failure(orders + "place", { draft, token })).violations.map(({ path }) => path);
const tea = { ...draft, lines: [{ ...line, sku: "tea", quantity: 0 }] };
assert.deepEqual((await violations(tea, randomUUID())).sort(), ["draft.lines[0].quantity", "draft.lines[0].sku"]);
assert.deepEqual(await violations(draft), ["token"]);
assert.equal((await failure(orders + "place", soldOut(), { ms: 1 })).code, "deadline_exceeded");
assert.equal((await failure(orders + "nothing", {})).code, "unimplemented");

// A stream out: as many items as there is leave for, and none any more once it is cancelled.
const watching = peer.open(orders + "watch", {});
assert.equal((await peer.of(watching)).t, "res");
const ids = [];
for (let count = 0; count < 5; count += 1) ids.push((await place()).d.id);
assert.equal(await peer.waiting(watching), 2);
peer.say({ t: "credit", id: watching, n: 3 });
for (const id of ids) {
  const { t, d } = await peer.of(watching);
  assert.deepEqual([t, d.order, d.status], ["item", id, "placed"]);
}
peer.say({ t: "credit", id: watching, n: 5 });
peer.say({ t: "cancel", id: watching });
await place();
assert.equal(await peer.waiting(watching), 0);

// A stream in, within the leave that the server gives.
const upload = peer.open(orders + "upload");
let leave = peer.ready.window;
for (let sent = 0; sent < 100; sent += 1) {
  while (leave === 0) leave += (await peer.next(({ t, id }) => t === "credit" && id === upload)).n;
  leave -= 1;
  peer.say({ t: "item", id: upload, d: line });
}
peer.say({ t: "end", id: upload });
assert.equal((await peer.next(({ t, id }) => t === "res" && id === upload)).d, 200);

// Both ways: each word is answered before the next is said, until one side ends.
const chat = peer.open(orders + "chat");
assert.equal((await peer.of(chat)).t, "res");
for (const word of ["hello", "naïve ☃", ""]) {
  peer.say({ t: "item", id: chat, d: word });
  assert.equal((await peer.next(({ t, id }) => t === "item" && id === chat)).d, `You said: ${word}`);
  peer.say({ t: "credit", id: chat, n: 1 });
}
peer.say({ t: "end", id: chat });
await peer.next(({ t, id }) => t === "end" && id === chat);
peer.socket.close(1000);
assert.equal((await peer.closed).code, 1000);

// What makes no sense ends the connection: a goaway says why, the close frame the same.
const ends = async (wanted, act) => {
  const stranger = await act();
  const goaway = await stranger.next(({ t }) => t === "goaway");
  const { code, wasClean } = await stranger.closed;
  assert.deepEqual([goaway.code, code, wasClean], [wanted, wanted, true]);
};
const after = (frame, start = Peer.ready) => async () => {
  const stranger = await start(url);
  stranger.socket.send(typeof frame === "object" && !(frame instanceof Uint8Array) ? JSON.stringify(frame) : frame);
  return stranger;
};
await ends(4406, after({ t: "hello", version: 9 }, Peer.open));
await ends(4400, after("nonsense", Peer.open));
await ends(4400, after(new Uint8Array(16)));
await ends(4400, after({ t: "whatever" }));
await ends(4413, after({ t: "req", id: 1, m: orders + "chat", d: "x".repeat(3 << 20) }));
await ends(4409, async () => {
  // The chat says no second word without leave, so it takes no third one, and ours are far more than there is leave for.
  const stranger = await Peer.ready(url, { window: 1 });
  const id = stranger.open(orders + "chat");
  for (let sent = 0; sent < 5000; sent += 1) stranger.say({ t: "item", id, d: "x" });
  return stranger;
});
await assert.rejects(Peer.open(url, "loom.v9.json"), "a protocol that is not spoken is not upgraded to");
console.log("every frame is right");
