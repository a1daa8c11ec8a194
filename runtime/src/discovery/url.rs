//! The words of users: a URL says where endpoints are found.

use std::collections::BTreeMap;

use super::error::DiscoveryError;
use crate::endpoint::Endpoint;

/// A text of these is not looked at any further.
const BYTES_MAX: usize = 64 * 1024;

/// The endpoint of an address with or without scheme.
pub(super) fn endpoint(address: &str, scheme: &str) -> Result<Endpoint, DiscoveryError> {
    let is_whole = address.contains("://") || address.starts_with("unix:");
    let whole = if is_whole { address.to_owned() } else { format!("{scheme}://{address}") };
    Endpoint::new(&whole)
        .map_err(|_| DiscoveryError::invalid(format!("`{address}` is no address such as 10.0.0.1:8080")))
}

/// What kind of source a text names, and the rest of it. A list of addresses has no kind.
pub(super) fn kind(text: &str) -> Result<(&str, &str), DiscoveryError> {
    if text.len() > BYTES_MAX {
        return Err(DiscoveryError::invalid(format!("a text of {} bytes, {BYTES_MAX} may be", text.len())));
    }
    let kinds = ["file://", "dns://", "dns+srv://", "etcd://", "etcds://", "static:"];
    Ok(kinds.into_iter().find_map(|kind| Some((kind, text.strip_prefix(kind)?))).unwrap_or(("", text)))
}

/// A URL behind its `scheme://`, cut where it is to be cut.
#[derive(Debug)]
pub(super) struct Parts<'t> {
    /// Up to the first `/`.
    pub(super) authority: &'t str,
    /// From there on; empty or with a `/` in front.
    pub(super) path: &'t str,
    settings: BTreeMap<&'t str, &'t str>,
}

impl<'t> Parts<'t> {
    pub(super) fn of(rest: &'t str) -> Result<Parts<'t>, DiscoveryError> {
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let mut settings = BTreeMap::new();
        for setting in query.split('&').filter(|setting| !setting.is_empty()) {
            let Some((name, value)) = setting.split_once('=') else {
                return Err(DiscoveryError::invalid(format!("`{setting}` has no value, as in `scheme=http`")));
            };
            if settings.insert(name, value).is_some() {
                return Err(DiscoveryError::invalid(format!("`{name}` is said twice")));
            }
        }
        Ok(Parts { authority, path, settings })
    }

    /// Takes a setting out.
    pub(super) fn take(&mut self, name: &str) -> Option<&'t str> {
        self.settings.remove(name)
    }

    /// Refuses settings that nobody took.
    pub(super) fn end(self, known: &[&str]) -> Result<(), DiscoveryError> {
        let Some((name, _)) = self.settings.first_key_value() else { return Ok(()) };
        let known = known.join("`, `");
        Err(DiscoveryError::invalid(format!("there is no setting `{name}`; there are `{known}`")))
    }
}
