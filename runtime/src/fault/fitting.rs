//! As much of a fault as a wire has room for.

use super::Fault;
use crate::validate::Violation;

/// What is told of a fault beside its code, its kind and its message.
#[derive(Clone, Copy)]
pub(crate) struct Told<'f> {
    /// Whether the fields of a declared fault are.
    pub(crate) fields: bool,
    /// The violations that are.
    pub(crate) violations: &'f [Violation],
}

impl Fault {
    /// Writes the fault in no more bytes than there is room for. Where it is too much, its fields are left out, then half of
    /// its violations until the rest fits; `None` when not even its message does.
    pub(crate) fn fitting(&self, bytes_max: usize, write: impl Fn(Told<'_>) -> Vec<u8>) -> Option<Vec<u8>> {
        let mut told = Told { fields: true, violations: self.violations() };
        loop {
            let written = write(told);
            if written.len() <= bytes_max {
                return Some(written);
            }
            match told.violations.len() {
                _ if told.fields => told.fields = false,
                0 => return None,
                count => told.violations = &told.violations[..count / 2],
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Code;

    #[test]
    fn what_is_least_needed_goes_first() {
        let violation = |index| Violation { path: format!("lines[{index}]"), message: String::new() };
        let fault = Fault::new(Code::InvalidArgument, "").with_violations((0..9).map(violation).collect());
        let fit = |bytes_max| {
            let size = |told: Told<'_>| 1 + 100 * usize::from(told.fields) + told.violations.len();
            fault.fitting(bytes_max, |told| vec![0; size(told)]).map(|written| written.len())
        };
        assert_eq!([110, 109, 10, 9, 4, 1].map(fit), [110, 10, 10, 5, 3, 1].map(Some));
        assert_eq!(fit(0), None);
    }
}
