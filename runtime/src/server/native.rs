//! What users say of native RPC's port, and hear of it.

use std::io;
use std::net::SocketAddr;

use super::{Bound, Server};
use crate::net::Address;
use crate::transport::rpc::NativePort;

impl Server {
    /// Serves native RPC as well, on a port of its own: `127.0.0.1:8081`, or `unix:/run/orders-native.sock`; port 0 takes a
    /// free one.
    pub fn native(self, address: impl Into<Address>) -> Server {
        self.port(NativePort::NAME, NativePort::open(address.into()))
    }

    /// Listens for native RPC only, where [`native`](Server::native) says.
    ///
    /// # Errors
    /// When that address cannot be listened at, or none was said.
    pub async fn bind_native(self) -> io::Result<Bound> {
        if !self.has_port(NativePort::NAME) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no address was said for native RPC"));
        }
        self.bind_own_ports().await
    }
}

impl Bound {
    /// The address at which it listens for native RPC.
    ///
    /// # Errors
    /// When it does not listen for native RPC, or at a Unix socket, or the system does not tell.
    pub fn native_addr(&self) -> io::Result<SocketAddr> {
        self.addr_of(NativePort::NAME)
    }
}
