//! The service of `tests/contracts/vault`, served on every wire.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use wireloom::auth::{ApiKey, ApiKeys};
use wireloom::messaging::{Bus, Outcome};
use wireloom::policy::rate::Config;
use wireloom::{Context, Inbound, Scheme, Server, Stream};
use wireloom_tests::golden::vault::vault::*;

use crate::tokens;

/// Keeps secrets, and tells who was heard.
#[derive(Clone)]
pub(crate) struct Keeper {
    secrets: Arc<Mutex<BTreeMap<String, (String, u32)>>>,
    heard: mpsc::UnboundedSender<Option<String>>,
    called: Arc<Mutex<Option<Context>>>,
}

fn subject(cx: &Context) -> Option<String> {
    cx.principal().map(|principal| principal.subject().to_owned())
}

impl Vault for Keeper {
    async fn ping(&self, cx: &Context, _: PingRequest) -> Result<String, PingFault> {
        Ok(subject(cx).unwrap_or_else(|| "nobody".to_owned()))
    }

    async fn whoami(&self, cx: &Context, _: WhoamiRequest) -> Result<Caller, WhoamiFault> {
        *self.called.lock().expect("nobody panics") = Some(cx.clone());
        let principal = cx.principal().expect("it is not public");
        let scopes: Vec<String> = principal.scopes().map(str::to_owned).collect();
        Ok(Caller::new(principal.subject(), principal.scheme().as_str(), scopes))
    }

    async fn read(&self, _: &Context, input: ReadRequest) -> Result<Secret, ReadFault> {
        let secrets = self.secrets.lock().expect("nobody panics");
        match secrets.get(&input.name) {
            Some((text, _)) => Ok(Secret::new(input.name, text)),
            None => Err(Missing::new(input.name).into()),
        }
    }

    async fn write(&self, _: &Context, input: WriteRequest) -> Result<u32, WriteFault> {
        let mut secrets = self.secrets.lock().expect("nobody panics");
        let (text, times) = secrets.entry(input.secret.name).or_default();
        (*text, *times) = (input.secret.text, *times + 1);
        Ok(*times)
    }

    async fn purge(&self, _: &Context, _: PurgeRequest) -> Result<(), PurgeFault> {
        self.secrets.lock().expect("nobody panics").clear();
        Ok(())
    }

    async fn watch(
        &self,
        _: &Context,
        _: WatchRequest,
    ) -> Result<impl Stream<Item = Result<Secret, WatchFault>> + Send + 'static, WatchFault> {
        // One, and then nothing for ever.
        let first = futures_util::stream::once(async { Ok(Secret::new("a", "b")) });
        Ok(first.chain(futures_util::stream::pending()))
    }

    async fn upload(&self, _: &Context, mut input: Inbound<Secret>) -> Result<u32, UploadFault> {
        let mut count = 0;
        while let Some(secret) = input.next().await {
            secret?;
            count += 1;
        }
        Ok(count)
    }

    async fn chat(
        &self,
        _: &Context,
        input: Inbound<String>,
    ) -> Result<impl Stream<Item = Result<String, ChatFault>> + Send + 'static, ChatFault> {
        Ok(input.map(|said| Ok(said?)))
    }
}

impl VaultHandlers for Keeper {
    async fn alarmed(&self, cx: &Context, _: Alarm) -> Outcome {
        let _ = self.heard.send(subject(cx));
        Outcome::Done
    }
}

/// A vault that is served.
pub(crate) struct Served {
    pub(crate) http: SocketAddr,
    pub(crate) native: SocketAddr,
    pub(crate) bus: Bus,
    /// The text of an API key that may read.
    pub(crate) key: String,
    /// The text of another one, which is taken twice in an hour.
    pub(crate) rare: String,
    /// By whom the alarms were that were handled.
    pub(crate) heard: mpsc::UnboundedReceiver<Option<String>>,
    /// The context of the last call of `whoami`.
    pub(crate) called: Arc<Mutex<Option<Context>>>,
    serving: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The service, and by whom its alarms are.
pub(crate) fn keeper() -> (Keeper, mpsc::UnboundedReceiver<Option<String>>) {
    let (heard, alarms) = mpsc::unbounded_channel();
    (Keeper { secrets: Arc::default(), heard, called: Arc::default() }, alarms)
}

/// Serves one that knows callers by tokens and keys.
pub(crate) async fn serve() -> Served {
    serve_with(|server| server).await
}

/// The same, with something said of the server besides.
pub(crate) async fn serve_with(more: impl FnOnce(Server) -> Server) -> Served {
    let ((keeper, heard), bus) = (keeper(), Bus::memory());
    let (key, reader) = ApiKey::generate("reader");
    let (rare, visitor) = ApiKey::generate("visitor");
    let twice = Config { count: 1, period: Duration::from_secs(3600), burst: 2 };
    let keys = [reader.with_scopes(["vault:read"]), visitor.with_rate(twice).expect("it lets in")];
    let called = Arc::clone(&keeper.called);
    let server = Server::new()
        .serve(VaultServer::new(keeper))
        .verifier(Scheme::Jwt, tokens::verifier())
        .verifier(Scheme::ApiKey, ApiKeys::new(keys))
        .broker(&bus)
        .native("127.0.0.1:0");
    let bound = more(server).bind("127.0.0.1:0").await.expect("free ports");
    let (http, native) = (bound.local_addr().expect("HTTP"), bound.native_addr().expect("native RPC"));
    let serving = tokio::spawn(bound.run_until(std::future::pending()));
    Served { http, native, bus, key, rare, heard, called, serving }
}
