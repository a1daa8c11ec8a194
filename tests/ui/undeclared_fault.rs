//! A fault that its operation does not declare: rustc says where to declare it.

use wireloom_tests::golden::shop::shop::orders::{Busy, CancelFault, NotFound, OutOfStock, PlaceFault};
use wireloom_tests::wireloom::{Code, Fault};

fn place(missing: NotFound) -> Result<(), PlaceFault> {
    Err(missing)?
}

fn cancel(busy: Busy) -> CancelFault {
    busy.into()
}

/// These are as they should be.
fn declared(out: OutOfStock, fault: Fault) -> Result<(), PlaceFault> {
    let _: PlaceFault = PlaceFault::from(out.clone());
    Err(fault).or_else(|_| Err(Fault::new(Code::Internal, "")))?;
    Err(out)?
}

fn main() {}
