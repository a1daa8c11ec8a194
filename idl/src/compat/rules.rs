//! The rules of compatibility: what can change, and what each change does to every facet in each direction.
//!
//! This table is the one truth: the checker judges by it, `wireloom explain RULE` and the book's page are made of it. To add a
//! rule: an entry here (what only bound views can know stands in the generators' table of the same form) and
//! `rules/<rule>.md` beside it, which says what the change means and shows a contract before and after it, fenced as
//! `loom old` and `loom new`; both are run as tests.
//!
//! A verdict is two letters, for input and output: `B` breaks, `w` warns, `.` is fine. *Input*: the old side writes, the new one
//! reads. *Output*: the new side writes, the old one reads. For `rust`, `B` means that code has to be thought about,
//! `w` that the compiler finds a mechanical edit.

use std::fmt::Write as _;

use super::facet::{Direction, Facet, Verdict};
use crate::diagnostic::Code;

/// One kind of change and its verdicts.
#[derive(Debug)]
pub struct Rule {
    /// Its stable name and its explanation; the severity is the worst that it may come to.
    pub code: Code,
    /// What it means, in one line.
    pub about: &'static str,
    /// By facet, then by direction.
    pub verdicts: [[Verdict; 2]; Facet::ALL.len()],
    /// What to do instead.
    pub advice: Option<&'static str>,
}

impl Rule {
    /// What it does to a facet in a direction.
    pub fn verdict(&self, facet: Facet, direction: Direction) -> Verdict {
        self.verdicts[facet as usize][direction as usize]
    }

    /// Whether a facet fares the same in both directions.
    pub fn is_alike(&self, facet: Facet) -> bool {
        let [input, output] = self.verdicts[facet as usize];
        input == output
    }

    /// The verdict on a facet, in words: `break`, `input: break`; nothing where it is fine.
    pub fn told(&self, facet: Facet) -> String {
        let said = |verdict: Verdict| if verdict == Verdict::Fine { "" } else { verdict.as_str() };
        let [input, output] = self.verdicts[facet as usize];
        match (said(input), said(output)) {
            (one, other) if one == other => one.to_owned(),
            (one, "") => format!("input: {one}"),
            ("", other) => format!("output: {other}"),
            (one, other) => format!("input: {one}, output: {other}"),
        }
    }

    /// What `wireloom explain` prints: Markdown with the verdicts and the contracts before and after.
    pub fn explanation(&self) -> String {
        let mut text = self.code.explanation.trim().to_owned() + "\n\n";
        for facet in Facet::ALL {
            let told = self.told(facet);
            if !told.is_empty() {
                let _ = writeln!(text, "- {}: {told}", facet.as_str());
            }
        }
        if let Some(advice) = self.advice {
            let _ = write!(text, "\nInstead: {advice}.\n");
        }
        text.trim_end().to_owned()
    }
}

/// Reads the verdicts of a rule; what is not there is fine.
#[doc(hidden)]
pub const fn verdicts(said: &[(Facet, &str)]) -> [[Verdict; 2]; Facet::ALL.len()] {
    let mut table = [[Verdict::Fine; 2]; Facet::ALL.len()];
    let mut index = 0;
    while index < said.len() {
        let letters = said[index].1.as_bytes();
        assert!(letters.len() == 2, "input and output");
        table[said[index].0 as usize] = [verdict(letters[0]), verdict(letters[1])];
        index += 1;
    }
    table
}

const fn verdict(letter: u8) -> Verdict {
    match letter {
        b'B' => Verdict::Break,
        b'w' => Verdict::Warn,
        b'.' => Verdict::Fine,
        _ => panic!("a verdict is `B`, `w` or `.`"),
    }
}

/// The severity of the worst verdict.
#[doc(hidden)]
pub const fn severity(table: &[[Verdict; 2]; Facet::ALL.len()]) -> crate::Severity {
    let (mut worst, mut index) = (Verdict::Fine as u8, 0);
    while index < table.len() {
        let [input, output] = table[index];
        worst = if input as u8 > worst { input as u8 } else { worst };
        worst = if output as u8 > worst { output as u8 } else { worst };
        index += 1;
    }
    match worst {
        2 => crate::Severity::Error,
        1 => crate::Severity::Warning,
        _ => crate::Severity::Info,
    }
}

