//! The pages that may use a server: which origins those have.
//!
//! A browser lets pages of other origins read answers only where the server says so (CORS), and asks nobody before it opens a
//! WebSocket. Both go by the same list.

use std::io;

use http::{HeaderMap, Uri, header};

/// Origins that are named: `https://shop.example`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins {
    named: Vec<String>,
}

impl Origins {
    pub(crate) fn extend(&mut self, origins: impl IntoIterator<Item = impl Into<String>>) {
        self.named.extend(origins.into_iter().map(Into::into));
    }

    /// These and those.
    pub(crate) fn and(mut self, others: &Origins) -> Origins {
        self.extend(others.named.iter().map(String::as_str));
        self
    }

    /// What is no origin among them is a mistake that would else show in somebody's browser.
    ///
    /// # Errors
    /// The first that is none.
    pub(crate) fn check(&self) -> io::Result<()> {
        match self.named.iter().find(|named| !is_origin(named.trim_end_matches('/'))) {
            None => Ok(()),
            Some(wrong) => {
                let message = format!("`{wrong}` is no origin such as https://shop.example");
                Err(io::Error::new(io::ErrorKind::InvalidInput, message))
            }
        }
    }

    /// Whether that origin is named.
    pub(crate) fn name(&self, origin: &str) -> bool {
        self.named.iter().any(|named| named.trim_end_matches('/').eq_ignore_ascii_case(origin))
    }

    /// Whether a request comes from no browser, from a page of the same host, or from one that is named.
    pub(crate) fn allow(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else { return true };
        let (Ok(origin), None) = (origin.to_str(), origins.next()) else { return false };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        // HTTP/2 has the host in the URI.
        let host = uri.authority().map(|authority| authority.as_str()).or(host);
        self.name(origin) || host.is_some_and(|host| is_same_host(origin, host))
    }
}

/// Whether a text is scheme, host and perhaps port, and nothing more.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let Some(authority) = uri.authority() else { return false };
    text.split_once("://").is_some_and(|(_, rest)| rest == authority.as_str()) && !authority.as_str().contains('@')
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
        let mut allowed = Origins::default();
        allowed.extend(["https://shop.example"]);
        let judge = |origin: Option<&str>, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            allowed.allow(&headers, &Uri::from_static("/ws"))
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

    #[test]
    fn what_is_no_origin_is_told() {
        let check = |text: &str| {
            let mut origins = Origins::default();
            origins.extend([text]);
            origins.check()
        };
        for right in ["https://shop.example", "http://127.0.0.1:8080", "https://shop.example/", "capacitor://localhost"]
        {
            check(right).unwrap();
        }
        for wrong in ["shop.example", "*", "https://shop.example/app", "https://a@shop.example", "https://", "null", ""]
        {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
