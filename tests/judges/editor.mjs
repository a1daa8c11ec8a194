// A whole session of an editor with `wireloom lsp`, over VS Code's own implementation of the protocol: what an editor says and gets,
// over the contracts of the orders example.
//
//   node editor.mjs NODE_MODULES WIRELOOM CONTRACTS

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, wireloom, contracts] = process.argv.slice(2);
const require = createRequire(join(modules, "x.js"));
const lsp = require("vscode-languageserver-protocol/node");

const folder = mkdtempSync(join(tmpdir(), "wireloom editor ä "));
cpSync(contracts, folder, { recursive: true });
const uriOf = (name) => pathToFileURL(join(folder, name)).toString();
const orders = uriOf("shop/orders/orders.loom");
let text = readFileSync(new URL(orders), "utf8");

const server = spawn(wireloom, ["lsp"], { stdio: ["pipe", "pipe", "inherit"] });
const client = lsp.createProtocolConnection(
  new lsp.StreamMessageReader(server.stdout),
  new lsp.StreamMessageWriter(server.stdin),
);
client.onError((error) => assert.fail(String(error)));

// Diagnostics by file, and who waits for them.
const told = new Map();
const waiting = [];
client.onNotification(lsp.PublishDiagnosticsNotification.type, (params) => {
  told.set(params.uri, params);
  for (const each of waiting.splice(0)) each();
});
const diagnostics = async (uri, version) => {
  const end = Date.now() + 20_000;
  while (told.get(uri)?.version !== version) {
    assert.ok(Date.now() < end, `no diagnostics of version ${version}`);
    await Promise.race([new Promise((done) => waiting.push(done)), new Promise((done) => setTimeout(done, 500))]);
  }
  return told.get(uri).diagnostics;
};
let watched = 0;
client.onRequest(lsp.RegistrationRequest.type, (params) => {
  watched += params.registrations.filter((it) => it.method === "workspace/didChangeWatchedFiles").length;
});
client.listen();

// The place of `|` behind a stretch that occurs once.
const at = (stretch, within = text) => {
  const plain = stretch.replace("|", "");
  assert.equal(within.split(plain).length, 2, `${stretch} occurs once`);
  const before = within.slice(0, within.indexOf(plain) + stretch.indexOf("|"));
  const lines = before.split("\n");
  return { line: lines.length - 1, character: lines.at(-1).length };
};
const place = (stretch) => ({ textDocument: { uri: orders }, position: at(stretch) });
const offset = (within, { line, character }) =>
  within.split("\n").slice(0, line).reduce((sum, it) => sum + it.length + 1, 0) + character;
const applied = (within, edits) =>
  [...edits]
    .sort((one, other) => offset(within, other.range.start) - offset(within, one.range.start))
    .reduce((now, it) => now.slice(0, offset(within, it.range.start)) + it.newText + now.slice(offset(within, it.range.end)), within);

const initialized = await client.sendRequest(lsp.InitializeRequest.type, {
  processId: process.pid,
  rootUri: pathToFileURL(folder).toString(),
  workspaceFolders: [{ uri: pathToFileURL(folder).toString(), name: "orders" }],
  capabilities: {
    general: { positionEncodings: ["utf-16"] },
    workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
  },
});
assert.equal(initialized.serverInfo.name, "wireloom");
assert.equal(initialized.capabilities.positionEncoding, "utf-16");
await client.sendNotification(lsp.InitializedNotification.type, {});

let version = 1;
const open = { uri: orders, languageId: "loom", version, text };
await client.sendNotification(lsp.DidOpenTextDocumentNotification.type, { textDocument: open });
const errors = (found) => found.filter((it) => it.severity === lsp.DiagnosticSeverity.Error);
assert.deepEqual(errors(await diagnostics(orders, version)), []);
assert.equal(watched, 1);

const change = async (range, newText) => {
  version += 1;
  text = applied(text, [{ range, newText }]);
  const textDocument = { uri: orders, version };
  await client.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
    textDocument,
    contentChanges: [{ range, text: newText }],
  });
  return diagnostics(orders, version);
};

