//! The events of a type as an operation, so that a caller can subscribe to them over a wire of calls.

use std::marker::PhantomData;

use super::event::Event;
use crate::channel::Channel;
use crate::context::Context;
use crate::facts::{Auth, Effect, OperationFacts, Shape};
use crate::fault::Fault;
use crate::inbound::Inbound;
use crate::operation::{Operation, ServerStream as _};
use crate::policy::Settings;
use crate::transport::Exchange;

/// The events of the type `E`, from the call on: an operation that takes nothing and answers with a stream. It is called by
/// the event's own name, `shop.orders.OrderPlaced`.
#[derive(Debug)]
pub struct Published<E>(PhantomData<fn() -> E>);

impl<E: Event> Operation for Published<E> {
    type Input = ();
    type Output = E;
    type Fault = Fault;
    const FACTS: &'static OperationFacts = &facts(E::FACTS.kind);
}

/// The facts of the operation that an event is.
pub(crate) const fn facts(kind: &'static str) -> OperationFacts {
    let (package, name) = split(kind);
    OperationFacts {
        package,
        service: "",
        name,
        shape: Shape::ServerStream,
        effect: Effect::Safe,
        policy: Settings::UNSAID,
        // Who may follow events is a matter of the service that lets them be followed.
        auth: Auth::PUBLIC,
    }
}

/// Package and name of an event.
const fn split(kind: &'static str) -> (&'static str, &'static str) {
    let mut at = kind.len();
    while at > 0 {
        at -= 1;
        if kind.as_bytes()[at] == b'.' {
            let (package, rest) = kind.split_at(at);
            return (package, rest.split_at(1).1);
        }
    }
    ("", kind)
}

impl<T> Channel<T> {
    /// The events of a type that are published from now on, as far as the service lets them be followed. Dropping the stream
    /// ends the subscription.
    ///
    /// A subscriber that does not keep up gets what waits for it, then the fault `resource_exhausted`; one whose connection
    /// breaks gets `unavailable`. Either way events may have been missed: read the state anew, then subscribe again.
    ///
    /// # Errors
    /// When the service cannot be reached, or its events of that type cannot be followed there.
    pub async fn subscribe<E: Event>(&self, cx: &Context) -> Result<Inbound<E>, Fault>
    where
        T: Exchange<Published<E>>,
    {
        Ok(Inbound::new(self.open(cx, ()).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_called_by_its_name() {
        for kind in ["shop.orders.OrderPlaced", "shop.Pinged"] {
            assert_eq!(facts(kind).to_string(), kind);
        }
    }
}
