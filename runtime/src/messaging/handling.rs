//! A handler without its types, and how a served service mounts its handlers.

use std::sync::Arc;

use super::event::{Event as _, EventFacts};
use super::handler::{Handler, HandlerFacts, Handles};
use super::outcome::Outcome;
use super::seam::BoxFuture;
use crate::context::Context;
use crate::json;
use crate::mount::Mount;
use crate::serving::Serving;
use crate::validate::{Validate as _, Violations};

/// A handler whose event's type is forgotten, so that what is alike in all handlers is compiled once.
pub(crate) trait Handling: Send + Sync + 'static {
    fn facts(&self) -> &'static HandlerFacts;

    fn event(&self) -> &'static EventFacts;

    /// Decodes and validates a payload.
    fn open(&self, payload: &[u8], json_depth_max: usize) -> Result<Opened, Violations>;
}

/// An event that keeps its contract.
pub(crate) struct Opened {
    pub(crate) key: Option<String>,
    /// Handles it, once an attempt; none where the handler's condition is false for it.
    pub(crate) work: Option<Work>,
}

pub(crate) type Work = Box<dyn Fn(Context) -> BoxFuture<'static, Outcome> + Send + Sync>;

struct Typed<S, H> {
    service: Arc<S>,
    handler: std::marker::PhantomData<fn() -> H>,
}

impl<S: Handles<H>, H: Handler> Handling for Typed<S, H> {
    fn facts(&self) -> &'static HandlerFacts {
        H::FACTS
    }

    fn event(&self) -> &'static EventFacts {
        H::Event::FACTS
    }

    fn open(&self, payload: &[u8], json_depth_max: usize) -> Result<Opened, Violations> {
        let event: H::Event = json::decode(payload, json_depth_max)?;
        event.validate()?;
        let key = H::key(&event).map(std::borrow::Cow::into_owned);
        if !H::wants(&event) {
            return Ok(Opened { key, work: None });
        }
        let service = Arc::clone(&self.service);
        let work: Work = Box::new(move |cx| {
            let (service, event) = (Arc::clone(&service), event.clone());
            Box::pin(async move { service.handle(&cx, event).await })
        });
        Ok(Opened { key, work: Some(work) })
    }
}

/// Collects the handlers of one service.
pub struct BrokerMount<'m, S> {
    serving: &'m Serving<S>,
    handlers: &'m mut Vec<Arc<dyn Handling>>,
}

impl<S: Send + Sync + 'static> Mount<S> {
    /// The broker.
    pub fn broker(&mut self) -> BrokerMount<'_, S> {
        BrokerMount { serving: &self.serving, handlers: &mut self.mounted.handlers }
    }
}

impl<S: Send + Sync + 'static> BrokerMount<'_, S> {
    /// Handles events.
    pub fn handler<H: Handler>(self) -> Self
    where
        S: Handles<H>,
    {
        let service = Arc::clone(self.serving.service());
        self.handlers.push(Arc::new(Typed::<S, H> { service, handler: std::marker::PhantomData }));
        self
    }
}

impl<S> std::fmt::Debug for BrokerMount<'_, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BrokerMount").field("handlers", &self.handlers.len()).finish()
    }
}
