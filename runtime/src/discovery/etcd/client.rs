//! Calls to etcd's gateway: one member after the other, each bounded in time and size.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::messages::{Authenticate, Authenticated, Refused};
use crate::discovery::error::DiscoveryError;
use crate::net::{CONNECT_TIME_MAX, Connector, HttpConnector, PoolTimes, Protocol};

/// The port of etcd where none is said.
const PORT: u16 = 2379;
/// Members of a cluster at most.
const MEMBERS_MAX: usize = 16;
/// How long a connection is kept that was made for an answer which came too late.
const IDLE_TIME_MAX: Duration = Duration::from_secs(5);
/// Bytes of an answer, and of an item of a stream, at most. etcd's own bound of a request is 1.5 MiB, and a list has many values.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Speaks to a cluster.
pub(super) struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    scheme: &'static str,
    members: Vec<String>,
    /// Counts on where a member fails; by it the next is chosen.
    turn: AtomicUsize,
    answer_time_max: Duration,
    login: Option<Login>,
    token: Mutex<Option<HeaderValue>>,
}

/// How members are reached.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) connector: Connector,
    pub(super) scheme: &'static str,
}

impl Way {
    /// In clear text.
    pub(super) fn plain() -> Way {
        Way { connector: Connector::default(), scheme: "http" }
    }

    #[cfg(feature = "tls")]
    pub(super) fn secured(tls: crate::tls::ClientTls) -> Way {
        Way { connector: Connector::default().secured(tls), scheme: "https" }
    }
}

/// Who we are to etcd.
pub(super) struct Login {
    name: String,
    password: String,
}

impl Login {
    /// From `name:password`, as URLs have it.
    pub(super) fn read(text: &str) -> Result<Login, DiscoveryError> {
        let decoded = |part| percent_encoding::percent_decode_str(part).decode_utf8().map(String::from);
        let read =
            text.split_once(':').and_then(|(name, password)| Some((decoded(name).ok()?, decoded(password).ok()?)));
        // The text is not shown: it is a secret.
        let (name, password) = read
            .ok_or_else(|| DiscoveryError::invalid("who logs in is said as `name:password@`, in percent encoding"))?;
        Ok(Login { name, password })
    }
}

/// Why a member did not do what was asked.
enum Failure {
    /// It, or the way to it, is not there: another may be.
    Gone(DiscoveryError),
    /// It does not know us, or no longer.
    Unknown(DiscoveryError),
    /// It has said no.
    Refused(DiscoveryError),
}

