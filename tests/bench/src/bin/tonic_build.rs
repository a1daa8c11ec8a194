//! `bench-tonic-build FILE.proto OUT`: what the build script of a team with tonic does, in the profile of this build.

use std::io;
use std::path::PathBuf;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let (Some(file), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("bench-tonic-build FILE.proto OUT"));
    };
    let folder = file.parent().map(PathBuf::from).unwrap_or_default();
    tonic_prost_build::configure().out_dir(out).compile_protos(&[file], &[folder])
}
