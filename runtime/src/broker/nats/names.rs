//! Names of streams and consumers, derived from topics and groups.

/// The stream that is made for a subject: `shop.orders.placed` gives `shop_orders_placed`.
pub(super) fn stream(subject: &str) -> String {
    plain(subject)
}

/// The consumer of a group. A stream made for the subject alone needs no more than the group.
pub(super) fn consumer(group: &str, subject: &str, stream_name: &str) -> String {
    match stream_name == stream(subject) {
        true => plain(group),
        false => format!("{}-{}", plain(group), plain(subject)),
    }
}

/// Without what the names of streams and consumers may not have.
fn plain(name: &str) -> String {
    let forbidden = |letter: char| letter.is_whitespace() || letter.is_control() || ".*>/\\".contains(letter);
    name.chars().map(|letter| if forbidden(letter) { '_' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_topic_and_group() {
        assert_eq!(stream("shop.orders.placed"), "shop_orders_placed");
        assert_eq!(consumer("shipping", "shop.orders.placed", "shop_orders_placed"), "shipping");
        assert_eq!(consumer("eu.shipping", "shop.orders.placed", "SHOP"), "eu_shipping-shop_orders_placed");
    }
}
