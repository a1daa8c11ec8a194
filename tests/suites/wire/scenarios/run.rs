//! Runs one scenario over one wire, step by step.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use wireloom::Context;

use super::calls::{Call, Outcome};
use super::expect;
use super::format::{Peer, Scenario, Step};
use super::service::Service;
use super::wires::{Serving, Wire};

/// Between two looks at what does not tell when it has come.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A scenario that runs.
struct Run {
    service: Service,
    serving: Serving,
    /// Calls that run beside the steps, by name.
    beside: BTreeMap<String, JoinHandle<Result<Outcome, String>>>,
}

/// Runs a scenario on a server of its own; `Err` tells the step and what was wrong with it.
pub(super) async fn run(scenario: &Scenario, wire: &Wire) -> Result<(), String> {
    let service = Service::default();
    let serving = wire.serve(service.clone(), scenario.limits, &scenario.policies).await;
    let mut run = Run { service, serving, beside: BTreeMap::new() };
    for (index, step) in scenario.steps.iter().enumerate() {
        run.step(step).await.map_err(|wrong| format!("step {} ({}): {wrong}", index + 1, step.what()))?;
    }
    if let Some(name) = run.beside.keys().next() {
        return Err(format!("nothing says how `{name}` ends"));
    }
    // Whatever a scenario does to it, a server ends when it is told to.
    run.serving.ended().await;
    Ok(())
}

impl Step {
    /// What is done, in words.
    fn what(&self) -> String {
        let named = [
            ("call", &self.call),
            ("ends", &self.ends),
            ("drop", &self.drop),
            ("garbage", &self.garbage),
            ("release", &self.release),
        ];
        let named = named.iter().find_map(|(word, name)| name.as_ref().map(|name| format!("{word}: {name}")));
        named.unwrap_or_else(|| if self.stop.is_some() { "stop".to_owned() } else { "refused".to_owned() })
    }
}

impl Run {
    async fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step { call: Some(operation), .. } => self.call(operation, step).await,
            Step { ends: Some(name), .. } => {
                let outcome = self.called_beside(name)?.await.map_err(|error| error.to_string())??;
                expect::compare(step, &outcome)
            }
            Step { drop: Some(name), .. } => {
                self.called_beside(name)?.abort();
                Ok(())
            }
            Step { garbage: Some(operation), .. } => {
                let garbage =
                    self.serving.clients.garbage.clone().ok_or("this wire has nothing to send garbage with")?;
                let failure = garbage.send(operation).await?;
                expect::compare(step, &Outcome { fails: Some(failure), ..Outcome::default() })
            }
            Step { release: Some(name), .. } => {
                self.service.let_go(name.clone());
                Ok(())
            }
            Step { stop: Some(true), .. } => self.serving.stop(),
            Step { refused: Some(true), .. } => self.refused().await,
            _ => Err("it says nothing to do".to_owned()),
        }
    }

    /// Makes a call and looks at what it comes to, or leaves it running beside the next steps.
    async fn call(&mut self, operation: &str, step: &Step) -> Result<(), String> {
        let clients = &self.serving.clients;
        let calls = match step.peer {
            Peer::Same => Arc::clone(&clients.same),
            Peer::Later => clients.later.clone().ok_or("this wire has no callers of another version")?,
        };
        let call = Call {
            operation: operation.to_owned(),
            given: step.given.clone(),
            sends: step.sends.clone(),
            takes: step.takes,
        };
        let cx = context(step);
        match &step.beside {
            None => expect::compare(step, &calls.call(&cx, &call).await?),
            Some(name) => {
                let running = tokio::spawn(async move { calls.call(&cx, &call).await });
                let before = self.beside.insert(name.clone(), running);
                before.map_or(Ok(()), |_| Err(format!("two calls are named `{name}`")))
            }
        }
    }

    fn called_beside(&mut self, name: &str) -> Result<JoinHandle<Result<Outcome, String>>, String> {
        self.beside.remove(name).ok_or_else(|| format!("no call beside is named `{name}`"))
    }

    /// Waits until no connection can be made any more.
    async fn refused(&self) -> Result<(), String> {
        let address = self.serving.clients.address.ok_or("this wire has no address")?;
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }
}

fn context(step: &Step) -> Context {
    let mut cx = Context::new();
    if let Some(time) = step.deadline_ms {
        cx = cx.with_deadline_in(Duration::from_millis(time));
    }
    if let Some(id) = &step.request_id {
        cx = cx.with_request_id(id);
    }
    if let Some(traceparent) = &step.traceparent {
        cx = cx.with_trace(traceparent.parse().expect("a step's `traceparent` is one"));
    }
    step.metadata.iter().fold(cx, |cx, (name, value)| cx.with_metadata(name, value))
}
