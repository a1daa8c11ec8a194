// Starts `wireloom lsp` and lets it answer; all that is known of contracts is known there.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function activate(context) {
  const settings = vscode.workspace.getConfiguration("wireloom");
  const server = { command: settings.get("path"), args: ["lsp"] };
  client = new LanguageClient("wireloom", "Wireloom", server, {
    documentSelector: [{ language: "loom" }],
    initializationOptions: { roots: settings.get("roots"), includes: settings.get("includes") },
  });
  context.subscriptions.push(client);
  await client.start();
}

async function deactivate() {
  await client?.stop();
}

module.exports = { activate, deactivate };
