//! What the server can do, and what the client says of itself.

use std::path::{Path, PathBuf};

use lsp_types::{
    ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions,
    DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, FoldingRangeProviderCapability, GlobPattern,
    HoverProviderCapability, InitializeParams, OneOf, Registration, RegistrationParams, RenameOptions,
    SemanticTokensFullOptions, SemanticTokensOptions, ServerCapabilities, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, TypeDefinitionProviderCapability,
};
use serde_json::Value;
use wireloom_codegen::load;

use super::answers::colours;
use super::place::Encoding;
use super::uri;

/// What the client says of itself and of the workspace.
#[derive(Debug, Default)]
pub(super) struct Client {
    pub(super) encoding: Encoding,
    /// The folders that are open, canonical.
    pub(super) folders: Vec<PathBuf>,
    /// Folders that are checked as one each, where the workspace says so.
    pub(super) roots: Vec<PathBuf>,
    /// Folders to look in for imported packages.
    pub(super) includes: Vec<PathBuf>,
    pub(super) watches_files: bool,
}

impl Client {
    pub(super) fn new(params: &InitializeParams) -> Client {
        let capabilities = &params.capabilities;
        let offered = capabilities.general.as_ref().and_then(|it| it.position_encodings.as_deref());
        let folders: Vec<PathBuf> = folders(params).iter().map(|path| load::canonical(path)).collect();
        let options = params.initialization_options.as_ref();
        Client {
            encoding: Encoding::agreed(offered),
            roots: paths(options, "roots", &folders),
            includes: paths(options, "includes", &folders),
            folders,
            watches_files: watches_files(capabilities),
        }
    }

    /// The folder that a file is checked with: the one that the workspace names for it, else that of the crate around it,
    /// else the open folder, else its own.
    pub(super) fn root_of(&self, path: &Path) -> PathBuf {
        let longest = |folders: &[PathBuf]| {
            let around = folders.iter().filter(|folder| path.starts_with(folder));
            around.max_by_key(|folder| folder.components().count()).cloned()
        };
        if let Some(root) = longest(&self.roots) {
            return root;
        }
        let open = longest(&self.folders);
        let above = path.ancestors().skip(1);
        let within = above.take_while(|folder| open.as_ref().is_none_or(|open| folder.starts_with(open)));
        let around = within.into_iter().find(|folder| folder.join("Cargo.toml").is_file()).map(Path::to_owned);
        around.or(open).unwrap_or_else(|| path.parent().unwrap_or(path).to_owned())
    }
}

#[expect(deprecated, reason = "what older clients say instead of folders")]
fn folders(params: &InitializeParams) -> Vec<PathBuf> {
    match params.workspace_folders.as_deref() {
        Some(folders) if !folders.is_empty() => folders.iter().map(|folder| uri::path(&folder.uri)).collect(),
        _ => params.root_uri.iter().map(uri::path).collect(),
    }
}

/// A list of folders in the client's options, each in the first open folder that has it.
fn paths(options: Option<&Value>, name: &str, folders: &[PathBuf]) -> Vec<PathBuf> {
    let listed = options.and_then(|it| it.get(name)).and_then(Value::as_array).into_iter().flatten();
    let place = |path: &str| {
        let there = folders.iter().map(|folder| folder.join(path)).find(|it| it.exists());
        load::canonical(&there.unwrap_or_else(|| PathBuf::from(path)))
    };
    listed.filter_map(Value::as_str).map(place).collect()
}

fn watches_files(capabilities: &ClientCapabilities) -> bool {
    let watching = capabilities.workspace.as_ref().and_then(|it| it.did_change_watched_files.as_ref());
    watching.and_then(|it| it.dynamic_registration).unwrap_or(false)
}

/// What is asked of the client once it is ready: to tell of files that others change.
pub(super) fn watching() -> RegistrationParams {
    let watcher = |glob: &str| FileSystemWatcher { glob_pattern: GlobPattern::String(glob.to_owned()), kind: None };
    let options =
        DidChangeWatchedFilesRegistrationOptions { watchers: vec![watcher("**/*.loom"), watcher("**/loom.lock")] };
    RegistrationParams {
        registrations: vec![Registration {
            id: "contracts".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: serde_json::to_value(options).ok(),
        }],
    }
}

pub(super) fn server(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        type_definition_provider: Some(TypeDefinitionProviderCapability::Simple(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some([".", "@", ":", "{", "\"", "/"].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        semantic_tokens_provider: Some(
            SemanticTokensOptions {
                legend: colours::legend(),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                ..SemanticTokensOptions::default()
            }
            .into(),
        ),
        ..ServerCapabilities::default()
    }
}
