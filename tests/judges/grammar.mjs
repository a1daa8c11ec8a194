// The TextMate grammar of contracts, by VS Code's own engine: what each word of the corpus is coloured as.
//
//   node grammar.mjs NODE_MODULES GRAMMAR CONTRACT…

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, grammarPath, ...contracts] = process.argv.slice(2);
const require = createRequire(join(modules, "x.js"));
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => textmate.parseRawGrammar(readFileSync(grammarPath, "utf8"), grammarPath),
});
const grammar = await registry.loadGrammar("source.loom");

// Each line's tokens: their text and innermost scope.
function coloured(text) {
  let state = textmate.INITIAL;
  return text.split("\n").map((line) => {
    const result = grammar.tokenizeLine(line, state);
    state = result.ruleStack;
    return result.tokens.map((it) => [line.slice(it.startIndex, it.endIndex), it.scopes.at(-1), it.scopes]);
  });
}

const scopeOf = (line, word) => {
  const token = coloured(line)[0].find(([text]) => text === word);
  return token?.[1] ?? "nothing";
};

for (const [line, word, scope] of [
  ["package shop.orders version 1", "package", "keyword.control.loom"],
  ["record Order {", "record", "storage.type.loom"],
  ["record Order {", "Order", "entity.name.type.loom"],
  ["closed enum Status { a }", "closed", "storage.modifier.loom"],
  ["    note: string? where length <= 5", "note", "variable.other.member.loom"],
  ["    note: string? where length <= 5", "string", "support.type.loom"],
  ["    note: string? where length <= 5", "where", "keyword.control.loom"],
  ["    note: string? where length <= 5", "5", "constant.numeric.loom"],
  ["    record: Order readonly @7", "record", "variable.other.member.loom"],
  ["    record: Order readonly @7", "Order", "entity.name.type.loom"],
  ["    record: Order readonly @7", "readonly", "keyword.control.loom"],
  ["    record: Order readonly @7", "@7", "constant.numeric.pin.loom"],
  ["    sku: string where matches /^[A-Z]\\/{1,3}$/", "/^[A-Z]\\/{1,3}$/", "string.regexp.loom"],
  ["    sku: string where matches /^[A-Z]\\/{1,3}$/", "matches", "keyword.control.loom"],
  ["    get(id: OrderId) -> Order", "get", "entity.name.function.loom"],
  ["    public()", "public", "entity.name.function.loom"],
  ["        keyed(token)", "keyed", "keyword.control.loom"],
  ["    keyed(token: T)", "keyed", "entity.name.function.loom"],
  ["    get(id: OrderId) -> Order", "->", "keyword.operator.loom"],
  ["    policy { deadline 2s, limit 200/s }", "deadline", "keyword.other.policy.loom"],
  ["    policy { deadline 2s, limit 200/s }", "2s", "constant.numeric.loom"],
  ["    policy { deadline 2s, limit 200/s }", "200/s", "constant.numeric.loom"],
  ["    get: GET \"/{id}\" // c", "{id}", "variable.parameter.path.loom"],
  ["    get: GET \"/{id}\" // c", "// c", "comment.line.double-slash.loom"],
  ["/// Docs of `it`.", "/// Docs of `it`.", "comment.line.documentation.loom"],
  ["//// a rule", "//// a rule", "comment.line.double-slash.loom"],
  ["    @json(\"orderId\") id: uuid", "json", "storage.type.annotation.loom"],
  ["    text: \"a \\n b\"", "\\n", "constant.character.escape.loom"],
  ["    `was`", "`was`", "variable.other.quoted.loom"],
]) {
  assert.equal(scopeOf(line, word), scope, `\`${word}\` in: ${line}`);
}

// Over whole contracts: what is a comment, a string or documentation is coloured as such, and nothing else is.
for (const path of contracts) {
  const text = readFileSync(path, "utf8").replaceAll("\r", "");
  const lines = text.split("\n");
  coloured(text).forEach((tokens, number) => {
    const line = lines[number];
    const where = `${path}:${number + 1}: ${line}`;
    assert.equal(tokens.map(([part]) => part).join("").trimEnd(), line.trimEnd(), where);
    const all = (scope) => tokens.filter(([, , scopes]) => scopes.some((it) => it.startsWith(scope)));
    if (/^\s*\/\/\/(?!\/)/.test(line)) assert.equal(all("comment.line.documentation").length, 1, where);
    else if (/^\s*\/\//.test(line)) assert.equal(all("comment.line.double-slash").length, 1, where);
    else if (!line.includes('"') && !line.includes("//")) assert.equal(all("string.quoted").length, 0, where);
    if (/^(closed |open )?(record|enum|union|service|fault|event|scalar) [A-Z]/.test(line)) {
      assert.equal(all("storage.type.loom").length, 1, where);
      assert.ok(all("entity.name.type").length >= 1, where);
    }
  });
}
console.log(`grammar: ${contracts.length} contracts are coloured as they should be`);
