// The book's own client against a running server: node websocket.mjs ws://127.0.0.1:8080/ws/notes
import assert from "node:assert/strict";
import { Loom, LoomError } from "../../book/src/websocket/client.js";

const url = process.argv[2];
const loom = await Loom.connect(url);
assert.deepEqual(
  loom.operations.map(({ name, shape }) => `${name} ${shape}`).slice(0, 2),
  ["notes.Notes/add unary", "notes.Notes/clear unary"],
);

assert.equal((await loom.call("notes.Notes/add", { text: "milk" })).text, "milk");
assert.equal(await loom.call("notes.Notes/clear"), undefined);

const full = await loom.call("notes.Notes/add", { text: "full" }).catch((error) => error);
assert.ok(full instanceof LoomError);
assert.deepEqual(
  [full.code, full.kind, full.fields, full.retry_after_ms],
  ["resource_exhausted", "notes.Full", { limit: 3 }, 1500],
);
const wrong = await loom.call("notes.Notes/add", { text: "" }).catch((error) => error);
assert.equal(wrong.violations[0].path, "text");
const late = await loom.call("notes.Notes/add", { text: "never" }, { ms: 50 }).catch((error) => error);
assert.equal(late.code, "deadline_exceeded");

// Streams out, in, and both ways; far more items than any window.
let count = 0;
for await (const note of loom.stream("notes.Notes/follow", 1000)) assert.equal(note.id, (count += 1));
assert.equal(count, 1000);
function* numbers(to) {
  for (let number = 1; number <= to; number += 1) yield number;
}
assert.equal(await loom.call("notes.Notes/sum", undefined, { items: numbers(10_000) }), 50_005_000);
const words = Array.from({ length: 3000 }, (_, index) => `word ${index}`);
const back = [];
for await (const word of loom.stream("notes.Notes/echo", undefined, { items: words })) back.push(word);
assert.deepEqual(back, words);

// A loop that is left is cancelled; the connection goes on.
for await (const note of loom.stream("notes.Notes/follow", 4000)) if (note.id === 3) break;
assert.equal((await loom.call("notes.Notes/add", { text: "tea" })).text, "tea");

loom.close();
const closed = new WebSocket(url, "loom.v1.json");
closed.onopen = () => closed.send("nonsense");
const { code, wasClean } = await new Promise((resolve) => (closed.onclose = resolve));
assert.deepEqual([code, wasClean], [4400, true]);
console.log("the book's client is right");
