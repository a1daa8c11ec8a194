//! Every diagnostic code, with its severity and its explanation.
//!
//! To add a code: a line in the table below (with `, fix` where some of its diagnostics bring one) and `explain/<code>.md` beside it, which says in a sentence or two what is
//! wrong and why it matters, then shows a contract that has the mistake and one that has not (fenced as `loom wrong` and
//! `loom right`; both are run as tests, and the book publishes them).

use super::Severity;

/// A kind of diagnostic.
#[derive(PartialEq, Eq)]
pub struct Code {
    /// Its stable name: `unknown-type`.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Whether some of its diagnostics bring a fix.
    pub has_fix: bool,
    /// What `wireloom explain` prints: Markdown with a wrong and a right contract.
    pub explanation: &'static str,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Code {
    /// The code of that name.
    pub fn named(name: &str) -> Option<&'static Code> {
        ALL.iter().copied().find(|code| code.name == name)
    }
}

/// Declares codes: a static for each and `ALL` of them. Explanations stand in `explain/<code>.md` beside the calling file.
#[macro_export]
macro_rules! diagnostic_codes {
    (@has_fix) => { false };
    (@has_fix fix) => { true };
    ($($(#[doc = $about:literal])* $severity:ident $constant:ident = $name:literal $(, $fix:ident)?;)*) => {
        $(
            $(#[doc = $about])*
            pub static $constant: $crate::diagnostic::Code = $crate::diagnostic::Code {
                name: $name,
                severity: $crate::Severity::$severity,
                has_fix: $crate::diagnostic_codes!(@has_fix $($fix)?),
                explanation: include_str!(concat!("explain/", $name, ".md")),
            };
        )*

        /// All codes that are declared here.
        pub static ALL: &[&$crate::diagnostic::Code] = &[$(&$constant),*];
    };
}

// Sorted by phase, then by name.
diagnostic_codes! {
    // Reading the text.
    /// A documentation comment is followed by nothing that could carry it.
    Warning DOC_BEFORE_NOTHING = "doc-before-nothing", fix;
    /// A file is larger than the compiler reads.
    Error FILE_TOO_LARGE = "file-too-large";
    /// A character that hides what a text says.
    Error FORBIDDEN_CHARACTER = "forbidden-character", fix;
    /// A number that is not written like one.
    Error MALFORMED_NUMBER = "malformed-number", fix;
    /// A merge that nobody decided.
    Error MERGE_CONFLICT = "merge-conflict";
    /// Brackets inside brackets, too many of them.
    Error NESTING_TOO_DEEP = "nesting-too-deep";
    /// Something is said twice that can be said once.
    Error SAID_TWICE = "said-twice", fix;
    /// More mistakes than anybody reads at once.
    Error TOO_MANY_ERRORS = "too-many-errors";
    /// An item has more members than the compiler reads.
    Error TOO_MANY_MEMBERS = "too-many-members";
    /// A bracket is never closed.
    Error UNCLOSED_BRACKET = "unclosed-bracket", fix;
    /// A string or regex does not end on its line.
    Error UNCLOSED_TEXT = "unclosed-text", fix;
    /// The text does not go on as the language does.
    Error UNEXPECTED_TOKEN = "unexpected-token", fix;
    /// A backslash that escapes nothing known.
    Error UNKNOWN_ESCAPE = "unknown-escape", fix;
    /// A word stands where a declaration begins, and is none of the keywords.
    Error UNKNOWN_KEYWORD = "unknown-keyword", fix;
    /// A number is followed by a unit that is none.
    Error UNKNOWN_UNIT = "unknown-unit", fix;
    /// A bracket is closed that was not opened.
    Error UNOPENED_BRACKET = "unopened-bracket", fix;
    /// A type or annotation has the wrong number of parts.
    Error WRONG_SHAPE = "wrong-shape", fix;

    // Packages, names and types.
    /// `draft` or `patch` outside of inputs and answers.
    Error DERIVE_MISPLACED = "derive-misplaced";
    /// `draft` or `patch` of something that is no record.
    Error DERIVE_WANTS_RECORD = "derive-wants-record", fix;
    /// A draft that is the type itself.
    Warning DRAFT_WITHOUT_READONLY = "draft-without-readonly", fix;
    /// Two members of one name.
    Error DUPLICATE_MEMBER = "duplicate-member", fix;
    /// A former name is another member's name, or another's former one.
    Info FORMER_NAME = "former-name";
    /// Two declarations of one name in a package.
    Error DUPLICATE_NAME = "duplicate-name";
    /// An enum without members.
    Error EMPTY_ENUM = "empty-enum";
    /// A union without cases.
    Error EMPTY_UNION = "empty-union";
    /// An event's key that events cannot be told apart by.
    Error EVENT_KEY = "event-key", fix;
    /// A type is taken from a language that none can be taken from.
    Error EXTERN_LANGUAGE = "extern-language", fix;
    /// The shape of a foreign type says more than names, types and numbers.
    Error EXTERN_SHAPE = "extern-shape";
    /// Too many or too few arguments for a type.
    Error GENERIC_ARGUMENTS = "generic-arguments", fix;
    /// An import brings a name that is taken.
    Error IMPORT_CLASH = "import-clash", fix;
    /// Packages that import each other.
    Error IMPORT_CYCLE = "import-cycle", fix;
    /// A type whose values would never end.
    Error INFINITE_TYPE = "infinite-type";
    /// Something that cannot be a map's key or a set's entry.
    Error MAP_KEY = "map-key", fix;
    /// Documentation or an annotation where there is nothing to mark.
    Error MARK_MISPLACED = "mark-misplaced", fix;
    /// A type that is made has the name of another.
    Error NAME_CLASH = "name-clash";
    /// A name in another style than all contracts have.
    Warning NAMING = "naming", fix;
    /// A wire number that cannot be one.
    Error NUMBER_INVALID = "number-invalid", fix;
    /// A wire number that is pinned twice.
    Error NUMBER_TAKEN = "number-taken", fix;
    /// An optional field with a default.
    Error OPTIONAL_DEFAULT = "optional-default", fix;
    /// `?` or `or null` where nothing can be missing.
    Error OPTIONAL_MISPLACED = "optional-misplaced", fix;
    /// A package in two folders, or two packages in one.
    Error PACKAGE_FOLDER = "package-folder";
    /// A file without its `package` line, or with two.
    Error PACKAGE_LINE = "package-line", fix;
    /// A version that is none, or two versions of one package.
    Error PACKAGE_VERSION = "package-version", fix;
    /// A generic that asks for itself with other arguments.
    Error POLYMORPHIC_RECURSION = "polymorphic-recursion";
    /// `readonly` on something other than a record's field.
    Error READONLY_MISPLACED = "readonly-misplaced", fix;
    /// A fault's `retry_after` that is no duration.
    Error RETRY_AFTER = "retry-after", fix;
    /// A scalar of something that is no scalar.
    Error SCALAR_BASE = "scalar-base";
    /// A type that is made of itself.
    Error SPREAD_CYCLE = "spread-cycle";
    /// A spread of something without fields.
    Error SPREAD_WANTS_RECORD = "spread-wants-record";
    /// `stream` somewhere inside a type.
    Error STREAM_MISPLACED = "stream-misplaced", fix;
    /// More instances of a generic than anybody means.
    Error TOO_MANY_INSTANCES = "too-many-instances";
    /// A tag that cannot tell the cases.
    Error UNION_TAG = "union-tag", fix;
    /// An import of a name that its package does not declare.
    Error UNKNOWN_NAME = "unknown-name", fix;
    /// An import of a package that is not there.
    Error UNKNOWN_PACKAGE = "unknown-package", fix;
    /// A type is named that is not in scope.
    Error UNKNOWN_TYPE = "unknown-type", fix;
    /// An import that nothing uses.
    Warning UNUSED_IMPORT = "unused-import", fix;
    /// A name that stands for something else than is wanted.
    Error WRONG_KIND = "wrong-kind", fix;

    // Constraints and values.
    /// Bounds that nothing satisfies, or that are none.
    Error CONSTRAINT_BOUNDS = "constraint-bounds", fix;
    /// A constraint that does not fit its type.
    Error CONSTRAINT_MISPLACED = "constraint-misplaced", fix;
    /// A value that lacks fields.
    Error MISSING_FIELD = "missing-field";
    /// A pattern that cannot be read.
    Error PATTERN_INVALID = "pattern-invalid";
    /// A pattern that is not read alike everywhere.
    Error PATTERN_NOT_PORTABLE = "pattern-not-portable", fix;
    /// A field that is not there.
    Error UNKNOWN_FIELD = "unknown-field", fix;
    /// A format that is not known.
    Error UNKNOWN_FORMAT = "unknown-format", fix;
    /// A member or case that is not there.
    Error UNKNOWN_MEMBER = "unknown-member", fix;
    /// A value that is not of its type.
    Error VALUE_MISMATCH = "value-mismatch", fix;
    /// A value that its constraints refuse.
    Error VALUE_REFUSED = "value-refused";

    // Services.
    /// Scopes or roles where nobody is known.
    Error ACCESS_WITHOUT_AUTH = "access-without-auth";
    /// An allowance that does not say what or why.
    Error ALLOW = "allow";
    /// An allowance of a code that does not exist.
    Warning ALLOW_UNKNOWN = "allow-unknown", fix;
    /// An allowance that keeps nothing quiet.
    Warning ALLOW_UNUSED = "allow-unused", fix;
    /// A service that does not say who may call it.
    Error AUTH_UNSTATED = "auth-unstated", fix;
    /// Clauses that contradict each other.
    Error CLAUSE_CONFLICT = "clause-conflict", fix;
    /// A clause that belongs elsewhere.
    Error CLAUSE_MISPLACED = "clause-misplaced";
    /// A condition that cannot be asked.
    Error CONDITION = "condition";
    /// A day that is none.
    Error DEPRECATED_DATE = "deprecated-date", fix;
    /// A clause that is said twice.
    Error DUPLICATE_CLAUSE = "duplicate-clause", fix;
    /// An operation without effect that publishes.
    Error EMITS_ON_SAFE = "emits-on-safe", fix;
    /// An input that cannot tell calls apart.
    Error KEYED_INPUT = "keyed-input", fix;
    /// A oneway operation with something to wait for.
    Error ONEWAY_CONFLICT = "oneway-conflict", fix;
    /// A policy's word with an amount that is none.
    Error POLICY_AMOUNT = "policy-amount";
    /// A policy's word that its operation does not admit.
    Error POLICY_MISFIT = "policy-misfit", fix;
    /// A stream that comes in with something beside it.
    Error STREAM_INPUT = "stream-input", fix;
    /// A way to authenticate that is not known.
    Error UNKNOWN_AUTH_SCHEME = "unknown-auth-scheme", fix;
    /// An event that is not in scope.
    Error UNKNOWN_EVENT = "unknown-event", fix;
    /// A fault that is not in scope.
    Error UNKNOWN_FAULT = "unknown-fault", fix;
    /// A code that is none of the sixteen.
    Error UNKNOWN_FAULT_CODE = "unknown-fault-code", fix;
    /// An input that the operation has not.
    Error UNKNOWN_INPUT = "unknown-input", fix;
    /// A word that no policy has.
    Error UNKNOWN_POLICY_WORD = "unknown-policy-word", fix;
    /// A scope that the service does not declare.
    Error UNKNOWN_SCOPE = "unknown-scope", fix;

    // Bindings and examples.
    /// `all` that is not first, or `...` that is not last.
    Error BIND_ORDER = "bind-order", fix;
    /// A service bound twice to one wire at one place.
    Error DUPLICATE_BINDING = "duplicate-binding", fix;
    /// A name that stands in a block twice.
    Error DUPLICATE_ENTRY = "duplicate-entry", fix;
    /// An outcome that the operation cannot have.
    Error EXAMPLE_OUTCOME = "example-outcome", fix;
    /// A fault that the operation does not declare.
    Error FAULT_NOT_DECLARED = "fault-not-declared", fix;
    /// A handler that no binding names.
    Info HANDLER_UNBOUND = "handler-unbound";
    /// An example that lacks inputs.
    Error MISSING_INPUT = "missing-input";
    /// A block's name that the service has not.
    Error UNKNOWN_ENTRY = "unknown-entry", fix;
    /// An operation that the service has not.
    Error UNKNOWN_OPERATION = "unknown-operation", fix;
    /// A service that is not in scope.
    Error UNKNOWN_SERVICE = "unknown-service", fix;
    /// A wire that is not known.
    Error UNKNOWN_WIRE = "unknown-wire", fix;

    // The lock.
    /// A merge of it that nobody decided.
    Error LOCK_CONFLICT = "lock-conflict", fix;
    /// A name that is locked twice.
    Error LOCK_DUPLICATE = "lock-duplicate", fix;
    /// A lock of no version, or of one that is not known.
    Error LOCK_HEADER = "lock-header", fix;
    /// A line that is not a lock's.
    Error LOCK_LINE = "lock-line";
    /// A pin that says another number than the lock.
    Error LOCK_PIN = "lock-pin", fix;
    /// Members that the lock does not have.
    Warning LOCK_STALE = "lock-stale";
}
