//! What the last run wrote, and what of: while neither has changed, there is nothing to do, and nothing is parsed.
//!
//! The seal lies in a folder of its own in the output folder, which tells git to pass it over. It holds a digest of all that the run
//! was given (the contracts and locks by their contents, what was asked for, the compiler itself), and one of each file that it
//! left behind. Nothing is believed of times: an output is read again, and one that was touched by hand breaks the seal.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use wireloom_codegen::Files;
use wireloom_codegen::build::write;
use wireloom_codegen::load::{Digest, Inputs, inputs};

use super::leftovers;
use crate::args::Generate;

/// Where seals lie, below the output folder.
const FOLDER: &str = ".wireloom";
const NAME: &str = "generated";
/// The form of the file.
const HEAD: &str = "wireloom generate 1";
/// How large a seal may be; a larger one is none.
const BYTES_MAX: u64 = 16 << 20;
/// How large an output may be; a larger one has been changed.
const OUTPUT_BYTES_MAX: u64 = 256 << 20;

/// What a run is given, and where its seal lies.
pub(super) struct Asked {
    out: PathBuf,
    /// None where the run cannot be repeated: then nothing is sealed.
    digest: Option<String>,
}

/// What a run with the same inputs left behind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seal {
    digest: String,
    /// Those that it wrote or found as they should be: digest and name.
    files: Vec<(String, String)>,
    /// Those that some target describes, so that they are not left over.
    described: BTreeSet<String>,
    /// What it said of the contracts.
    pub(super) said: String,
}

impl Asked {
    /// Looks at everything that a run is given. That is before the run reads it, so that what changes in between is seen by
    /// the next one.
    pub(super) fn of(args: &Generate) -> Asked {
        let Inputs { digest: contracts, is_sound, .. } = inputs(&args.contracts.paths, &args.contracts.includes);
        let mut digest = Digest::new();
        digest.text(HEAD).text(&contracts).text(&compiler());
        digest.text(&format!("{:?} {:?} {:?} {} {}", args.only, args.wires, args.format, args.json, args.locked));
        Asked { out: args.out.clone(), digest: is_sound.then(|| digest.finish()) }
    }

    /// The seal, while inputs and outputs are what they were.
    pub(super) fn intact(&self) -> Option<Seal> {
        let seal = Seal::parse(&read(&self.place(NAME), BYTES_MAX)?)?;
        let same = self.digest.as_ref() == Some(&seal.digest);
        (same
            && seal.files.iter().all(|(digest, name)| self.digest_of(name).as_ref() == Some(digest))
            && leftovers::find(&self.out, |name| seal.described.contains(name)).is_empty())
        .then_some(seal)
    }

    /// Seals what a run has left behind. A seal that cannot be written is none: the next run does its work.
    pub(super) fn seal(&self, wanted: &Files, described: &Files, said: &str) {
        let Some(digest) = &self.digest else { return };
        let files = wanted.iter().map(|(name, text)| (Digest::new().text(text).finish(), name.clone())).collect();
        let described = described.iter().map(|(name, _)| name.clone()).collect();
        let seal = Seal { digest: digest.clone(), files, described, said: said.to_owned() };
        let _ = write(&self.place(".gitignore"), "*\n").and_then(|_| write(&self.place(NAME), &seal.to_text()));
    }

    fn place(&self, name: &str) -> PathBuf {
        self.out.join(FOLDER).join(name)
    }

    fn digest_of(&self, name: &str) -> Option<String> {
        // A seal names what lies below the folder, whoever wrote it.
        let is_below = Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        let text = is_below.then(|| read(&self.out.join(name), OUTPUT_BYTES_MAX))??;
        Some(Digest::new().text(&text).finish())
    }
}

impl Seal {
    /// How many files are as they should be.
    pub(super) fn files(&self) -> usize {
        self.files.len()
    }

    fn to_text(&self) -> String {
        let mut text = format!("{HEAD}\ninputs {}\n", self.digest);
        self.files.iter().for_each(|(digest, name)| text.push_str(&format!("file {digest} {name}\n")));
        self.described.iter().for_each(|name| text.push_str(&format!("described {name}\n")));
        text + "said\n" + &self.said
    }

    fn parse(text: &str) -> Option<Seal> {
        let (lines, said) = text.split_once("\nsaid\n")?;
        let mut lines = lines.lines();
        if lines.next()? != HEAD {
            return None;
        }
        let digest = lines.next()?.strip_prefix("inputs ")?.to_owned();
        let mut seal = Seal { digest, files: Vec::new(), described: BTreeSet::new(), said: said.to_owned() };
        for line in lines {
            match line.split_once(' ')? {
                ("file", rest) => {
                    let (digest, name) = rest.split_once(' ')?;
                    seal.files.push((digest.to_owned(), name.to_owned()));
                }
                ("described", name) => drop(seal.described.insert(name.to_owned())),
                _ => return None,
            }
        }
        Some(seal)
    }
}

/// The compiler: its version, and the program itself, which may be built anew without one.
fn compiler() -> String {
    let program = std::env::current_exe().and_then(fs::metadata).ok();
    let program = program.map(|about| (about.len(), about.modified().ok()));
    format!("{} {program:?}", env!("CARGO_PKG_VERSION"))
}

/// The text of a file, if it is one and no larger.
fn read(path: &Path, bytes_max: u64) -> Option<String> {
    // Asked before opening: opening a pipe waits for somebody to write to it.
    if !path.metadata().is_ok_and(|about| about.is_file() && about.len() <= bytes_max) {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(bytes_max).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_read_as_it_was_written() {
        let seal = Seal {
            digest: "12".to_owned(),
            files: vec![("ab".to_owned(), "a file.rs".to_owned())],
            described: BTreeSet::from(["a file.rs".to_owned(), "x/b.proto".to_owned()]),
            said: "warning\nsaid\n\n".to_owned(),
        };
        assert_eq!(Seal::parse(&seal.to_text()), Some(seal));
        for broken in ["", "\nsaid\n", "wireloom generate 0\ninputs 1\nsaid\n", "wireloom generate 1\nsaid\n"] {
            assert_eq!(Seal::parse(broken), None, "{broken:?}");
        }
        assert_eq!(Seal::parse("wireloom generate 1\ninputs 1\nwhat ever\nsaid\n"), None);
    }
}
