//! One client's session: what is open, and the projects that it belongs to.

use std::path::{Path, PathBuf};

use lsp_server::Notification;
use lsp_types::notification::{self as notices, Notification as _};
use lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    LogMessageParams, MessageType, PublishDiagnosticsParams, Uri,
};
use serde::de::DeserializeOwned;

use super::capabilities::Client;
use super::diagnostics;
use super::documents::Documents;
use super::project::Project;
use super::uri;

/// What is known between messages.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) documents: Documents,
    projects: Vec<Project>,
}

impl Session {
    pub(super) fn new(client: Client) -> Session {
        Session { client, documents: Documents::default(), projects: Vec::new() }
    }

    /// Takes a notification; what is not known, or not what it should be, is passed over, as the protocol wants it.
    pub(super) fn notice(&mut self, notice: Notification) {
        match notice.method.as_str() {
            notices::DidOpenTextDocument::METHOD => self.with(notice, Session::opened),
            notices::DidChangeTextDocument::METHOD => self.with(notice, Session::changed),
            notices::DidCloseTextDocument::METHOD => self.with(notice, |session, params| session.closed(&params)),
            notices::DidChangeWatchedFiles::METHOD => self.with(notice, Session::watched),
            _ => {}
        }
    }

    fn with<P: DeserializeOwned>(&mut self, notice: Notification, take: impl FnOnce(&mut Session, P)) {
        if let Ok(params) = serde_json::from_value(notice.params) {
            take(self, params);
        }
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let it = params.text_document;
        let path = self.documents.open(it.uri, it.version, it.text);
        let project = self.project_mut(&path);
        project.outdate();
        project.tell_anew(&path);
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let it = params.text_document;
        let encoding = self.client.encoding;
        let Some(path) = self.documents.change(&it.uri, it.version, params.content_changes, encoding) else { return };
        let Some(document) = self.documents.get(&path) else { return };
        for project in self.projects.iter_mut().filter(|project| project.reaches(&path)) {
            project.edit(&path, &document.text);
        }
    }

    fn closed(&mut self, params: &DidCloseTextDocumentParams) {
        let path = self.documents.close(&params.text_document.uri);
        self.touched(&path);
    }

    fn watched(&mut self, params: DidChangeWatchedFilesParams) {
        for change in params.changes {
            let path = wireloom_codegen::load::canonical(&uri::path(&change.uri));
            // What is open is what the editor says it is.
            if self.documents.get(&path).is_none() {
                self.touched(&path);
            }
        }
    }

    fn touched(&mut self, path: &Path) {
        self.projects.iter_mut().filter(|project| project.reaches(path)).for_each(Project::outdate);
    }

    /// The project of a file, made if it is the first one asked for; its names are up to date.
    pub(super) fn project(&mut self, uri: &Uri) -> (&Project, &Documents, PathBuf) {
        let path = self.documents.path_of(uri);
        let index = self.index_of(&path);
        self.projects[index].refresh_names(&self.documents);
        (&self.projects[index], &self.documents, path)
    }

    /// The same, checked.
    pub(super) fn checked_project(&mut self, uri: &Uri) -> (&Project, &Documents, PathBuf) {
        let path = self.documents.path_of(uri);
        let index = self.index_of(&path);
        self.projects[index].refresh(&self.documents);
        (&self.projects[index], &self.documents, path)
    }

    /// All projects, their names up to date.
    pub(super) fn projects(&mut self) -> (&[Project], &Documents) {
        self.projects.iter_mut().for_each(|project| project.refresh_names(&self.documents));
        (&self.projects, &self.documents)
    }

    /// The folders of all projects.
    pub(super) fn roots(&self) -> impl Iterator<Item = PathBuf> {
        self.projects.iter().map(|project| project.root().to_owned())
    }

    fn project_mut(&mut self, path: &Path) -> &mut Project {
        let index = self.index_of(path);
        &mut self.projects[index]
    }

    fn index_of(&mut self, path: &Path) -> usize {
        let root = self.client.root_of(path);
        let known = self.projects.iter().position(|project| project.root() == root);
        known.unwrap_or_else(|| {
            self.projects.push(Project::new(root, self.client.includes.clone()));
            self.projects.len() - 1
        })
    }

    /// The diagnostics that changed since they were told last, of all projects.
    pub(super) fn news(&mut self) -> Vec<Notification> {
        let mut news: Vec<_> = self.documents.take_lost().iter().map(|path| log(lost(path))).collect();
        for project in self.projects.iter_mut().filter(|project| project.is_unpublished()) {
            project.refresh(&self.documents);
            let mut found = diagnostics::by_file(project, &self.documents, self.client.encoding);
            // A publication replaces the one before it: only one project may speak of a file.
            found.retain(|path, _| self.client.root_of(path) == project.root());
            let lines: Vec<String> = diagnostics::placeless(project).collect();
            news.extend(project.tell_lines(lines).into_iter().map(log));
            for (path, diagnostics) in project.tell(found) {
                let Some(uri) = self.documents.uri_of(&path) else { continue };
                let version = self.documents.get(&path).map(|document| document.version);
                let params = PublishDiagnosticsParams { uri, diagnostics, version };
                news.push(Notification::new(notices::PublishDiagnostics::METHOD.to_owned(), params));
            }
        }
        // A project without an open file is followed until all that was told of it is taken back.
        let documents = &self.documents;
        self.projects.retain(|project| documents.iter().any(|(path, _)| project.reaches(path)) || project.has_told());
        news
    }
}

fn lost(path: &Path) -> String {
    format!("{} is too large: it counts as empty until its whole text is sent again", path.display())
}

fn log(message: String) -> Notification {
    let params = LogMessageParams { typ: MessageType::WARNING, message };
    Notification::new(notices::LogMessage::METHOD.to_owned(), params)
}
