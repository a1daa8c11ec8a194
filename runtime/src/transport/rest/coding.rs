//! How the body of a message is coded, and what is taken of that.

use bytes::Bytes;
use http::{HeaderMap, header};

use crate::fault::{Code, Fault};

/// How a message's body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    Gzip,
    Unknown,
}

impl Coding {
    /// The coding that a message's headers name.
    pub(super) fn of(headers: &HeaderMap) -> Coding {
        let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
        match (values.next().map(|value| value.to_str().unwrap_or("?").trim()), values.next()) {
            (None, _) => Coding::Plain,
            (Some(one), None) if one.eq_ignore_ascii_case("gzip") || one.eq_ignore_ascii_case("x-gzip") => Coding::Gzip,
            (Some(one), None) if one.eq_ignore_ascii_case("identity") => Coding::Plain,
            _ => Coding::Unknown,
        }
    }

    /// A body as it was before; `None` when that is longer than allowed.
    ///
    /// # Errors
    /// When it is not in this coding.
    pub(super) async fn undone(self, body: Bytes, bytes_max: usize) -> Result<Option<Bytes>, Fault> {
        match self {
            Coding::Plain => Ok(Some(body)),
            #[cfg(feature = "compression")]
            Coding::Gzip => super::gzip::inflate(body, bytes_max)
                .await
                .map_err(|error| Fault::new(Code::InvalidArgument, "the body is no gzip").with_source(error)),
            _ => {
                let _ = bytes_max;
                Err(Fault::new(Code::InvalidArgument, "the body is in a coding that is not taken here"))
            }
        }
    }
}
