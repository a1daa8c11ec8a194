//! What is in no log and no span: the credentials of callers, and what the contract says is sensitive.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, Once};

use futures_util::StreamExt as _;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use wireloom::{Context, IdempotencyKey, Inbound};
use wireloom_tests::golden::vault::vault::*;

use crate::callers::{As, over_every_wire};
use crate::tokens;
use crate::vault::Served;

/// The secret.
const HUSH: &str = "hush-0f3a77c1";

over_every_wire! {
    nothing_secret_is_written_down
}

/// What is written down.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<u8>>>);

impl Journal {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Journal {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Has every place in the code ask, whenever it comes by, who wants to hear of it: otherwise one that is first come by while no test listens, just
/// as another begins to, is taken for one of which nobody ever does.
fn wants_to_be_asked() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let nothing = tracing_subscriber::registry().with(dynamic_filter_fn(|_, _| false));
        nothing.try_init().expect("nobody else listens");
    });
}

async fn nothing_secret_is_written_down<C: Vault>(served: &Served, client: impl Fn(Option<As>) -> C) {
    wants_to_be_asked();
    let journal = Journal::default();
    let writer = journal.clone();
    // Everything that is said, by every crate, with the fields of each span.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let (cx, token) = (Context::new().with_request_id("r-7"), tokens::token("alice", "vault:read vault:write", 60));
    {
        let _told = subscriber.set_default();
        let alice = client(Some(As::Bearer(token.clone())));
        let write = WriteRequest::new(Secret::new("a", HUSH), IdempotencyKey::random());
        alice.write(&cx, write.clone()).await.unwrap();
        assert_eq!(alice.read(&cx, ReadRequest::new("a")).await.unwrap().text, HUSH);
        let mut watched = pin!(alice.watch(&cx, WatchRequest::new()).await.unwrap());
        watched.next().await.unwrap().unwrap();
        // Calls that fail say why.
        let other = WriteRequest::new(Secret::new("b", HUSH), write.token.clone());
        alice.write(&cx, other).await.expect_err("the key was used for another input");
        let long = WriteRequest::new(Secret::new("a".repeat(81), HUSH), IdempotencyKey::random());
        alice.write(&cx, long).await.expect_err("the name is too long");
        alice.upload(&cx, Inbound::of([Secret::new("c", HUSH)])).await.ok();
        for brings in
            [As::Key(served.key.clone()), As::Key(format!("{}x", served.key)), As::Bearer(format!("{token}x"))]
        {
            client(Some(brings))
                .write(&cx, WriteRequest::new(Secret::new("d", HUSH), IdempotencyKey::random()))
                .await
                .ok();
        }
    }
    let text = journal.text();
    assert!(text.contains("vault.Vault/write") && text.contains("r-7"), "nothing was written down: {text}");
    let lines = |word: &str| text.lines().filter(|line| line.contains(word)).collect::<Vec<_>>().join("\n");
    for (what, word) in [("a secret", HUSH), ("a token", token.as_str()), ("a key", served.key.as_str())] {
        assert!(!text.contains(word), "{what} was written down:\n{}", lines(word));
    }
}
