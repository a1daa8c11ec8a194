//! An operation whose future cannot move between threads.

use wireloom_tests::wireloom::Context;
use wireloom_tests::golden::kitchen::kitchen::{Bar, BarLookFault, BarLookRequest, TypeFault, TypeRequest, Weight};

struct Counter;

impl Bar for Counter {
    async fn look(&self, _: &Context, input: BarLookRequest) -> Result<Option<String>, BarLookFault> {
        let shared = std::rc::Rc::new(input.name);
        std::future::ready(()).await;
        Ok(Some(shared.as_str().to_owned()))
    }

    async fn r#type(&self, _: &Context, _: TypeRequest) -> Result<Weight, TypeFault> {
        Ok(Weight::new(1.0).unwrap())
    }
}

fn main() {}
