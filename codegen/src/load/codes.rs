//! The diagnostic codes of what goes wrong between a disk and the compiler.

wireloom_idl::diagnostic_codes! {
    /// A line of allowances that is none.
    Error ALLOW_LINE = "allow-line";
    /// A line of allowances that allows nothing.
    Warning ALLOW_LINE_UNUSED = "allow-line-unused";
    /// A package that is imported has errors of its own.
    Error BROKEN_IMPORT = "broken-import";
    /// A link leads back to a folder above it.
    Warning LINK_LOOP = "link-loop";
    /// The command line cannot be understood.
    Error MISUSE = "misuse";
    /// There is no contract file in what was named.
    Error NO_CONTRACTS = "no-contracts";
    /// A package whose numbers matter has no lock.
    Info NO_LOCK = "no-lock";
    /// A path is not there.
    Error NO_SUCH_PATH = "no-such-path";
    /// A file is not UTF-8.
    Error NOT_UTF8 = "not-utf8";
    /// More, or more deeply nested, than a run takes.
    Error TOO_MANY_FILES = "too-many-files";
    /// A file or folder cannot be read.
    Error UNREADABLE_FILE = "unreadable-file";
    /// A file cannot be written.
    Error UNWRITABLE_FILE = "unwritable-file";
}
