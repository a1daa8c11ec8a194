//! Compiles the contract before the code that uses it.

fn main() {
    wireloom_codegen::build::Compiler::new("contracts").grpc().rpc().ws().run();
}
