//! Where a program's policies are said: a file, followed while it changes, and the environment above it.

use std::path::PathBuf;
use std::time::Duration;

use super::file;
use super::layer::Layer;
use super::policies::{Policies, PoliciesError, Watcher};
use crate::files::{self, FollowedFile, POLL_DEFAULT};

/// Names the file.
const FILE_VARIABLE: &str = "WIRELOOM_POLICY_FILE";
/// Says what a file could say.
const VARIABLE: &str = "WIRELOOM_POLICY";
/// How often a file is looked at whether anybody still wants to know.
const ANYBODY: Duration = Duration::from_secs(60);

/// A file, and what is said above it.
pub(super) struct Source {
    path: Option<PathBuf>,
    above: Option<String>,
}

impl Source {
    /// What the environment says.
    pub(super) fn of_env() -> Source {
        let path = std::env::var_os(FILE_VARIABLE).filter(|path| !path.is_empty());
        Source { path: path.map(PathBuf::from), above: std::env::var(VARIABLE).ok() }
    }

    /// A file.
    pub(super) fn of_file(path: PathBuf) -> Source {
        Source { path: Some(path), above: None }
    }

    /// The policies that are said there, from now on.
    pub(super) fn policies(self) -> Result<Policies, PoliciesError> {
        let above = match &self.above {
            Some(text) => file::read(text).map_err(|wrong| PoliciesError::new(format!("{VARIABLE}: {wrong}")))?,
            None => Layer::default(),
        };
        let policies = Policies::default();
        let Some(path) = self.path else {
            policies.replace(above);
            return Ok(policies);
        };
        let wrong = |what: String| PoliciesError::new(format!("{}: {what}", path.display()));
        let text = files::read(&path, file::BYTES_MAX).map_err(|unreadable| wrong(unreadable.to_string()))?;
        policies.replace(above.over(&file::read(&text).map_err(wrong)?));
        let followed = FollowedFile::new(path, POLL_DEFAULT, file::BYTES_MAX).after(&text);
        tokio::spawn(follow(followed, above, policies.watcher()));
        Ok(policies)
    }
}

/// Puts in force what the file says next, for as long as anybody wants to know.
async fn follow(mut followed: FollowedFile, above: Layer, policies: Watcher) {
    loop {
        let Ok(news) = tokio::time::timeout(ANYBODY, followed.news()).await else {
            if policies.is_gone() {
                return;
            }
            continue;
        };
        let read = news.map_err(|unreadable| unreadable.to_string()).and_then(|text| file::read(&text));
        match read {
            Ok(layer) => {
                let Some(()) = policies.replace(above.over(&layer)) else { return };
                tracing::info!("the policies have changed");
            }
            Err(wrong) => tracing::error!(%wrong, "the policies beside the contract cannot be; those of before hold"),
        }
    }
}
