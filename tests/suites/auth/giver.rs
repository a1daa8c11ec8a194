//! An authorization server of these tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wireloom::auth::ClientCredentials;

/// One that gives tokens, until it is dropped.
pub(crate) struct Giver {
    address: SocketAddr,
    asked: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl Drop for Giver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Giver {
    /// Gives one token after the other, the last one for ever.
    pub(crate) async fn of(tokens: Vec<String>) -> Giver {
        Giver::answering(move |number, _| Answer::token(&tokens[number.min(tokens.len() - 1)], "Bearer")).await
    }

    /// Takes connections, and answers nobody.
    pub(crate) async fn hanging() -> Giver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let _listener = listener;
            std::future::pending().await
        });
        Giver { address, asked: Arc::default(), serving }
    }

    /// Answers that to a request, of which it is told the number, from 0, and the text.
    pub(crate) async fn answering(answer: impl Fn(usize, &str) -> Answer + Send + 'static) -> Giver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
        let count = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut text = vec![0; 8192];
                // A short form comes in one piece.
                let length = stream.read(&mut text).await.unwrap_or_default();
                let Answer(answer) =
                    answer(count.fetch_add(1, Ordering::SeqCst), &String::from_utf8_lossy(&text[..length]));
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Giver { address, asked, serving }
    }

    /// Credentials of a service that asks it.
    pub(crate) fn credentials(&self) -> ClientCredentials {
        ClientCredentials::new(&format!("http://{}/token", self.address), "billing", "its secret").unwrap()
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// What it answers with.
pub(crate) struct Answer(String);

impl Answer {
    pub(crate) fn token(token: &str, kind: &str) -> Answer {
        let body = format!(r#"{{"access_token":"{token}","token_type":"{kind}","expires_in":300}}"#);
        Answer(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
    }

    pub(crate) fn status(status: u16, body: &str) -> Answer {
        Answer(format!("HTTP/1.1 {status} .\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
    }

    /// It wants to see that in a proof.
    pub(crate) fn wants(nonce: &str) -> Answer {
        let body = r#"{"error":"use_dpop_nonce"}"#;
        let length = body.len();
        Answer(format!("HTTP/1.1 400 Bad Request\r\ndpop-nonce: {nonce}\r\ncontent-length: {length}\r\n\r\n{body}"))
    }

    /// As a server of calls says the same.
    pub(crate) fn challenge(nonce: &str) -> Answer {
        let challenge = "www-authenticate: DPoP error=\"use_dpop_nonce\"\r\ncontent-length: 0\r\nconnection: close";
        Answer(format!("HTTP/1.1 401 Unauthorized\r\ndpop-nonce: {nonce}\r\n{challenge}\r\n\r\n"))
    }
}
