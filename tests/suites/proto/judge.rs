//! Any bytes of a message, read by us and by prost.

use super::bytes::Shapes;
use super::messages::Message;

/// What we may have against bytes that prost takes: it makes a value of whatever is missing, and knows of no type beyond its
/// own.
const REASONS: &[&str] = &[
    "missing",
    "must be one of ",
    "must not be null",
    "must have one of ",
    "must be a uuid",
    "must be the sixteen bytes of a uuid",
    "must be a decimal number",
    "must be a date (",
    "must be a time (",
    "must be a timestamp between ",
    "must be a duration whose ",
    "must be a finite number",
];

/// What became of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Both read the same value.
    Read,
    /// Only prost reads it, for a reason that is listed.
    Refused,
    /// Neither reads it.
    Malformed,
}

/// Reads bytes with both; panics where they disagree.
pub(crate) fn judge(shapes: &Shapes<'_>, message: &Message, bytes: &[u8]) -> Outcome {
    let (ours, theirs) = ((message.ours)(bytes), (message.theirs)(bytes));
    let theirs = match theirs {
        Ok(theirs) => theirs,
        // It counts levels in its own way.
        Err(error) if error.to_string().contains("recursion limit") => return Outcome::Malformed,
        Err(error) => {
            assert!(ours.is_err(), "{}: only we take {bytes:02x?}: {error}", message.name);
            return Outcome::Malformed;
        }
    };
    let ours = match ours {
        Ok(ours) => ours,
        Err(found) => {
            for violation in found.iter() {
                let known = REASONS.iter().any(|reason| violation.message.starts_with(reason));
                assert!(known, "{}: only prost takes {bytes:02x?}: {found}", message.name);
            }
            return Outcome::Refused;
        }
    };
    let same = |one: &[u8], other: &[u8]| shapes.plainest(message.name, one) == shapes.plainest(message.name, other);
    let read = (message.theirs)(&ours).unwrap_or_else(|error| panic!("{}: {error}: {ours:02x?}", message.name));
    assert!(same(&read, &ours), "{}: of {bytes:02x?} we write {ours:02x?}, prost {read:02x?}", message.name);
    // Not its bytes but what we make of them: it knows neither our defaults nor the forms of our texts.
    match (message.ours)(&theirs) {
        Ok(again) => assert!(same(&again, &ours), "{}: prost reads another value of {bytes:02x?}", message.name),
        // It forgets cases that it does not know.
        Err(found) => {
            let forgotten = found.iter().all(|violation| violation.message.starts_with("must have one of "));
            assert!(forgotten, "{}: {found}: prost's {theirs:02x?}", message.name);
        }
    }
    Outcome::Read
}
