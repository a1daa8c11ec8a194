//! URIs of the protocol to paths and back.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use lsp_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands as it is in the path of a URI.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'+').remove(b'@');

/// The path of a file; one that is no file (a text that was never saved) has a path that no file has.
pub(super) fn path(uri: &Uri) -> PathBuf {
    let text = uri.as_str();
    let Some(rest) = text.strip_prefix("file:") else { return PathBuf::from(text.replace(['/', '\\'], "_")) };
    // The host, if there is one, is this machine.
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => rest,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let decoded = percent_decode_str(path).decode_utf8_lossy().replace('\0', "");
    PathBuf::from(without_drive_slash(&decoded))
}

/// `/c:/x` is `c:/x` to whoever has drives.
fn without_drive_slash(path: &str) -> &str {
    let bytes = path.as_bytes();
    let has_drive = matches!(bytes, [b'/', drive, b':', ..] if drive.is_ascii_alphabetic());
    if has_drive && (cfg!(windows) || bytes.get(3).is_some_and(|&it| it == b'/' || it == b'\\')) {
        return &path[1..];
    }
    path
}

/// The URI of a path.
pub(super) fn of_path(path: &Path) -> Option<Uri> {
    let text = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let slash = if text.starts_with('/') { "" } else { "/" };
    Uri::from_str(&format!("file://{slash}{}", utf8_percent_encode(&text, PLAIN))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_out_of_uris() {
        for (uri, wanted) in [
            ("file:///a/b.loom", "/a/b.loom"),
            ("file:///a%20b/%C3%A4.loom", "/a b/ä.loom"),
            ("file://localhost/a.loom", "/a.loom"),
            ("file:/a.loom", "/a.loom"),
            ("file:///c%3A/Users/a.loom", "c:/Users/a.loom"),
            ("file:///C:/Users/a.loom", "C:/Users/a.loom"),
            ("file://", "/"),
            ("file:///a.loom?x#y", "/a.loom"),
            ("file:///%FF.loom", "/\u{fffd}.loom"),
            ("untitled:Untitled-1", "untitled:Untitled-1"),
            ("git:/a/b.loom", "git:_a_b.loom"),
        ] {
            assert_eq!(path(&Uri::from_str(uri).unwrap()), PathBuf::from(wanted), "{uri}");
        }
    }

    #[test]
    fn uris_are_made_of_paths() {
        for wanted in ["/a/b.loom", "/a b/ä#?%.loom", "/x/[y]/@z+1.loom"] {
            assert_eq!(path(&of_path(Path::new(wanted)).unwrap()), PathBuf::from(wanted));
        }
    }
}