// What a name is, where it is declared, where it is used.
const hover = await client.sendRequest(lsp.HoverRequest.type, place("note: str|ing? where"));
assert.match(hover.contents.value, /string\n```\n\nText\./);
const field = await client.sendRequest(lsp.HoverRequest.type, place("no|te: string? where"));
assert.match(field.contents.value, /note: string\? where length <= 500/);
assert.match(field.contents.value, /field of `shop\.orders\.Order`/);
const money = await client.sendRequest(lsp.DefinitionRequest.type, place("total: Mon|ey"));
assert.equal(money.uri, uriOf("shop/common/common.loom"));
const path = await client.sendRequest(lsp.DefinitionRequest.type, place('get: GET "/{i|d}"'));
assert.deepEqual(path.range.start, at("get(|id: OrderId)"));
const uses = await client.sendRequest(lsp.ReferencesRequest.type, {
  ...place("record Lin|e {"),
  context: { includeDeclaration: true },
});
assert.ok(uses.length >= 2, "the record and the field of it");
const highlights = await client.sendRequest(lsp.DocumentHighlightRequest.type, place("keyed(to|ken)"));
assert.ok(highlights.length >= 2);

// What could be typed.
const labels = async (stretch) => {
  const found = await client.sendRequest(lsp.CompletionRequest.type, place(stretch));
  return (Array.isArray(found) ? found : found.items).map((it) => it.label);
};
assert.ok((await labels("total: |Money")).includes("Money"));
assert.ok((await labels("fault Busy: |unavailable")).includes("not_found"));
assert.ok((await labels("status: Status = |placed")).includes("shipped"));

// A mistake, its fix, and the text as it was.
const word = at("customer: |uuid");
const broken = errors(await change({ start: word, end: { ...word, character: word.character + 4 } }, "uuidd"));
assert.equal(broken.length, 1);
assert.equal(broken[0].code, "unknown-type");
const actions = await client.sendRequest(lsp.CodeActionRequest.type, {
  textDocument: { uri: orders },
  range: broken[0].range,
  context: { diagnostics: broken },
});
assert.equal(actions.length, 1, "the nearest name");
assert.equal(actions[0].kind, lsp.CodeActionKind.QuickFix);
const [fix] = actions[0].edit.changes[orders];
assert.deepEqual(errors(await change(fix.range, fix.newText)), []);

// Columns count in UTF-16: behind a crab, two units wide, the server deletes what the editor deletes.
const crab = at("// set by the server;| absent");
await change({ start: crab, end: crab }, " \u{1f980}\u{e4} x");
const behind = at("\u{1f980}\u{e4} x| absent");
assert.equal(behind.character, crab.character + 6);
await change({ start: crab, end: behind }, "");
const [first] = await client.sendRequest(lsp.DocumentHighlightRequest.type, place("customer: uuid\n    li|nes"));
assert.deepEqual(first.range.start, at("customer: uuid\n    |lines"));

// Broken in the middle: the rest is still known.
const brace = at("record InvoiceRef |{ number");
assert.ok(errors(await change({ start: brace, end: { ...brace, character: brace.character + 1 } }, "")).length > 0);
assert.ok(await client.sendRequest(lsp.DefinitionRequest.type, place("total: Mon|ey")));
assert.deepEqual(errors(await change({ start: brace, end: brace }, "{")), []);

// A rename reaches everything, and keeps what others know.
const prepared = await client.sendRequest(lsp.PrepareRenameRequest.type, place("no|te: string? where"));
assert.equal(prepared.placeholder, "note");
const renamed = await client.sendRequest(lsp.RenameRequest.type, { ...place("no|te: string? where"), newName: "remark" });
const edited = applied(text, renamed.changes[orders]);
assert.match(edited, /remark: string\? where length <= 500 was note/);
await assert.rejects(
  client.sendRequest(lsp.RenameRequest.type, { ...place("no|te: string? where"), newName: "tags" }),
  /has a field `tags` already/,
);
const typeRename = await client.sendRequest(lsp.RenameRequest.type, { ...place("total: Mon|ey"), newName: "Amount" });
assert.deepEqual(Object.keys(typeRename.changes).sort(), [uriOf("shop/common/common.loom"), orders].sort());

// Outline, search, layout, hints, folds, colours.
const outline = await client.sendRequest(lsp.DocumentSymbolRequest.type, { textDocument: { uri: orders } });
assert.ok(outline.some((it) => it.name === "Orders" && it.children.some((child) => child.name === "place")));
const found = await client.sendRequest(lsp.WorkspaceSymbolRequest.type, { query: "Settled" });
assert.ok(found.some((it) => it.containerName === "payments"));
const options = { tabSize: 4, insertSpaces: true };
const layout = await client.sendRequest(lsp.DocumentFormattingRequest.type, { textDocument: { uri: orders }, options });
assert.ok(layout.length <= 1);
const everything = { start: { line: 0, character: 0 }, end: { line: 100_000, character: 0 } };
const hints = await client.sendRequest(lsp.InlayHintRequest.type, { textDocument: { uri: orders }, range: everything });
assert.ok(hints.some((it) => /^topic /.test(it.label)), JSON.stringify(hints));
const folds = await client.sendRequest(lsp.FoldingRangeRequest.type, { textDocument: { uri: orders } });
assert.ok(folds.length > 5);
const colours = await client.sendRequest(lsp.SemanticTokensRequest.type, { textDocument: { uri: orders } });
assert.equal(colours.data.length % 5, 0);
assert.ok(colours.data.length > 500);

// Nonsense is answered, too.
const nowhere = { textDocument: { uri: "file:///c%3A/nowhere/x.loom" }, position: { line: 4e9, character: 4e9 } };
assert.equal(await client.sendRequest(lsp.HoverRequest.type, nowhere), null);
await assert.rejects(client.sendRequest("textDocument/nonsense", {}), /not known/);

await client.sendRequest(lsp.ShutdownRequest.type);
await client.sendNotification(lsp.ExitNotification.type);
const [code] = await once(server, "exit");
assert.equal(code, 0);
client.dispose();
rmSync(folder, { recursive: true });

// Without `shutdown` the end is none.
const other = spawn(wireloom, ["lsp"], { stdio: ["pipe", "ignore", "inherit"] });
const say = (message) => {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  other.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
};
say({ id: 1, method: "initialize", params: { processId: null, rootUri: null, capabilities: {} } });
say({ method: "initialized", params: {} });
say({ method: "exit" });
const [early] = await once(other, "exit");
assert.equal(early, 1);
console.log("editor: a whole session is as it should be");
