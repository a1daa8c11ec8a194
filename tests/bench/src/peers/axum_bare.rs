//! axum with nothing around the handlers.

use std::io;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use super::{Listening, shop};

pub(super) async fn listen() -> io::Result<Listening> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| {
        // It is only slower without.
        let _ = stream.set_nodelay(true);
    });
    let serve = async move {
        // It never ends.
        let _ = axum::serve(listener, shop::routes()).await;
    };
    Ok((address, Box::pin(serve)))
}