impl Client {
    pub(super) fn new<'m>(
        members: impl IntoIterator<Item = &'m str>,
        way: Way,
        login: Option<Login>,
        answer_time_max: Duration,
    ) -> Result<Client, DiscoveryError> {
        let members = members.into_iter().map(member).collect::<Result<Vec<_>, _>>()?;
        if !(1..=MEMBERS_MAX).contains(&members.len()) {
            return Err(DiscoveryError::invalid(format!("from 1 to {MEMBERS_MAX} members of etcd are named")));
        }
        // HTTP/1.1: a watch that is given up is a connection that is closed, which nobody can miss.
        let times = PoolTimes { connect_max: CONNECT_TIME_MAX, idle_max: IDLE_TIME_MAX };
        let connector = HttpConnector::new(way.connector, Protocol::Http1, times);
        let http = Http::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        // Clients of one cluster begin with different members.
        let turn = AtomicUsize::new(crate::policy::Rng::seeded(crate::discovery::seed()).below(members.len()));
        Ok(Client { http, scheme: way.scheme, members, turn, answer_time_max, login, token: Mutex::default() })
    }

    /// Asks for one answer.
    pub(super) async fn call<A: DeserializeOwned>(
        &self,
        path: &str,
        ask: &impl Serialize,
    ) -> Result<A, DiscoveryError> {
        let body = bytes_of(ask);
        let answer = self.of_any_member(|member| self.answer(member, path, body.clone())).await?;
        serde_json::from_slice(&answer).map_err(|error| {
            DiscoveryError::unavailable(format!("etcd answers {path} as nobody would")).with_source(error)
        })
    }

    /// Asks for a stream of answers.
    pub(super) async fn stream(&self, path: &str, ask: &impl Serialize) -> Result<Lines, DiscoveryError> {
        let body = bytes_of(ask);
        let response = self.of_any_member(|member| self.send(member, path, body.clone())).await?;
        Ok(Lines { body: response.into_body(), buffered: Vec::new() })
    }

    /// Asks members in turn until one has answered.
    async fn of_any_member<T, F>(&self, ask: impl Fn(String) -> F) -> Result<T, DiscoveryError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut tries = self.members.len();
        let mut may_log_in = self.login.is_some();
        loop {
            let turn = self.turn.load(Ordering::Relaxed);
            let member = &self.members[turn % self.members.len()];
            match ask(member.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Refused(error)) => return Err(error),
                Err(Failure::Unknown(error)) if !may_log_in => return Err(error),
                Err(Failure::Unknown(_)) => {
                    may_log_in = false;
                    match self.log_in(member.clone()).await {
                        Ok(()) => continue,
                        Err(Failure::Gone(error)) => self.next_member(turn, &mut tries, error)?,
                        Err(Failure::Unknown(error) | Failure::Refused(error)) => return Err(error),
                    }
                }
                Err(Failure::Gone(error)) => self.next_member(turn, &mut tries, error)?,
            }
        }
    }

    /// It is the next member's turn; the error stands when all had theirs.
    fn next_member(&self, turn: usize, tries: &mut usize, error: DiscoveryError) -> Result<(), DiscoveryError> {
        // Another call may have found out the same.
        let _ = self.turn.compare_exchange(turn, turn.wrapping_add(1), Ordering::Relaxed, Ordering::Relaxed);
        *tries -= 1;
        if *tries == 0 { Err(error) } else { Ok(()) }
    }

    async fn log_in(&self, member: String) -> Result<(), Failure> {
        let Some(login) = &self.login else { return Ok(()) };
        let ask = Authenticate { name: &login.name, password: &login.password };
        let answer = self.answer(member, "/v3/auth/authenticate", bytes_of(&ask)).await?;
        let wrong = || Failure::Gone(DiscoveryError::unavailable("etcd gives no token"));
        let authenticated: Authenticated = serde_json::from_slice(&answer).map_err(|_| wrong())?;
        let mut token = HeaderValue::try_from(authenticated.token).map_err(|_| wrong())?;
        token.set_sensitive(true);
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(())
    }

    /// A member's whole answer.
    async fn answer(&self, member: String, path: &str, body: Bytes) -> Result<Bytes, Failure> {
        let response = self.send(member.clone(), path, body).await?;
        let whole = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect();
        let gone = |error| {
            Failure::Gone(DiscoveryError::unavailable(format!("etcd at {member} broke off")).with_source(error))
        };
        match tokio::time::timeout(self.answer_time_max, whole).await {
            Ok(Ok(whole)) => Ok(whole.to_bytes()),
            Ok(Err(error)) => Err(gone(std::io::Error::other(error))),
            Err(late) => Err(gone(std::io::Error::other(late))),
        }
    }

    /// The head of a member's answer that is none of an error.
    async fn send(&self, member: String, path: &str, body: Bytes) -> Result<Response<Incoming>, Failure> {
        let mut request =
            Request::post(format!("{}://{member}{path}", self.scheme)).header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = &*self.token.lock().unwrap_or_else(PoisonError::into_inner) {
            request = request.header(header::AUTHORIZATION, token);
        }
        let request = request
            .body(Full::new(body))
            .map_err(|error| Failure::Refused(DiscoveryError::invalid("etcd cannot be asked so").with_source(error)))?;
        let unreached = || DiscoveryError::unavailable(format!("etcd at {member} cannot be reached"));
        let response = match tokio::time::timeout(self.answer_time_max, self.http.request(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(Failure::Gone(unreached().with_source(Deepest::of(error)))),
            Err(_) => {
                return Err(Failure::Gone(DiscoveryError::unavailable(format!("etcd at {member} does not answer"))));
            }
        };
        if response.status().is_success() { Ok(response) } else { Err(self.refused(&member, response).await) }
    }

    /// What a member says of why not.
    async fn refused(&self, member: &str, response: Response<Incoming>) -> Failure {
        let status = response.status();
        let body = Limited::new(response.into_body(), 64 * 1024).collect();
        let said = match tokio::time::timeout(self.answer_time_max, body).await {
            Ok(Ok(body)) => serde_json::from_slice(&body.to_bytes()).map_or(String::new(), |it: Refused| it.message),
            _ => String::new(),
        };
        let said = if said.is_empty() { status.to_string() } else { said };
        let message = format!("etcd at {member}: {said}");
        match status {
            StatusCode::UNAUTHORIZED => Failure::Unknown(DiscoveryError::invalid(message)),
            // Of etcd without a token, where it wants one.
            StatusCode::BAD_REQUEST if said.contains("user name is empty") => {
                Failure::Unknown(DiscoveryError::invalid(message))
            }
            _ if status.is_server_error() => Failure::Gone(DiscoveryError::unavailable(message)),
            _ => Failure::Refused(DiscoveryError::invalid(message)),
        }
    }
}

/// A member's address, with its port.
fn member(text: &str) -> Result<String, DiscoveryError> {
    let wrong = || DiscoveryError::invalid(format!("`{text}` is no member of etcd such as 10.0.0.1:{PORT}"));
    let authority: http::uri::Authority = text.trim().parse().map_err(|_| wrong())?;
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return Err(wrong());
    }
    Ok(match authority.port_u16() {
        Some(_) => authority.to_string(),
        None => format!("{authority}:{PORT}"),
    })
}

fn bytes_of(ask: &impl Serialize) -> Bytes {
    serde_json::to_vec(ask).expect("texts and numbers are JSON").into()
}

/// The error at the bottom of another, which says what it is about.
#[derive(Debug)]
struct Deepest(String);

impl Deepest {
    fn of(error: impl std::error::Error + 'static) -> Deepest {
        let mut deepest: &dyn std::error::Error = &error;
        while let Some(source) = deepest.source() {
            deepest = source;
        }
        Deepest(deepest.to_string())
    }
}

impl std::fmt::Display for Deepest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Deepest {}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("members", &self.members).finish_non_exhaustive()
    }
}

/// Answers of a stream, a line each.
pub(super) struct Lines {
    body: Incoming,
    buffered: Vec<u8>,
}

impl Lines {
    /// The next line; `None` where the stream has ended. May be dropped and asked again.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, DiscoveryError> {
        let mut searched = 0;
        loop {
            if let Some(end) = self.buffered[searched..].iter().position(|byte| *byte == b'\n') {
                let rest = self.buffered.split_off(searched + end + 1);
                return Ok(Some(std::mem::replace(&mut self.buffered, rest)));
            }
            searched = self.buffered.len();
            if searched > ANSWER_BYTES_MAX {
                return Err(DiscoveryError::invalid(format!("etcd says more than {ANSWER_BYTES_MAX} bytes at once")));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.buffered.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new())),
                Some(Err(error)) => {
                    return Err(
                        DiscoveryError::unavailable("the watch of etcd broke off").with_source(Deepest::of(error))
                    );
                }
                None => return Ok(None),
            }
        }
    }
}
