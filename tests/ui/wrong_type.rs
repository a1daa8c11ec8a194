//! An operation that answers with something else.

use wireloom_tests::wireloom::Context;
use wireloom_tests::golden::kitchen::kitchen::{Bar, BarLookFault, BarLookRequest, TypeFault, TypeRequest, Weight};

struct Counter;

impl Bar for Counter {
    async fn look(&self, _: &Context, _: BarLookRequest) -> Result<u32, BarLookFault> {
        Ok(1)
    }

    async fn r#type(&self, _: &Context, _: TypeRequest) -> Result<Weight, TypeFault> {
        Ok(Weight::new(1.0).unwrap())
    }
}

fn main() {}
