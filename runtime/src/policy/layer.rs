//! Settings by whom they are about: all operations, those of a service, one.

use std::collections::BTreeMap;

use crate::facts::{OperationFacts, ServiceFacts};
use crate::policy::Settings;

/// What is said, by whom it is about: the empty name is all, `shop.orders.Orders` a service, `shop.orders.Orders/place` an operation.
#[derive(Clone, Debug, Default)]
pub(super) struct Layer {
    said: BTreeMap<String, Settings>,
}

impl Layer {
    pub(super) fn set(&mut self, whom: &str, settings: Settings) {
        self.said.insert(whom.to_owned(), settings);
    }

    /// This over another: where this says nothing of somebody, that holds.
    #[cfg(feature = "file")]
    pub(super) fn over(&self, lower: &Layer) -> Layer {
        let mut layer = lower.clone();
        for (whom, settings) in &self.said {
            let said = layer.said.entry(whom.clone()).or_insert(Settings::UNSAID);
            *said = settings.over(said);
        }
        layer
    }

    /// A name that looks like an operation of the service and is none.
    pub(super) fn stranger(&self, service: &ServiceFacts) -> Option<&str> {
        let prefix = format!("{}.{}/", service.package, service.name);
        let names = self.said.keys().filter(|name| name.starts_with(&prefix));
        let mut strangers = names.filter(|name| service.operations.iter().all(|op| op.name != &name[prefix.len()..]));
        strangers.next().map(String::as_str)
    }

    /// What is said of an operation: the nearest word holds.
    pub(super) fn of(&self, op: &OperationFacts) -> Settings {
        if self.said.is_empty() {
            return Settings::UNSAID;
        }
        let said = |whom: &str| self.said.get(whom).copied().unwrap_or(Settings::UNSAID);
        let service = format!("{}.{}", op.package, op.service);
        said(&op.to_string()).over(&said(&service)).over(&said(""))
    }
}