/// Declares rules: a static for each and `ALL` of them. Explanations stand in `rules/<rule>.md` beside the calling file.
#[macro_export]
macro_rules! compatibility_rules {
    ($(#[doc = $about:literal] $constant:ident = $name:literal { $($facet:ident $letters:literal)* } $(=> $advice:literal)?;)*) => {
        $(
            #[doc = $about]
            pub static $constant: $crate::compat::Rule = {
                const VERDICTS: [[$crate::compat::Verdict; 2]; $crate::compat::Facet::ALL.len()] =
                    $crate::compat::rules::verdicts(&[$(($crate::compat::Facet::$facet, $letters)),*]);
                $crate::compat::Rule {
                    code: $crate::diagnostic::Code {
                        has_fix: false,
                        name: $name,
                        severity: $crate::compat::rules::severity(&VERDICTS),
                        explanation: include_str!(concat!("rules/", $name, ".md")),
                    },
                    about: $about.trim_ascii(),
                    verdicts: VERDICTS,
                    advice: $crate::compatibility_rules!(@advice $($advice)?),
                }
            };
        )*

        /// All rules that are declared here.
        pub static ALL: &[&$crate::compat::Rule] = &[$(&$constant),*];
    };
    (@advice) => { None };
    (@advice $advice:literal) => { Some($advice) };
}

compatibility_rules! {
    // Declarations.
    /// A package is gone.
    PACKAGE_REMOVED = "package-removed" { Rust "BB" Json "BB" Route "BB" Proto "BB" Event "BB" Soap "BB" }
        => "keep it until nobody calls it";
    /// A package has another version, which stands in the schemas of events.
    VERSION_CHANGED = "version-changed" { Event "ww" };
    /// A service is gone.
    SERVICE_REMOVED = "service-removed" { Rust "BB" Json "BB" Route "BB" Proto "BB" Event "BB" Soap "BB" }
        => "keep it until nobody calls it; if this is its new name, say `was`";
    /// A service has another name.
    SERVICE_RENAMED = "service-renamed" { Rust "ww" Event "ww" Soap "BB" };
    /// An operation is gone.
    OPERATION_REMOVED = "operation-removed" { Rust "BB" Json "BB" Route "BB" Proto "BB" Event "BB" Soap "BB" }
        => "mark it `deprecated … until` a day and remove it behind that; if this is its new name, say `was`";
    /// An operation is gone behind the day that it was deprecated until.
    OPERATION_RETIRED = "operation-retired" { Rust "ww" };
    /// An operation or handler has another name.
    OPERATION_RENAMED = "operation-renamed" { Rust "ww" Soap "BB" };
    /// An operation is new.
    OPERATION_ADDED = "operation-added" { Rust "ww" };
    /// A type is gone.
    TYPE_REMOVED = "type-removed" { Rust "BB" } => "if this is its new name, say `was`";
    /// A type has another name or another package, and is the same on the wires.
    TYPE_RENAMED = "type-renamed" { Rust "ww" Soap "BB" };
    /// A fault has another name or another package; its name travels with it.
    FAULT_RENAMED = "fault-renamed" { Rust "ww" Json ".B" Proto ".B" Event ".B" Soap "BB" }
        => "keep its name, which old callers know it by";
    /// An event is gone.
    EVENT_REMOVED = "event-removed" { Rust "BB" Json "BB" Proto "BB" Event "BB" }
        => "keep it until nobody listens and nothing stored is replayed";
    /// An event has another name or another package; its name is the type of its messages.
    EVENT_RENAMED = "event-renamed" { Rust "ww" Json ".B" Proto ".B" Event "BB" }
        => "keep its name, or publish both for a while";
    /// A package, service, type or event is new.
    DECLARATION_ADDED = "declaration-added" { };

    // Fields and inputs.
    /// A field that readers demand is gone.
    FIELD_REMOVED = "field-removed" { Rust "BB" Json ".B" Proto ".B" Event ".B" Soap "BB" }
        => "make it optional first, or keep it; if this is its new name, say `was`";
    /// A field is gone that might be absent before.
    OPTIONAL_FIELD_REMOVED = "optional-field-removed" { Rust "wB" Json ".w" Proto ".w" Event ".w" Soap "BB" };
    /// A field has another name, and `was` says so.
    FIELD_RENAMED = "field-renamed" { Rust "ww" Json ".B" Event ".B" Soap "BB" }
        => "keep the old name in texts with `@json(\"old\")`";
    /// A field is new that readers demand.
    REQUIRED_FIELD_ADDED = "required-field-added" { Rust "Bw" Json "B." Route "B." Proto "B." Event "B." Soap "BB" }
        => "make it optional or give it a default";
    /// A field is new that may be absent.
    FIELD_ADDED = "field-added" { Soap "ww" };
    /// A field must be there that might be absent before.
    FIELD_REQUIRED = "field-required" { Rust "Bw" Json "B." Route "B." Proto "B." Event "B." Soap "B." }
        => "leave it optional, or give it a default";
    /// A field may be absent that had to be there before.
    FIELD_OPTIONAL = "field-optional" { Rust "wB" Json ".B" Proto ".B" Event ".B" Soap "ww" };
    /// A field is only the server's to set now, and gone from drafts and patches.
    FIELD_READONLY = "field-readonly" { Rust "BB" Json "w." Proto "w." Event "w." Soap "BB" };
    /// A caller may, or must, set what only the server set before.
    FIELD_WRITABLE = "field-writable" { Rust "BB" Json "B." Proto "B." Event "B." Soap "BB" }
        => "make it optional or give it a default";
    /// `null` is admitted where it was not.
    NULL_ADMITTED = "null-admitted" { Rust "BB" Json ".B" Proto ".B" Event ".B" Soap ".B" };
    /// `null` is refused where it was admitted.
    NULL_REFUSED = "null-refused" { Rust "BB" Json "B." Proto "B." Event "B." Soap "B." };
    /// A default is new.
    DEFAULT_ADDED = "default-added" { Rust "ww" Json "w." Route "w." Proto "w." Event "w." Soap "w." };
    /// A default is another one: who says nothing means something else now.
    DEFAULT_CHANGED = "default-changed" { Rust "ww" Json "ww" Route "ww" Proto "ww" Event "ww" Soap "ww" };
    /// A default is gone and the field must be there.
    DEFAULT_REMOVED = "default-removed" { Rust "ww" Json "B." Route "B." Proto "B." Event "B." Soap "B." }
        => "keep the default, or make it optional";
    /// Less is admitted than before, or something else.
    CONSTRAINT_TIGHTENED = "constraint-tightened" { Rust "ww" Json "B." Route "B." Proto "B." Event "B." Soap "B." }
        => "check it in the service, with a fault of its own, or leave it as wide as it was";
    /// More is admitted than readers were promised.
    CONSTRAINT_LOOSENED = "constraint-loosened" { Rust "ww" Json ".B" Proto ".B" Event ".B" Soap ".B" };
    /// Fields stand in another order.
    FIELD_ORDER = "field-order" { Soap "BB" };

    // Types.
    /// A type is wider: every old value is one of its values.
    TYPE_WIDENED = "type-widened" { Rust "BB" Json ".B" Proto ".B" Event ".B" Soap "ww" };
    /// A type is narrower: not every old value is one of its values.
    TYPE_NARROWED = "type-narrowed" { Rust "BB" Json "B." Route "B." Proto "B." Event "B." Soap "ww" };
    /// A type is another one.
    TYPE_CHANGED = "type-changed" { Rust "BB" Json "BB" Route "BB" Proto "BB" Event "BB" Soap "BB" }
        => "add a field of the new type beside the old one";
    /// A type is another one in Rust, and the same on the wires.
    TYPE_REPLACED = "type-replaced" { Rust "BB" };
    /// A name, or the form of a number, is another one in JSON.
    JSON_FORM = "json-form" { Json "BB" Event "BB" } => "keep the form that is in use";
    /// An annotation of a wire changes the form of values on it.
    PROTO_FORM = "proto-form" { Proto "BB" } => "keep the form that is in use";
    /// An annotation changes the form of values in XML.
    XML_FORM = "xml-form" { Soap "BB" } => "keep the form that is in use";
    /// A type that is written by hand is another one.
    EXTERN_CHANGED = "extern-changed" { Rust "BB" Json "ww" Proto "ww" Event "ww" Soap "ww" };

    // Enums and unions.
    /// An open enum or union has a new member: who does not know it sees that.
    OPEN_MEMBER_ADDED = "open-member-added" { Soap "BB" };
    /// A closed enum or union has a new member: who does not know it refuses it.
    CLOSED_MEMBER_ADDED = "closed-member-added" { Rust "BB" Json ".B" Proto ".B" Event ".B" Soap "BB" }
        => "open the enum or union first, or add a type beside it";
    /// A member of an enum or union is gone.
    MEMBER_REMOVED = "member-removed" { Rust "BB" Json "B." Route "B." Proto "B." Event "B." Soap "BB" }
        => "keep it until nobody sends it and nothing stored has it; if this is its new name, say `was`";
    /// A member of an enum or union has another name, and `was` says so.
    MEMBER_RENAMED = "member-renamed" { Rust "ww" Json ".B" Event ".B" Soap "BB" }
        => "keep the old name in texts with `@json(\"old\")`";
    /// An open enum or union is closed: what is not listed is refused.
    CLOSED = "closed" { Rust "BB" Json "B." Route "B." Proto "B." Event "B." };
    /// A closed enum or union is open: what is not listed may come.
    OPENED = "opened" { Rust "BB" Json ".B" Proto ".B" Event ".B" Soap ".B" };
    /// A union tells its cases another way.
    TAG_CHANGED = "tag-changed" { Json "BB" Event "BB" Soap "BB" };

    // Calls.
    /// Values stream that came at once, or the other way round; or a call is awaited that was not.
    OPERATION_SHAPE = "operation-shape" { Rust "BB" Json "BB" Route "BB" Proto "BB" Event "BB" Soap "BB" }
        => "add an operation of the new shape beside the old one";
    /// An operation answers where it did not, or does not where it did.
    ANSWER_CHANGED = "answer-changed" { Rust "BB" Json ".B" Route ".B" Proto ".w" Event ".B" Soap "BB" };
    /// An operation may fail in a further way, with a code that it failed with before.
    FAULT_ADDED = "fault-added" { Rust "ww" Soap "ww" };
    /// An operation may fail with a code that it never failed with.
    FAULT_CODE_ADDED = "fault-code-added" { Rust "ww" Json ".w" Route ".w" Event ".w" Soap "ww" };
    /// An operation fails in one way less.
    FAULT_REMOVED = "fault-removed" { Rust "BB" Soap "ww" };
    /// A fault has another code: another status, another chance of a retry.
    FAULT_CODE = "fault-code" { Rust "ww" Json ".B" Route ".B" Proto ".B" Event ".B" Soap ".B" };
    /// An operation may be repeated less freely than before: callers and caches rely on it.
    EFFECT_WEAKENED = "effect-weakened" { Rust "ww" Json "BB" Route "BB" Proto "BB" Event "BB" Soap "BB" };
    /// An operation may be repeated more freely than before.
    EFFECT_STRENGTHENED = "effect-strengthened" { };
    /// Who calls must prove more than before.
    ACCESS_TIGHTENED = "access-tightened" { Json "B." Route "B." Proto "B." Event "B." Soap "B." }
        => "admit both for a while: `any of`";
    /// Who calls need prove less than before.
    ACCESS_LOOSENED = "access-loosened" { Json "w." Route "w." Proto "w." Event "w." Soap "w." };
    /// An operation does not publish an event that it published.
    EMITS_REMOVED = "emits-removed" { Rust "ww" Json ".B" Proto ".B" Event ".B" };
    /// A handler is gone: its events are no longer heard.
    HANDLER_REMOVED = "handler-removed" { Rust "BB" Event "w." };
    /// A handler has another condition: other events reach it.
    HANDLER_CONDITION = "handler-condition" { Event "w." };
    /// Events are kept in order by something else.
    EVENT_KEY = "event-key-changed" { Event "BB" } => "publish another event with the new key";

    // Promises.
    /// A deadline is shorter.
    DEADLINE_SHORTENED = "deadline-shortened" { Policy "ww" };
    /// Fewer calls are admitted.
    LIMIT_LOWERED = "limit-lowered" { Policy "ww" };
    /// Calls are spread, repeated or shed in another way.
    POLICY_CHANGED = "policy-changed" { };
    /// What was deprecated is not any more.
    DEPRECATION_REMOVED = "deprecation-removed" { Policy "ww" };
    /// Something may be gone earlier than was said.
    DEPRECATION_EARLIER = "deprecation-earlier" { Policy "ww" };
    /// Something is still there behind the day on which it should be gone.
    DEPRECATION_OVERDUE = "deprecation-overdue" { Policy "ww" };

    // Numbers.
    /// A member has another number: on binary wires it is another member.
    NUMBER_CHANGED = "number-changed" { Proto "BB" } => "keep the number: commit `loom.lock`, or pin it with `@`";
    /// A number is given again that something else had.
    NUMBER_REUSED = "number-reused" { Proto "BB" } => "take another number; `wireloom lock` does";
    /// A line of the lock is gone: its number may be given again.
    LOCK_LINE_REMOVED = "lock-line-removed" { Proto "BB" } => "take the line from version control again";
    /// A package has no lock any more.
    LOCK_REMOVED = "lock-removed" { Proto "BB" } => "take `loom.lock` from version control again";
}
