//! Where a program's policies are said: a file, followed while it changes, and the environment above it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file;
use super::followed::Refusal;
use super::layer::Layer;
use super::policies::{Policies, PoliciesError, Watcher};
use crate::files::{self, FollowedFile, POLL_DEFAULT};

/// Names the file.
const FILE_VARIABLE: &str = "WIRELOOM_POLICY_FILE";
/// Says what a file could say.
const VARIABLE: &str = "WIRELOOM_POLICY";
/// How often a file is looked at whether anybody still wants to know.
const ANYBODY: Duration = Duration::from_secs(60);
/// So long after a start, or a change, all services are known that a program serves and calls.
const SETTLED: Duration = Duration::from_secs(5);
/// Doubts that are told one by one.
const DOUBTS_MAX: usize = 20;

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
        let wrong = |what: String| PoliciesError::new(what);
        let above = match &self.above {
            Some(text) => file::read(Some(VARIABLE.to_owned()), text).map_err(|it| wrong(it.to_string()))?,
            None => Layer::default(),
        };
        let policies = Policies::default();
        // Before anything is put: of a service that becomes known meanwhile they hear.
        policies.start();
        let Some(path) = self.path else {
            let is_said = self.above.is_some();
            policies.put(above).map_err(|it| wrong(it.to_string()))?;
            if let (true, Ok(runtime)) = (is_said, tokio::runtime::Handle::try_current()) {
                runtime.spawn(settle(policies.watcher()));
            }
            return Ok(policies);
        };
        let text = files::read(&path, file::BYTES_MAX).map_err(|it| wrong(format!("{}: {it}", path.display())))?;
        let layer = file::read(Some(path.display().to_string()), &text).map_err(|it| wrong(it.to_string()))?;
        policies.put(above.over(&layer)).map_err(|it| wrong(it.to_string()))?;
        policies.inner().followed.begun();
        let followed = FollowedFile::new(path.clone(), POLL_DEFAULT, file::BYTES_MAX).after(&text);
        tokio::spawn(follow(path, followed, above, policies.watcher()));
        Ok(policies)
    }
}

/// Tells of doubts once the program has started.
async fn settle(policies: Watcher) {
    tokio::time::sleep(SETTLED).await;
    if let Some(policies) = policies.policies() {
        tell_doubts(&policies);
    }
}

/// Puts in force what the file says next, for as long as anybody wants to know.
async fn follow(path: PathBuf, mut followed: FollowedFile, above: Layer, policies: Watcher) {
    let mut is_settled = false;
    loop {
        let patience = if is_settled { ANYBODY } else { SETTLED };
        let news = tokio::time::timeout(patience, followed.news()).await;
        let Some(policies) = policies.policies() else { return };
        match news {
            Err(_) if is_settled => {}
            Err(_) => {
                tell_doubts(&policies);
                is_settled = true;
            }
            Ok(news) => {
                let read = news.map_err(|unreadable| (Refusal::Text, format!("{}: {unreadable}", path.display())));
                is_settled &= !change(&policies, &path, read, &above);
            }
        }
    }
}

/// Puts in force what the file says now, if it can be; tells whether it is.
fn change(policies: &Policies, path: &Path, read: Result<String, (Refusal, String)>, above: &Layer) -> bool {
    let put = read.and_then(|text| {
        let layer = file::read(Some(path.display().to_string()), &text);
        let layer = layer.map_err(|wrong| (Refusal::Text, wrong.to_string()))?;
        policies.put(above.over(&layer)).map_err(|wrong| (wrong.reason(), wrong.to_string()))
    });
    let followed = &policies.inner().followed;
    match &put {
        Ok(()) => {
            followed.accepted();
            tracing::info!("the policies have changed");
        }
        Err((why, wrong)) => {
            followed.held_back(*why);
            tracing::error!(%wrong, "the policies beside the contract cannot be; those of before hold");
        }
    }
    put.is_ok()
}

/// Tells what is said and changes nothing here: of a service that this program has not, or of the other side of one.
fn tell_doubts(policies: &Policies) {
    let doubts = policies.doubts();
    for doubt in doubts.iter().take(DOUBTS_MAX) {
        tracing::warn!(%doubt, "a policy beside the contract changes nothing in this program");
    }
    if let Some(more) = doubts.len().checked_sub(DOUBTS_MAX).filter(|more| *more > 0) {
        tracing::warn!(more, "and further policies change nothing in this program");
    }
}
