//! Where a server listens.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use super::own::{Accept, OwnPlace};

/// Where a server listens: host and port, `127.0.0.1:8080`, or a Unix socket, `unix:/run/orders.sock`.
///
/// ```
/// use wireloom::Address;
///
/// let everywhere: Address = "0.0.0.0:8080".into();
/// let here = Address::unix("/run/orders.sock").mode(0o600);
/// # let _ = (everywhere, here);
/// ```
///
/// The file of a Unix socket is made when the server starts and removed when it stops listening. One that a server left behind
/// is replaced; one at which somebody listens, or which is no socket, is not. There is no TLS on it: who may connect, the file's
/// mode says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub(super) at: At,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// Host and port.
    Name(String),
    Tcp(SocketAddr),
    Unix {
        path: PathBuf,
        mode: u32,
    },
    Own(OwnPlace),
}

/// Its owner and its group may connect.
const MODE_DEFAULT: u32 = 0o660;

impl Address {
    /// A Unix socket.
    pub fn unix(path: impl Into<PathBuf>) -> Address {
        Address { at: At::Unix { path: path.into(), mode: MODE_DEFAULT } }
    }

    /// A place of one's own.
    ///
    /// ```
    /// # async fn start(given: std::net::TcpListener) -> std::io::Result<()> {
    /// use tokio::net::TcpListener;
    /// use wireloom::Address;
    ///
    /// // A socket that the program was given when it was started.
    /// given.set_nonblocking(true)?;
    /// let here = Address::own(TcpListener::from_std(given)?);
    /// # drop(here);
    /// # Ok(())
    /// # }
    /// ```
    pub fn own(place: impl Accept) -> Address {
        Address { at: At::Own(OwnPlace(Arc::new(place))) }
    }

    /// Who may connect to a Unix socket, as a mode of files: `0o660`, its owner and its group, unless said otherwise.
    #[must_use]
    pub fn mode(mut self, connectable_by: u32) -> Address {
        if let At::Unix { mode, .. } = &mut self.at {
            *mode = connectable_by;
        }
        self
    }
}

impl From<&str> for Address {
    fn from(address: &str) -> Address {
        match address.strip_prefix("unix:") {
            Some(path) => Address::unix(path),
            None => Address { at: At::Name(address.to_owned()) },
        }
    }
}

impl From<String> for Address {
    fn from(address: String) -> Address {
        Address::from(address.as_str())
    }
}

impl From<&String> for Address {
    fn from(address: &String) -> Address {
        Address::from(address.as_str())
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Address {
        Address { at: At::Tcp(address) }
    }
}

impl From<(IpAddr, u16)> for Address {
    fn from(address: (IpAddr, u16)) -> Address {
        SocketAddr::from(address).into()
    }
}

impl From<([u8; 4], u16)> for Address {
    fn from(address: ([u8; 4], u16)) -> Address {
        SocketAddr::from(address).into()
    }
}

impl From<(&str, u16)> for Address {
    fn from((host, port): (&str, u16)) -> Address {
        // An address of IPv6 stands in brackets where a port is behind it.
        match host.parse::<IpAddr>() {
            Ok(address) => (address, port).into(),
            Err(_) => Address { at: At::Name(format!("{host}:{port}")) },
        }
    }
}
