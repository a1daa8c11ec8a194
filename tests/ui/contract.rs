//! A contract with mistakes, one that is not there, and calls that are none.

extern crate wireloom_tests as wireloom;

mod broken {
    wireloom::include_contract!("broken.loom");
}

mod nowhere {
    wireloom::include_contract!("nowhere.loom");
}

mod wrong {
    wireloom::include_contract!("geo.loom", wires = [rest, soap]);
    wireloom::include_contract!("geo.loom", wire = [rest]);
    wireloom::include_contract!();
}

fn main() {}
