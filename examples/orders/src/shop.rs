//! The shop: the service of the contract, with orders kept in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::{Semaphore, broadcast};
use wireloom::messaging::Bus;
use wireloom::{Context, Fault, Inbound, Stream, Timestamp, Uuid};

use crate::contract::shop::orders::*;

/// Questions that the warehouse answers at once.
const WAREHOUSE_CALLS_MAX: usize = 64;

/// The time it takes the warehouse to answer.
const WAREHOUSE_TIME: Duration = Duration::from_millis(5);

/// Changes kept for followers that are slow.
const CHANGES_KEPT: usize = 1024;

/// An order service with its orders in memory.
#[derive(Debug)]
pub struct Shop {
    orders: Mutex<BTreeMap<OrderId, Order>>,
    warehouse: Semaphore,
    changes: broadcast::Sender<Change>,
    publisher: OrdersPublisher,
}

impl Default for Shop {
    /// A shop with a bus of its own.
    fn default() -> Shop {
        Shop::new(&Bus::memory())
    }
}

impl Shop {
    /// A shop that tells of its orders on this bus.
    pub fn new(bus: &Bus) -> Shop {
        Shop {
            orders: Mutex::default(),
            warehouse: Semaphore::new(WAREHOUSE_CALLS_MAX),
            changes: broadcast::channel(CHANGES_KEPT).0,
            publisher: bus.publisher(),
        }
    }
}

impl Orders for Shop {
    async fn place(&self, cx: &Context, input: PlaceRequest) -> Result<Order, PlaceFault> {
        let draft = input.draft;
        self.reserve(&draft.lines).await?;
        let order = Order {
            // The same when the call is performed again because a replica has died: then it is the same order.
            id: OrderId::new(cx.effect_id().unwrap_or_else(Uuid::now_v7)),
            customer: draft.customer,
            lines: draft.lines,
            total: draft.total,
            payment: draft.payment,
            status: draft.status,
            note: draft.note,
            tags: draft.tags,
            placed_at: Timestamp::now(),
        };
        self.orders().insert(order.id, order.clone());
        self.tell(&order);
        self.publisher.publish(cx, &OrderPlaced::new(order.clone())).await?;
        tracing::info!(order = %order.id, "an order is placed");
        Ok(order)
    }

    async fn get(&self, _: &Context, input: GetRequest) -> Result<Order, GetFault> {
        self.orders().get(&input.id).cloned().ok_or_else(|| NotFound { id: input.id }.into())
    }

    async fn find(&self, _: &Context, input: FindRequest) -> Result<PagedOrder, FindFault> {
        let orders = self.orders();
        let size = input.page.size as usize;
        // A token is the id that a page ended with; any other text is a place in the list as well.
        let is_behind = |order: &&Order| input.page.token.as_ref().is_none_or(|token| order.id.to_string() > *token);
        let wanted = orders
            .values()
            .filter(is_behind)
            .filter(|order| input.status.as_ref().is_none_or(|status| order.status == *status));
        // One more than asked for tells whether there is a next page.
        let mut items: Vec<Order> = wanted.take(size + 1).cloned().collect();
        let more = items.len() > size;
        items.truncate(size);
        let next = items.last().filter(|_| more).map(|last| last.id.to_string());
        Ok(PagedOrder { items, next })
    }

    async fn change(&self, _: &Context, input: ChangeRequest) -> Result<Order, ChangeFault> {
        let mut orders = self.orders();
        let order = orders.get_mut(&input.id).ok_or(NotFound { id: input.id })?;
        input.patch.apply(order);
        self.tell(order);
        Ok(order.clone())
    }

    async fn cancel(&self, _: &Context, input: CancelRequest) -> Result<(), CancelFault> {
        let mut orders = self.orders();
        let order = orders.get_mut(&input.id).ok_or(NotFound { id: input.id })?;
        order.status = Status::Cancelled;
        self.tell(order);
        Ok(())
    }

    async fn watch(
        &self,
        _: &Context,
        input: WatchRequest,
    ) -> Result<impl Stream<Item = Result<Change, WatchFault>> + Send + 'static, WatchFault> {
        let changes = self.changes.subscribe();
        let since = input.since;
        let orders = self.orders();
        let past: Vec<Change> = orders
            .values()
            .filter(|order| since.is_some_and(|since| order.placed_at >= since))
            .map(change_of)
            .collect();
        drop(orders);
        let live = futures_util::stream::unfold(changes, |mut changes| async move {
            match changes.recv().await {
                Ok(change) => Some((Ok(change), changes)),
                Err(broadcast::error::RecvError::Closed) => None,
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    let fault = Fault::new(wireloom::Code::DataLoss, format!("{missed} changes were missed"));
                    Some((Err(fault.into()), changes))
                }
            }
        });
        Ok(futures_util::stream::iter(past.into_iter().map(Ok)).chain(live))
    }

    async fn upload(&self, _: &Context, mut lines: Inbound<Line>) -> Result<u32, UploadFault> {
        let mut count = 0;
        while let Some(line) = lines.next().await {
            count += line?.quantity;
        }
        Ok(count)
    }

    async fn chat(
        &self,
        _: &Context,
        say: Inbound<String>,
    ) -> Result<impl Stream<Item = Result<String, ChatFault>> + Send + 'static, ChatFault> {
        Ok(say.map(|said| Ok(format!("You said: {}", said?))))
    }
}

impl Shop {
    /// Asks the warehouse for all lines of an order.
    async fn reserve(&self, lines: &[Line]) -> Result<(), PlaceFault> {
        let Ok(_call) = self.warehouse.try_acquire() else {
            return Err(Busy { retry_after: wireloom::Duration::from_millis(100) }.into());
        };
        tokio::time::sleep(WAREHOUSE_TIME).await;
        match lines.iter().find(|line| line.sku.as_str().starts_with("SOLD-OUT")) {
            Some(line) => Err(OutOfStock { sku: line.sku.clone(), available: 0 }.into()),
            None => Ok(()),
        }
    }

    pub(crate) fn tell(&self, order: &Order) {
        // Nobody listening is no failure.
        let _ = self.changes.send(change_of(order));
    }

    pub(crate) fn orders(&self) -> MutexGuard<'_, BTreeMap<OrderId, Order>> {
        // Every change of the map is one step: a panic elsewhere leaves it whole.
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn change_of(order: &Order) -> Change {
    Change { order: order.id, status: order.status.clone(), at: Timestamp::now() }
}
