//! The tour: the same callers over any wire, and what each may do.

use wireloom::{Code, Context, Date, OperationFault};

use crate::contract::secured::*;

/// What a tour found, a line a step.
pub type Told = Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>>;

/// The callers: clients of one wire, each with credentials of its own.
#[derive(Debug)]
pub struct Callers<C> {
    /// Without any.
    pub nobody: C,
    /// A token with both scopes.
    pub alice: C,
    /// An API key that may read.
    pub reports: C,
    /// A token with the role `admin`, and no scopes.
    pub root: C,
}

/// Has each try what it may and what it may not.
///
/// # Errors
/// When something else happens than the contract says.
pub async fn run<C: Diary>(callers: &Callers<C>) -> Told {
    let Callers { nobody, alice, reports, root } = callers;
    let (cx, day) = (Context::new(), Date::constant(2026, 1, 31));
    let mut told = Vec::new();

    told.push(format!("nobody pings: {}", nobody.ping(&cx, PingRequest::new()).await?));
    let refused = |name: &str, what: &str, code: Code| format!("{name} may not {what}: {code}");
    let unknown = expect(nobody.whoami(&cx, WhoamiRequest::new()).await, Code::Unauthenticated)?;
    told.push(refused("nobody", "ask who it is", unknown));

    let draft = EntryDraft::new(day, "It rained.");
    let entry = alice.write(&cx, WriteRequest::new(draft.clone())).await?;
    told.push(format!("{} writes, and is known: {entry:?}", entry.by));
    let read = reports.read(&cx, ReadRequest::new(day)).await?;
    told.push(format!("{} reads what {} wrote", reports.whoami(&cx, WhoamiRequest::new()).await?, read.by));
    let lacks = expect(reports.write(&cx, WriteRequest::new(draft)).await, Code::PermissionDenied)?;
    told.push(refused("reports", "write", lacks));

    let lacks = expect(alice.burn(&cx, BurnRequest::new()).await, Code::PermissionDenied)?;
    told.push(refused("alice", "burn it", lacks));
    told.push(format!("root burns {} page", root.burn(&cx, BurnRequest::new()).await?));
    Ok(told)
}

/// The code of a call that fails as it should.
fn expect<T, F: OperationFault>(answer: Result<T, F>, code: Code) -> Result<Code, String> {
    match answer {
        Ok(_) => Err(format!("it was let in, not {code}")),
        Err(fault) if fault.to_fault().code() == code => Ok(code),
        Err(fault) => Err(format!("{fault}, not {code}")),
    }
}
