//! What the shop does when a payment comes in.

use wireloom::Context;
use wireloom::messaging::Outcome;

use crate::Shop;
use crate::contract::payments::Settled;
use crate::contract::shop::orders::*;

impl OrdersHandlers for Shop {
    async fn settle(&self, _: &Context, event: Settled) -> Outcome {
        let mut orders = self.orders();
        let Some(order) = orders.get_mut(&OrderId::new(event.order)) else {
            return Outcome::Reject(format!("no order {}", event.order));
        };
        match order.status {
            Status::Placed if event.amount < order.total.amount => {
                Outcome::Reject(format!("{} is less than the {} of the order", event.amount, order.total.amount))
            }
            Status::Placed => {
                order.status = Status::Paid;
                self.tell(order);
                Outcome::Done
            }
            Status::Cancelled => Outcome::Reject(format!("order {} is cancelled", order.id)),
            // An event may come twice.
            _ => Outcome::Done,
        }
    }
}
