//! The command line as types; the comments are its help.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};
use wireloom_codegen::Wire;
use wireloom_idl::compat::Facet;

/// One contract, many wires: checks, formats and compiles `.loom` contracts.
#[derive(Debug, Parser)]
#[command(
    name = "wireloom",
    version,
    after_help = "Exit codes: 0 without errors, 1 with errors or where something would change, 2 where the command line is wrong."
)]
pub(crate) struct Args {
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(crate) color: When,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin a project: a contract, a service that keeps it, and how to call it
    Init(Init),
    /// Say everything that is wrong with contracts
    Check(Check),
    /// Format contracts
    Fmt(Fmt),
    /// Say what changed from one state of contracts to another, and what that breaks
    Diff(Diff),
    /// Write the wire numbers of contracts down for good
    Lock(Lock),
    /// Write code and documents that contracts describe
    Generate(Generate),
    /// Explain a diagnostic code or a rule, or how a service travels
    Explain(Explain),
    /// Answer an editor: a language server over the standard input and output
    Lsp,
}

/// Writes a cargo project that builds and runs at once. Nothing that is there already is overwritten.
#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// The folder of the project
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// The name of the project [default: the folder's]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Depend on Wireloom in this folder instead of the published version
    #[arg(long, value_name = "DIR")]
    pub(crate) wireloom_path: Option<PathBuf>,
}

/// Which contracts, and where to look for what they import.
#[derive(Debug, clap::Args)]
pub(crate) struct Contracts {
    /// Contract files, or folders of them
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// A folder to look in for imported packages; nothing in it is reported on
    #[arg(short = 'I', long = "include", value_name = "FOLDER")]
    pub(crate) includes: Vec<PathBuf>,
}

/// Reads contracts and says everything that is wrong with them.
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) contracts: Contracts,
    /// Go on, and check again whenever a contract, a lock or an include changes
    #[arg(long)]
    pub(crate) watch: bool,
    /// Mend what can be mended by machine, and say what is left; what is only imported (-I) is never touched
    #[arg(long)]
    pub(crate) fix: bool,
    /// Take numbers from locks alone: a lock that is missing where numbers travel, or is not up to date, is an error
    #[arg(long)]
    pub(crate) locked: bool,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

/// Rewrites contracts in the one layout there is. A file with syntax errors is left as it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Fmt {
    /// Contract files or folders of them; `-` formats the standard input to the standard output
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing, and list the files that would change
    #[arg(long)]
    pub(crate) check: bool,
}

/// Says what changed from one state of contracts to another and what each change breaks: which facet, and whether what the old
/// side writes (input) or what it reads (output). Only wires count that both states are bound to. `loom.allow` beside a package
/// lists breaks that are meant. Ends with 1 where something breaks.
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// The old contracts, then the new ones: a file or a folder each. With `--against` the new ones alone [default: .]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Take the old state out of git: any revision, as `git:main`
    #[arg(long, value_name = "git:REV")]
    pub(crate) against: Option<String>,
    /// A folder to look in for imported packages; nothing in it is reported on
    #[arg(short = 'I', long = "include", value_name = "FOLDER")]
    pub(crate) includes: Vec<PathBuf>,
    /// Look at these facets only, separated by commas
    #[arg(long = "facet", value_name = "FACETS", value_delimiter = ',', value_parser = facets())]
    pub(crate) facets: Vec<Facet>,
    /// Allow what this file lists as well
    #[arg(long = "allow", value_name = "FILE")]
    pub(crate) allow: Vec<PathBuf>,
    /// Judge what is deprecated as on this day [default: today, UTC]
    #[arg(long = "on", value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) day: Option<String>,
    /// How to say it
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

/// Writes `loom.lock` beside each package: the numbers that its members have on gRPC and native RPC, which never change again.
/// Commit it. Packages that are only imported keep the lock they have. With errors nothing is written.
#[derive(Debug, clap::Args)]
pub(crate) struct Lock {
    #[command(flatten)]
    pub(crate) contracts: Contracts,
    /// Write nothing, and list the locks that are missing or stale
    #[arg(long)]
    pub(crate) check: bool,
    /// How to say what is wrong with the contracts
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

/// Writes what the contracts describe into a folder. Files that are up to date are not touched; files that an earlier run
/// wrote there and this one does not are removed. With errors nothing is written.
#[derive(Debug, clap::Args)]
pub(crate) struct Generate {
    #[command(flatten)]
    pub(crate) contracts: Contracts,
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write only these, separated by commas
    #[arg(long, value_name = "TARGETS", value_delimiter = ',', value_parser = targets())]
    pub(crate) only: Vec<String>,
    /// Generate code for these wires, separated by commas; each needs the runtime's feature of its name
    #[arg(long, value_name = "WIRES", value_delimiter = ',', value_parser = wires(), default_value = Wire::Rest.as_str())]
    pub(crate) wires: Vec<Wire>,
    /// Take numbers from locks alone: a lock that is missing where numbers travel, or is not up to date, is an error
    #[arg(long)]
    pub(crate) locked: bool,
    /// Give types their JSON form (`Serialize`, `Deserialize`), also where no wire asked for has one
    #[arg(long)]
    pub(crate) json: bool,
    /// Write nothing, and list the files that are missing, stale or left over
    #[arg(long, conflicts_with = "watch")]
    pub(crate) check: bool,
    /// Go on, and generate again whenever a contract, a lock or an include changes
    #[arg(long)]
    pub(crate) watch: bool,
    /// How to say what is wrong with the contracts
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

/// Explains a diagnostic code with a wrong and a right contract, or shows how every wire carries an operation, an event or a
/// handler, or all that a service has.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// A diagnostic code (`unknown-type`), a rule of compatibility (`field-removed`), or what a contract declares (`Orders.place`, `Orders.OrderPlaced`, `Orders`)
    #[arg(value_name = "CODE|NAME", required_unless_present = "list")]
    pub(crate) subject: Option<String>,
    #[command(flatten)]
    pub(crate) contracts: Contracts,
    /// List all diagnostic codes, with those that bring a fix, and all rules of compatibility
    #[arg(long, conflicts_with_all = ["subject", "paths", "includes"])]
    pub(crate) list: bool,
    /// How to show what travels
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless the environment says otherwise (NO_COLOR)
    Auto,
    /// Also into a file
    Always,
    /// Not at all
    Never,
}

/// How to say what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Drawn, with a summary at the end
    Human,
    /// One object a line
    Json,
    /// One workflow command a line, which GitHub shows beside the contract's own lines
    Github,
}

fn facets() -> impl TypedValueParser<Value = Facet> {
    let words = PossibleValuesParser::new(Facet::ALL.map(Facet::as_str));
    words.map(|word| Facet::named(&word).expect("only words of the list are possible"))
}

fn day(text: &str) -> Result<String, String> {
    if wireloom_idl::is_date(text) { Ok(text.to_owned()) } else { Err("a day is written `2026-11-26`".to_owned()) }
}

fn targets() -> impl TypedValueParser<Value = String> {
    PossibleValuesParser::new(wireloom_codegen::target::ALL.iter().map(|target| target.name()))
}

fn wires() -> impl TypedValueParser<Value = Wire> {
    let words = Wire::ALL.iter().map(|wire| PossibleValue::new(wire.as_str()).help(wire.what()));
    PossibleValuesParser::new(words).map(|word| Wire::named(&word).expect("only words of the list are possible"))
}
