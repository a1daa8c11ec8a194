//! Compression in gzip, both ways, of what is in one piece. What is inflated has a bound.
//!
//! Not brotli: of such answers it makes a twentieth less, as fast, for four crates more. Not zstd: it needs a C compiler, and half
//! the browsers.

use std::io::{self, Read as _, Write as _};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use http::{HeaderMap, header};

/// What takes longer than others should wait for runs beside them.
const BYTES_AT_ONCE: usize = 64 * 1024;

/// How the answers of a server are compressed, for callers that accept gzip.
///
/// ```
/// use wireloom::Server;
/// use wireloom::rest::Compression;
///
/// let server = Server::new().compression(Compression { bytes_min: 4096, ..Compression::default() });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Compression {
    /// Answers shorter than that go out as they are. 1 KiB unless said otherwise.
    pub bytes_min: usize,
    /// How hard it tries, 1 to 9. 4 unless said otherwise: beyond it the time doubles for a fiftieth.
    pub level: u32,
}

impl Default for Compression {
    fn default() -> Compression {
        Compression { bytes_min: 1024, level: 4 }
    }
}

/// Whether a request takes an answer in gzip.
pub(super) fn is_wanted(asked: &HeaderMap) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    let (mut named, mut any) = (None, None);
    for entry in values.flat_map(|value| value.split(',')) {
        let (coding, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let accepted = !is_zero(weight);
        match coding.trim() {
            coding if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") => {
                named = Some(accepted);
            }
            "*" => any = Some(accepted),
            _ => {}
        }
    }
    named.or(any).unwrap_or(false)
}

/// Whether a weight is `q=0`, with however many digits.
fn is_zero(weight: &str) -> bool {
    let weight = weight.trim();
    let value = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="));
    value.and_then(|value| value.trim().parse::<f32>().ok()).is_some_and(|value| value <= 0.0)
}

/// An answer in gzip.
pub(super) async fn compress(body: Bytes, level: u32) -> Bytes {
    let compress = move |body: &[u8]| {
        let out = Vec::with_capacity(body.len() / 4);
        let mut encoder = GzEncoder::new(out, flate2::Compression::new(level.clamp(1, 9)));
        encoder.write_all(body).and_then(|()| encoder.finish()).expect("memory takes all that is written")
    };
    beside_others(body, compress).await.into()
}

/// What is in gzip, inflated; `None` when that is longer than allowed. No more than that is inflated, whatever it would become.
///
/// # Errors
/// When it is no gzip, or breaks off.
pub(super) async fn inflate(body: Bytes, bytes_max: usize) -> io::Result<Option<Bytes>> {
    let inflate = move |body: &[u8]| {
        let mut inflated = Vec::with_capacity(bytes_max.min(body.len().saturating_mul(4)));
        let bound = (bytes_max as u64).saturating_add(1);
        MultiGzDecoder::new(body).take(bound).read_to_end(&mut inflated)?;
        Ok((inflated.len() <= bytes_max).then(|| inflated.into()))
    };
    beside_others(body, inflate).await
}

/// Works on a body: a short one here, a long one in a thread that nobody waits for.
async fn beside_others<T: Send + 'static>(body: Bytes, work: impl FnOnce(&[u8]) -> T + Send + 'static) -> T {
    if body.len() <= BYTES_AT_ONCE {
        return work(&body);
    }
    match tokio::task::spawn_blocking(move || work(&body)).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_accepts_gzip_says_so() {
        let asks = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
            is_wanted(&headers)
        };
        for accepted in ["gzip", "br, GZIP;q=0.5", "*", "deflate, *;q=0.1", "x-gzip", "gzip ; q=1.0", "*;q=0, gzip"] {
            assert!(asks(accepted), "{accepted}");
        }
        for refused in ["", "br", "gzip;q=0", "gzip; q=0.000, br", "*;q=0", "gzip;q=0, *", "gzipped"] {
            assert!(!asks(refused), "{refused}");
        }
        assert!(!is_wanted(&HeaderMap::new()), "who says nothing gets what it is");
    }

    #[tokio::test]
    async fn what_is_inflated_has_a_bound() {
        let text = Bytes::from(vec![b' '; 1_000_000]);
        let bomb = compress(text.clone(), 9).await;
        assert!(bomb.len() < 2_000);
        assert_eq!(inflate(bomb.clone(), 1_000_000).await.unwrap(), Some(text));
        assert_eq!(inflate(bomb.clone(), 999_999).await.unwrap(), None);
        let twice = Bytes::from([&bomb[..], &bomb[..]].concat());
        assert_eq!(inflate(twice, 1_500_000).await.unwrap(), None, "members count together");
        for broken in [&bomb[..bomb.len() - 1], b"", b"{}", &bomb[..5]] {
            assert!(inflate(Bytes::copy_from_slice(broken), 1_000_000).await.is_err());
        }
    }
}
