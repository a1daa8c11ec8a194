//! Intake: how admission applies to events. A caller can be refused; an event cannot, it waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::admission::{Admission, Admitted, Head, Refusal};

/// How long an event is held that came while the server stops.
const STOPPING_PAUSE: Duration = Duration::from_secs(1);

/// Whether an event is handled now.
pub(super) enum Intake {
    /// Handle it; the permit settles when it is told how the handling ended.
    Handle(Admitted<Arc<dyn Admission>>),
    /// Not now: ask again after this time.
    Hold(Duration),
    /// Its time is over.
    Expired,
}

impl Intake {
    pub(super) async fn ask(admission: &Arc<dyn Admission>, head: &Head<'_>) -> Intake {
        match Admitted::admit(Arc::clone(admission), head, Instant::now()).await {
            Ok(admitted) => Intake::Handle(admitted),
            Err(Refusal::Expired) => Intake::Expired,
            Err(Refusal::Busy { retry_after }) => Intake::Hold(retry_after),
            // Whoever comes after this process will have it.
            Err(Refusal::Stopping) => Intake::Hold(STOPPING_PAUSE),
        }
    }
}
