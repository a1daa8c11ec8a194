//! Whether a page may open a WebSocket here.
//!
//! The rules that keep pages of one origin from reading those of another do not hold for WebSocket: a browser connects
//! wherever a script wants, with the user's cookies, and only says from where. So the server must look.

use http::{HeaderMap, Uri, header};

/// Whether a request comes from no browser, from a page of the same host, or from one that is allowed.
pub(super) fn is_allowed(headers: &HeaderMap, uri: &Uri, allowed: &[String]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return true };
    let (Ok(origin), None) = (origin.to_str(), origins.next()) else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 has the host in the URI.
    let host = uri.authority().map(|authority| authority.as_str()).or(host);
    allowed.iter().any(|known| known.trim_end_matches('/').eq_ignore_ascii_case(origin))
        || host.is_some_and(|host| is_same_host(origin, host))
}

/// Whether a page of that origin came from that host, whatever the scheme: in front of a server may stand one that ends TLS.
fn is_same_host(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |authority: &str| authority.strip_suffix(port).unwrap_or(authority).to_ascii_lowercase();
    !authority.is_empty() && bare(authority) == bare(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_host_and_those_that_are_named_may_connect() {
        let allowed = ["https://shop.example".to_owned()];
        let judge = |origin: Option<&str>, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            is_allowed(&headers, &Uri::from_static("/ws"), &allowed)
        };
        for (origin, host) in [
            (None, "api.example"),
            (Some("https://shop.example"), "api.example"),
            (Some("HTTPS://Shop.example"), "api.example"),
            (Some("https://api.example"), "API.example"),
            (Some("https://api.example:443"), "api.example"),
            (Some("https://api.example"), "api.example:443"),
            (Some("http://127.0.0.1:8080"), "127.0.0.1:8080"),
        ] {
            assert!(judge(origin, host), "{origin:?} at {host}");
        }
        for (origin, host) in [
            ("https://evil.example", "api.example"),
            ("https://shop.example.evil.example", "api.example"),
            ("https://shop.example:8443", "api.example"),
            ("http://127.0.0.1:9090", "127.0.0.1:8080"),
            ("http://api.example:443", "api.example"),
            ("null", "api.example"),
            ("file://", ""),
            ("https://", ""),
            ("", "api.example"),
        ] {
            assert!(!judge(Some(origin), host), "{origin} at {host}");
        }
    }
}
