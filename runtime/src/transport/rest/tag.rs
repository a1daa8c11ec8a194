//! Entity tags (RFC 9110, section 8.8.3): strong ones, made of an answer's bytes.

use std::hash::{DefaultHasher, Hasher as _};

use http::{HeaderMap, HeaderValue, header};

/// What stands behind a tag where its answer is compressed.
const COMPRESSED: &str = "-gzip";

/// The tag of an answer, the same in every replica of a server: two hashes without keys, as one has too few bits to tell
/// answers apart that somebody has chosen.
pub(super) fn of(body: &[u8]) -> HeaderValue {
    let [one, other] = [0, 1].map(|seed| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(seed);
        hasher.write(body);
        hasher.finish()
    });
    HeaderValue::try_from(format!("\"{one:016x}{other:016x}\"")).expect("digits are visible ASCII")
}

/// The tag of the same answer, compressed.
pub(super) fn compressed(tag: &HeaderValue) -> HeaderValue {
    let opaque = tag.to_str().unwrap_or_default().trim_matches('"');
    HeaderValue::try_from(format!("\"{opaque}{COMPRESSED}\"")).expect("it is as visible as it was")
}

/// The tag under which who asks has the answer already, if so: `If-None-Match` names it, compressed or not, or says that any will do.
pub(super) fn known(asked: &HeaderMap, tag: &HeaderValue) -> Option<HeaderValue> {
    let opaque = tag.to_str().ok()?.trim_matches('"');
    let named = asked.get_all(header::IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    // A comma may stand in a tag, though not in ours.
    named.flat_map(|value| value.split(',')).map(str::trim).find_map(|named| {
        if named == "*" {
            return Some(tag.clone());
        }
        // Compared weakly, as the RFC says: caches on the way may have made it weak.
        let strong = named.strip_prefix("W/").unwrap_or(named);
        let inner = strong.strip_prefix('"')?.strip_suffix('"')?;
        let is_known = inner == opaque || inner.strip_suffix(COMPRESSED) == Some(opaque);
        if is_known { HeaderValue::try_from(strong).ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_in_every_form() {
        let tag = of(b"{}");
        assert_eq!(tag, of(b"{}"), "no key that changes");
        assert_ne!(tag, of(b"{ }"));
        let text = tag.to_str().unwrap();
        assert_eq!(text.len(), 34);
        let gzip = compressed(&tag);
        let asks = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.append(header::IF_NONE_MATCH, value.parse().unwrap());
            known(&headers, &tag)
        };
        assert_eq!(asks(text).as_ref(), Some(&tag));
        assert_eq!(asks("*").as_ref(), Some(&tag));
        assert_eq!(asks(&format!("W/{text}")).as_ref(), Some(&tag));
        assert_eq!(asks(&format!("\"other\", {}", gzip.to_str().unwrap())).as_ref(), Some(&gzip));
        for other in ["\"other\"", "", ",", "\"", text.trim_matches('"'), "\"-gzip\"", "W/", "\"*\""] {
            assert_eq!(asks(other), None, "{other}");
        }
    }
}
