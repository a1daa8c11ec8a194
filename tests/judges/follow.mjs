// Prints what comes of a stream over WebSocket, a line of JSON an item, once `subscribed` stands there.
// node follow.mjs ws://127.0.0.1:8080/v1/orders/live shop.orders.OrderPlaced
import { Peer } from "./peer.mjs";

const [url, name] = process.argv.slice(2);
const peer = await Peer.ready(url);
const id = peer.open(name);
await peer.of(id);
console.log("subscribed");
for (;;) {
  const { t, d } = await peer.of(id, 60_000);
  if (t !== "item") throw new Error(`the stream ended with ${t}`);
  console.log(JSON.stringify(d));
  peer.say({ t: "credit", id, n: 1 });
}
