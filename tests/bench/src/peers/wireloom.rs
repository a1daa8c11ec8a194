//! The generated service. Its handler is all that a team would write.

use std::io;

use wireloom::{Context, Server, Timestamp, Uuid};

use super::Listening;
use crate::generated::bench::{
    Bench, BenchServer, Echo, EchoFault, EchoRequest, OrderFault, OrderKeyedFault, OrderKeyedRequest, OrderRequest,
};
use crate::generated::shop::orders::{Order, OrderDraft, OrderId};

/// Serves on one thread.
pub(super) async fn listen() -> io::Result<Listening> {
    let bound = Server::new().serve(BenchServer::new(Handler)).bind("127.0.0.1:0").await?;
    Ok((bound.local_addr()?, Box::pin(bound.run_until(std::future::pending()))))
}

/// The service: nothing but the answers.
#[derive(Debug)]
pub struct Handler;

impl Bench for Handler {
    async fn echo(&self, _: &Context, input: EchoRequest) -> Result<Echo, EchoFault> {
        Ok(Echo { text: input.text })
    }

    async fn order(&self, _: &Context, input: OrderRequest) -> Result<Order, OrderFault> {
        Ok(order_of(input.draft))
    }

    async fn order_keyed(&self, _: &Context, input: OrderKeyedRequest) -> Result<Order, OrderKeyedFault> {
        Ok(order_of(input.draft))
    }
}

/// Always the same id and time, so that the answers of all servers can be compared.
pub(crate) fn order_of(draft: OrderDraft) -> Order {
    Order {
        id: OrderId::new(Uuid::nil()),
        customer: draft.customer,
        lines: draft.lines,
        total: draft.total,
        payment: draft.payment,
        status: draft.status,
        note: draft.note,
        tags: draft.tags,
        placed_at: Timestamp::UNIX_EPOCH,
    }
}
