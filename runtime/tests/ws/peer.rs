//! A peer that speaks WebSocket and nothing above it.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Bytes, Message};

pub(crate) const JSON: &str = "loom.v1.json";
pub(crate) const BINARY: &str = "loom.v1.bin";

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Peer {
    pub(crate) socket: WebSocketStream<TcpStream>,
}

impl Peer {
    pub(crate) async fn connect(address: SocketAddr, protocol: &str) -> Peer {
        Peer::connect_with(address, protocol, &[]).await
    }

    pub(crate) async fn connect_with(
        address: SocketAddr,
        protocol: &str,
        headers: &[(&'static str, &'static str)],
    ) -> Peer {
        let mut request = format!("ws://{address}/ws/notes").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let socket = TcpStream::connect(address).await.unwrap();
        let (socket, _) = tokio_tungstenite::client_async(request, socket).await.unwrap();
        Peer { socket }
    }

    /// A peer in JSON that has said hello.
    pub(crate) async fn greeted(address: SocketAddr) -> Peer {
        let mut peer = Peer::connect(address, JSON).await;
        peer.say(r#"{"t":"hello"}"#).await;
        assert_eq!(peer.hear().await["t"], "ready");
        peer
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// The next frame in JSON.
    pub(crate) async fn hear(&mut self) -> Json {
        let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a frame comes");
        serde_json::from_str(message.unwrap().unwrap().to_text().unwrap()).unwrap()
    }

    /// Sends messages, then reads to the end: the code of the last "go away" and that of the close frame.
    pub(crate) async fn end(mut self, messages: Vec<Message>) -> (Option<u64>, Option<u16>) {
        for message in messages {
            // A server that has heard enough takes no more.
            if self.socket.send(message).await.is_err() {
                break;
            }
        }
        let (mut told, mut closed) = (None, None);
        let reading = async {
            while let Some(Ok(message)) = self.socket.next().await {
                match message {
                    Message::Text(text) => {
                        let frame: Json = serde_json::from_str(&text).unwrap();
                        if frame["t"] == "goaway" {
                            told = frame["code"].as_u64();
                        }
                    }
                    Message::Binary(frame) if frame[4] == 11 => {
                        told = Some(u64::from(u32::from_le_bytes(frame[12..16].try_into().unwrap())));
                    }
                    Message::Close(frame) => closed = frame.map(|frame| frame.code.into()),
                    _ => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("the server ends the connection");
        (told, closed)
    }
}

pub(crate) fn text(text: impl Into<String>) -> Message {
    Message::text(text.into())
}

pub(crate) fn binary(bytes: Vec<u8>) -> Message {
    Message::Binary(Bytes::from(bytes))
}

/// A request of HTTP/1.1, and all that is answered.
pub(crate) async fn http(address: SocketAddr, headers: &str) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /ws/notes HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// A socket on which everything may be written, upgraded to that protocol.
pub(crate) async fn raw(address: SocketAddr, protocol: &str) -> TcpStream {
    let peer = Peer::connect(address, protocol).await;
    peer.socket.into_inner()
}
